/** Reading objects of the local store: whole or by range into memory, or as a new local file. */
import type { Clock } from '../../clock.js';
import { LakefillError } from '../../core/errors.js';
import type { DownloadResult, GetResult } from '../object-store.js';
import { cutRange, type ByteRange } from '../range.js';
import { etagOf, fileOf, infoOf, notAFile, statObject, type Disk } from './disk.js';
import { errnoOf, isAbsence, isLinkRefusal } from './errors.js';
import type { FileStat, OpenFile } from './fs.js';

/** Reads of one file that may be torn by a program writing into it before the read gives up. */
const TRIES = 3;

export async function get(
  disk: Disk,
  path: string,
  range: ByteRange | undefined,
  ifMatch: string | undefined,
): Promise<GetResult> {
  for (let tries = 0; tries < TRIES; tries++) {
    const file = await openObject(disk, path);
    if (!file) return { outcome: 'absent' };
    try {
      const before = await file.stat();
      if (before.kind === 'folder') return { outcome: 'absent' };
      if (before.kind !== 'file') throw notAFile(path, before.kind);
      if (ifMatch !== undefined && etagOf(before) !== ifMatch) return { outcome: 'changed' };
      const { start, end } = cutRange(range, before.size);
      const bytes = await file.read(start, end - start);
      if (sameVersion(before, await file.stat()) && bytes.length === end - start) {
        return { outcome: 'found', object: infoOf(path, before), bytes, age: ageOf(disk.clock, before) };
      }
    } finally {
      await file.close();
    }
  }
  throw new LakefillError('STORE_RACING', `/${path} changed each of ${TRIES} times while it was read.`, {
    hint: 'Run again when nothing writes into the file in place.',
    context: { path },
  });
}

/**
 * A second name for the same bytes where the device and permissions allow it, else a copy. The version is compared on
 * the new name after linking (a link pins the inode, so a replacement cannot come between), for a copy before and after.
 */
export async function download(
  disk: Disk,
  path: string,
  etag: string,
  file: string,
): Promise<DownloadResult> {
  const before = await statObject(disk, path);
  if (!before) return { outcome: 'absent' };
  if (etagOf(before) !== etag) return { outcome: 'changed' };
  let after: FileStat | null;
  let linked: boolean;
  try {
    linked = (await linkOrCopy(disk, fileOf(path), file)) === 'linked';
    after = linked ? await disk.fs.stat(file) : await statObject(disk, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && !(await statObject(disk, path))) return { outcome: 'absent' };
    if (errnoOf(error) === 'EEXIST') throw unusable(file, 'exists already');
    if (errnoOf(error) === 'ENOENT') throw unusable(file, 'is in a folder that does not exist');
    throw error;
  }
  if (after && sameVersion(before, after)) {
    return { outcome: 'done', object: infoOf(path, before), unverified: null, linked };
  }
  await disk.fs.unlink(file);
  return after ? { outcome: 'changed' } : { outcome: 'absent' };
}

/** Gives `to` (a new name) the bytes of `from`; `from` must not be written to afterwards. */
export async function linkOrCopy(disk: Disk, from: string, to: string): Promise<'linked' | 'copied'> {
  try {
    await disk.fs.link(from, to);
    return 'linked';
  } catch (error) {
    if (!isLinkRefusal(error)) throw error;
  }
  await disk.fs.copy(from, to);
  return 'copied';
}

export function sameVersion(a: FileStat, b: FileStat): boolean {
  return etagOf(a) === etagOf(b) && a.size === b.size;
}

async function openObject(disk: Disk, path: string): Promise<OpenFile | null> {
  try {
    return await disk.fs.open(fileOf(path));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

function ageOf(clock: Clock, stat: FileStat): number {
  return Math.max(0, clock.now() - Number(stat.mtimeNs / 1_000_000n));
}

function unusable(file: string, why: string): LakefillError {
  return new LakefillError('USAGE', `${file} ${why}. Nothing was written.`, {
    hint: 'Name a new file in a folder that exists.',
  });
}
