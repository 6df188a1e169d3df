/** Folders that survive power loss: a new one is flushed into its parent before anything in it counts as written. */
import { dirname } from 'node:path';
import type { Disk } from './disk.js';
import { errnoOf } from './errors.js';

/** Makes the folder and its missing parents. A folder that exists already is taken as it is. */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  // Whoever finds the folder while another call still flushes it waits for that, or its own file could be lost with it.
  const running = disk.making.get(folder);
  if (running) return running;
  if (await exists(disk, folder)) return;
  const making = disk.making.get(folder) ?? make(disk, folder).finally(() => disk.making.delete(folder));
  disk.making.set(folder, making);
  return making;
}

async function make(disk: Disk, folder: string): Promise<void> {
  const parent = dirname(folder);
  await makeFolder(disk, parent);
  try {
    await disk.fs.mkdir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error; // another process was first; its flush may still be to come
  }
  await disk.fs.syncFolder(parent);
}

async function exists(disk: Disk, folder: string): Promise<boolean> {
  try {
    await disk.fs.statTarget(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Flushes each folder once, whatever the number of names that changed in it. */
export async function syncFolders(disk: Disk, folders: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(folders)].map((folder) => disk.fs.syncFolder(folder)));
}
