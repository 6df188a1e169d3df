/** The real file system with some calls replaced: races are planted, refusals injected, calls recorded. */
import { nodeFileSystem, type FileSystem } from '../../../src/store/local/fs.js';

export type Change = (real: FileSystem) => Partial<FileSystem>;

export function altered(change: Change): FileSystem {
  return { ...nodeFileSystem, ...change(nodeFileSystem) };
}

/** An error as a system call throws it. */
export function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: planted`), { code, syscall: 'planted' });
}

/** Runs `plant` once, before the first call of `method` whose last path matches. */
export function before(
  method: 'link' | 'rename' | 'unlink' | 'stat' | 'copy' | 'mkdir' | 'open',
  matches: (path: string) => boolean,
  plant: () => void | Promise<void>,
): FileSystem {
  let planted = false;
  return altered((real) => ({
    [method]: async (...args: [string, string]) => {
      if (!planted && matches(args[0])) {
        planted = true;
        await plant();
      }
      return (real[method] as (...all: string[]) => Promise<unknown>)(...args);
    },
  }));
}

/** Every call that changes names or flushes, as `link a b`, with names shortened by `short`. */
export function recorded(short: (path: string) => string): { fs: FileSystem; calls: string[] } {
  const calls: string[] = [];
  const say = (name: string, ...paths: string[]) => calls.push([name, ...paths.map(short)].join(' '));
  const fs = altered((real) => ({
    create: async (path) => {
      say('create', path);
      return flushing(await real.create(path), () => say('sync', path));
    },
    open: async (path) => flushing(await real.open(path), () => say('sync', path)),
    copy: (from, to) => (say('copy', from, to), real.copy(from, to)),
    link: (from, to) => (say('link', from, to), real.link(from, to)),
    rename: (from, to) => (say('rename', from, to), real.rename(from, to)),
    unlink: (path) => (say('unlink', path), real.unlink(path)),
    mkdir: (path) => (say('mkdir', path), real.mkdir(path)),
    rmdir: (path) => (say('rmdir', path), real.rmdir(path)),
    syncFolder: (path) => (say('syncFolder', path), real.syncFolder(path)),
  }));
  return { fs, calls };
}

function flushing(
  file: Awaited<ReturnType<FileSystem['open']>>,
  tell: () => void,
): Awaited<ReturnType<FileSystem['open']>> {
  return { ...file, sync: () => (tell(), file.sync()) };
}
