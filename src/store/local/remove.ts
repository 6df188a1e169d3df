/**
 * Deleting objects of the local store. The version is compared right before; there is no system call that compares and
 * removes in one step, so an object that must not be lost is moved (`moveTo`): first it gets the second name, durably, then
 * the first name is renamed away, looked at, and unlinked only when it is the object that was meant. Whatever a race puts
 * under either name is never destroyed. Folders are never removed, not even the one of a partition's last object.
 */
import { dirname } from 'node:path';
import { throwIfAborted } from '../../core/errors.js';
import { randomId } from '../../core/id.js';
import { occupied } from '../occupied.js';
import type { DeleteItem, DeleteResult } from '../object-store.js';
import { etagOf, fileOf, statObject, type Disk } from './disk.js';
import { makeFolder, syncFolders, syncIfThere } from './durable-folder.js';
import { errnoOf, isLinkRefusal, storeError } from './errors.js';
import type { FileStat } from './fs.js';
import { sameVersion } from './read.js';

type Outcome = DeleteResult['outcome'];

/** What is left to do for an item, or its outcome. */
type Step =
  | { readonly kind: 'over'; readonly outcome: Outcome }
  | { readonly kind: 'unlink' }
  /** `aside`: absolute name in the folder of `moveTo` that the first name is renamed to; `moveTo` itself where it has no second name. */
  | { readonly kind: 'move'; readonly meant: FileStat; readonly to: string; readonly aside: string };

/** One result per item, in order. Each folder is flushed once after the second names and once at the end, also when an item fails. */
export async function deleteAll(
  disk: Disk,
  items: readonly DeleteItem[],
  signal: AbortSignal | undefined,
): Promise<DeleteResult[]> {
  const steps: Step[] = [];
  for (const item of items) {
    throwIfAborted(signal);
    steps.push(await inWords(item, begin(disk, item)));
  }
  await syncFolders(
    disk,
    steps.flatMap((step) => (step.kind === 'move' ? [dirname(step.to)] : [])),
  );
  const results: DeleteResult[] = [];
  const touched: string[] = [];
  const absent: string[] = [];
  try {
    for (const [i, item] of items.entries()) {
      const step = steps[i]!;
      if (step.kind !== 'over') touched.push(dirname(fileOf(item.path)));
      if (step.kind === 'move') touched.push(dirname(step.to));
      const outcome = await inWords(item, finish(disk, item, step));
      if (outcome === 'absent') absent.push(dirname(fileOf(item.path)));
      results.push({ path: item.path, outcome });
    }
  } finally {
    await syncFolders(disk, touched);
  }
  // Whoever deleted these may have died before its flush.
  for (const folder of new Set(absent)) if (!touched.includes(folder)) await syncIfThere(disk, folder);
  return results;
}

async function begin(disk: Disk, item: DeleteItem): Promise<Step> {
  const meant = await statObject(disk, item.path);
  if (!meant) return { kind: 'over', outcome: 'absent' };
  if (item.etag !== null && etagOf(meant) !== item.etag) return { kind: 'over', outcome: 'changed' };
  if (item.moveTo === undefined) return { kind: 'unlink' };
  const to = fileOf(item.moveTo);
  await makeFolder(disk, dirname(to));
  const second = await giveSecondName(disk, item.path, item.moveTo, meant);
  if (second === 'changed' || second === 'absent') return { kind: 'over', outcome: second };
  // rename() onto a link of the same file does nothing, so the first name goes to a third one. Not a hidden name: were this
  // another's object and the process died here, a listing must show it.
  return { kind: 'move', meant, to, aside: second === 'given' ? `${to}~${randomId()}` : to };
}

/** `refused`: there are no hard links, or not of another user's file, or not to this device; `moveTo` is free. */
async function giveSecondName(
  disk: Disk,
  path: string,
  moveTo: string,
  meant: FileStat,
): Promise<'given' | 'refused' | Outcome> {
  try {
    await disk.fs.link(fileOf(path), fileOf(moveTo));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return 'absent';
    if (errno !== 'EEXIST' && !isLinkRefusal(error)) throw error;
    const standing = await statObject(disk, moveTo);
    // An earlier try that died, or another process doing the same, may have come this far.
    if (standing && !sameVersion(standing, meant)) throw occupied(path, moveTo);
    return standing ? 'given' : 'refused';
  }
  if (sameVersion(await disk.fs.stat(fileOf(moveTo)), meant)) return 'given';
  await disk.fs.unlink(fileOf(moveTo));
  return 'changed';
}

async function finish(disk: Disk, item: DeleteItem, step: Step): Promise<Outcome> {
  if (step.kind === 'over') return step.outcome;
  const from = fileOf(item.path);
  try {
    if (step.kind === 'unlink') await disk.fs.unlink(from);
    else await disk.fs.rename(from, step.aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  if (step.kind === 'unlink') return 'deleted';
  if (!sameVersion(await disk.fs.stat(step.aside), step.meant)) {
    await putBack(disk, step.aside, from);
    return 'changed';
  }
  if (step.aside !== step.to) await disk.fs.unlink(step.aside);
  return 'deleted';
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

async function inWords<T>(item: DeleteItem, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error, 'delete', item.path);
  }
}
