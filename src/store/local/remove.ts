/**
 * Deleting objects of the local store. The version is compared right before; there is no system call that compares and
 * removes in one step, so an object that must not be lost is moved (`moveTo`): first it gets the second name, then the
 * first name is renamed away, looked at, and unlinked only when it is the object that was meant. Whatever a race puts
 * under either name is never destroyed. Folders are never removed, not even the one of a partition's last object.
 */
import { dirname } from 'node:path';
import { throwIfAborted } from '../../core/errors.js';
import { randomId } from '../../core/id.js';
import { occupied } from '../occupied.js';
import type { DeleteItem, DeleteResult } from '../object-store.js';
import { etagOf, fileOf, statObject, type Disk } from './disk.js';
import { makeFolder, syncFolders } from './durable-folder.js';
import { errnoOf, isLinkRefusal, storeError } from './errors.js';
import type { FileStat } from './fs.js';
import { sameVersion } from './read.js';

/** One result per item, in order; each folder is flushed once at the end, also when an item fails. */
export async function deleteAll(
  disk: Disk,
  items: readonly DeleteItem[],
  signal: AbortSignal | undefined,
): Promise<DeleteResult[]> {
  const results: DeleteResult[] = [];
  const touched = new Set<string>();
  try {
    for (const item of items) {
      throwIfAborted(signal);
      const outcome = await deleteOne(disk, item).catch((error: unknown) => {
        throw storeError(error, 'delete', item.path);
      });
      results.push({ path: item.path, outcome });
      if (outcome === 'absent') continue;
      touched.add(dirname(fileOf(item.path)));
      if (item.moveTo !== undefined) touched.add(dirname(fileOf(item.moveTo)));
    }
  } finally {
    await syncFolders(disk, touched);
  }
  return results;
}

async function deleteOne(disk: Disk, item: DeleteItem): Promise<DeleteResult['outcome']> {
  const there = await statObject(disk, item.path);
  if (!there) return 'absent';
  if (item.etag !== null && etagOf(there) !== item.etag) return 'changed';
  try {
    if (item.moveTo === undefined) {
      await disk.fs.unlink(fileOf(item.path));
      return 'deleted';
    }
    return await move(disk, item, item.moveTo, there);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

async function move(
  disk: Disk,
  item: DeleteItem,
  moveTo: string,
  meant: FileStat,
): Promise<DeleteResult['outcome']> {
  const from = fileOf(item.path);
  const to = fileOf(moveTo);
  await makeFolder(disk, dirname(to));
  const second = await giveSecondName(disk, item.path, moveTo, meant);
  if (second === 'changed') return 'changed';
  // rename() onto a link of the same file does nothing, so the first name goes to a third one. Not a hidden name: were this
  // another's object and the process died here, a listing must show it.
  const aside = second === 'given' ? `${to}~${randomId()}` : to;
  await disk.fs.rename(from, aside);
  if (!sameVersion(await disk.fs.stat(aside), meant)) {
    await putBack(disk, aside, from);
    return 'changed';
  }
  if (aside !== to) await disk.fs.unlink(aside);
  return 'deleted';
}

/** `refused`: there are no hard links, or not of another user's file; `moveTo` is free. */
async function giveSecondName(
  disk: Disk,
  path: string,
  moveTo: string,
  meant: FileStat,
): Promise<'given' | 'changed' | 'refused'> {
  try {
    await disk.fs.link(fileOf(path), fileOf(moveTo));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EXDEV' || (errno !== 'EEXIST' && !isLinkRefusal(error))) throw error;
    const standing = await statObject(disk, moveTo);
    // An earlier try that died, or another process doing the same, may have come this far.
    if (standing && !sameVersion(standing, meant)) throw occupied(path, moveTo);
    return standing ? 'given' : 'refused';
  }
  if (sameVersion(await disk.fs.stat(fileOf(moveTo)), meant)) return 'given';
  await disk.fs.unlink(fileOf(moveTo));
  return 'changed';
}

/** A race put another object under the name between look and move. Where the name is taken again, the object stays aside. */
async function putBack(disk: Disk, aside: string, from: string): Promise<void> {
  try {
    await disk.fs.link(aside, from);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  await disk.fs.unlink(aside);
}
