/** Folders that survive power loss: a new one is flushed into its parent before anything in it counts as written. */
import { dirname } from 'node:path';
import type { Disk } from './disk.js';
import { errnoOf, isAbsence } from './errors.js';

/**
 * Makes the folder and its missing parents. One that exists already is flushed into its parent, too, once: the process
 * that made it may have died before it came to that.
 */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  // Whoever finds the folder while another call still flushes it waits for that, or its own file could be lost with it.
  const running = disk.making.get(folder);
  if (running) return running;
  const there = await exists(disk, folder);
  if (there && disk.flushed.has(folder)) return;
  const making =
    disk.making.get(folder) ?? make(disk, folder, there).finally(() => disk.making.delete(folder));
  disk.making.set(folder, making);
  return making;
}

async function make(disk: Disk, folder: string, there: boolean): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder) {
    await makeFolder(disk, parent);
    const made = !there && (await mkdir(disk, folder));
    await flushInto(disk, parent, made);
  }
  disk.flushed.add(folder);
}

/** False: another process was first, and its flush may still be to come. */
async function mkdir(disk: Disk, folder: string): Promise<boolean> {
  try {
    await disk.fs.mkdir(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A folder far above may be closed to us; then what is in it was not made by us, nor by anyone like us. */
async function flushInto(disk: Disk, parent: string, made: boolean): Promise<void> {
  try {
    await disk.fs.syncFolder(parent);
  } catch (error) {
    if (made || !CLOSED.has(errnoOf(error) ?? '')) throw error;
  }
}

const CLOSED = new Set(['EACCES', 'EPERM', 'EINVAL', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP']);

async function exists(disk: Disk, folder: string): Promise<boolean> {
  try {
    await disk.fs.statTarget(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** For what is gone already: another process may have died between its change and its flush. A missing folder holds nothing. */
export async function syncIfThere(disk: Disk, folder: string): Promise<void> {
  await disk.fs.syncFolder(folder).catch((error: unknown) => {
    if (!isAbsence(error)) throw error;
  });
}

/** Flushes each folder once, whatever the number of names that changed in it. */
export async function syncFolders(disk: Disk, folders: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(folders)].map((folder) => disk.fs.syncFolder(folder)));
}
