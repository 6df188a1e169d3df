/**
 * Every system call that the local store makes, as one small interface: a test can record them, drop what was not
 * fsynced, or refuse one. Adds no policy: no retry, no error mapping (see errors.ts), absolute paths as they are.
 */
import { constants, lstatSync, readdirSync, statSync, type BigIntStats, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';

export type FileKind = 'file' | 'folder' | 'link' | 'other';

export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeMs: number;
  readonly inode: bigint;
  readonly device: bigint;
}

export interface FolderEntry {
  /** With `misnamed` only to be shown: bytes that are not printable ASCII as `\\xff`. */
  readonly name: string;
  /** The name is not valid UTF-8, so no path leads to it. */
  readonly misnamed?: true;
  readonly kind: FileKind;
}

export interface OpenFile {
  stat(): Promise<FileStat>;
  /** Fewer bytes only at the end of the file. */
  read(start: number, length: number): Promise<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  setModified(mtimeNs: bigint): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileSystem {
  /** Of the name itself: a symbolic link is `link`. */
  stat(path: string): Promise<FileStat>;
  statSync(path: string): FileStat;
  /** Of what the name leads to. */
  statTarget(path: string): Promise<FileStat>;
  statTargetSync(path: string): FileStat;
  /** Unsorted. */
  readFolderSync(path: string): FolderEntry[];
  /** Never follows a link in the last segment (ELOOP), never waits for a writer of a pipe. */
  open(path: string): Promise<OpenFile>;
  /** EEXIST when the name is taken. */
  create(path: string): Promise<OpenFile>;
  /** To a new name; shares blocks where the file system can. Leaves nothing when it fails. */
  copy(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** ENOTEMPTY (or EEXIST) when anything is in it. */
  rmdir(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
}

const windows = process.platform === 'win32';
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export const nodeFileSystem: FileSystem = {
  stat: async (path) => statOf(await fs.lstat(path, { bigint: true })),
  statSync: (path) => statOf(lstatSync(path, { bigint: true })),
  statTarget: async (path) => statOf(await fs.stat(path, { bigint: true })),
  statTargetSync: (path) => statOf(statSync(path, { bigint: true })),
  readFolderSync,
  // FlushFileBuffers on Windows needs a handle that may write.
  open: async (path) => openFile(await fs.open(path, windows ? 'r+' : READ)),
  create: async (path) => openFile(await fs.open(path, 'wx')),
  copy: (from, to) => fs.copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
  link: (from, to) => fs.link(from, to),
  rename: (from, to) => fs.rename(from, to),
  unlink: (path) => fs.unlink(path),
  mkdir: (path) => fs.mkdir(path),
  rmdir: (path) => fs.rmdir(path),
  syncFolder,
};

function openFile(handle: fs.FileHandle): OpenFile {
  return {
    stat: async () => statOf(await handle.stat({ bigint: true })),
    read: async (start, length) => {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    write: (bytes) => handle.writeFile(bytes),
    setModified: (mtimeNs) => {
      const seconds = Number(mtimeNs / 1000n) / 1e6;
      return handle.utimes(seconds, seconds);
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function readFolderSync(path: string): FolderEntry[] {
  const entries = readdirSync(path, { withFileTypes: true });
  // Decoding puts U+FFFD where bytes are not UTF-8; only then is it worth looking at the bytes.
  if (!entries.some((entry) => entry.name.includes('\ufffd')))
    return entries.map((entry) => ({ name: entry.name, kind: kindOfEntry(entry) }));
  return readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map((entry) =>
    isUtf8(entry.name)
      ? { name: entry.name.toString(), kind: kindOfEntry(entry) }
      : { name: escaped(entry.name), kind: kindOfEntry(entry), misnamed: true },
  );
}

function kindOfEntry(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

async function syncFolder(path: string): Promise<void> {
  if (windows) return; // Folders cannot be flushed there: no promise about power loss.
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function statOf(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(Number(stats.mode)),
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeMs: Number(stats.ctimeMs),
    inode: stats.ino,
    device: stats.dev,
  };
}

function kindOf(mode: number): FileKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'folder';
    case constants.S_IFLNK:
      return 'link';
    default:
      return 'other';
  }
}
