/** What all parts of the local store share: the system calls, what was learned about them, versions of files. */
import type { Clock } from '../../clock.js';
import { LakefillError } from '../../core/errors.js';
import type { ObjectInfo } from '../object-store.js';
import { isAbsence } from './errors.js';
import type { FileStat, FileSystem } from './fs.js';
import type { Stamps } from './stamps.js';

export interface Disk {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly stamps: Stamps;
  /** Turns false, for good, when a file system refuses a hard link of our own file. */
  hardLinks: boolean;
  /** Folders whose creation is being made durable right now. */
  readonly making: Map<string, Promise<void>>;
  /** Folders whose name in their parent is known to be durable. */
  readonly flushed: Set<string>;
}

/** Absolute path of a store path. */
export function fileOf(path: string): string {
  return process.platform === 'win32' ? path : `/${path}`;
}

/** Modification time in ns and inode, base 36. */
export function etagOf(stat: FileStat): string {
  return `${stat.mtimeNs.toString(36)}-${stat.inode.toString(36)}`;
}

export function infoOf(path: string, stat: FileStat): ObjectInfo {
  return { path, size: stat.size, etag: etagOf(stat), lastModified: Number(stat.mtimeNs / 1_000_000n) };
}

/** The object at a path: null when there is none (a folder is none). Throws STORE_UNSUPPORTED for links, pipes and devices. */
export async function statObject(disk: Disk, path: string): Promise<FileStat | null> {
  let stat: FileStat;
  try {
    stat = await disk.fs.stat(fileOf(path));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
  if (stat.kind === 'folder') return null;
  if (stat.kind !== 'file') throw notAFile(path, stat.kind);
  return stat;
}

/** The refusal of what is neither a file nor a folder. */
export function notAFile(path: string, kind: FileStat['kind']): LakefillError {
  const what = kind === 'link' ? 'a symbolic link' : 'neither a file nor a folder';
  return new LakefillError('STORE_UNSUPPORTED', `/${path} is ${what}. It was not followed or changed.`, {
    hint: 'Replace it by a real file or folder, or move it out of the dataset.',
    context: { path },
  });
}
