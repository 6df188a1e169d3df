/**
 * Writing objects of the local store. New bytes are flushed under a temporary name in the folder of the final name, then
 * get the final name in one step, then the folder is flushed: a crash leaves the old object or the new one, and at worst
 * a temporary file that no listing shows.
 *
 * create    link(): exactly one of many racers, of any process, makes the name. The journal rests on this.
 * overwrite rename().
 * update    looks at the etag, then rename(): NOT one step. Another writer may come between, so the store says
 *           `putIfMatch: false`; nothing that must be exclusive may rest on it.
 */
import { dirname, join } from 'node:path';
import { LakefillError } from '../../core/errors.js';
import type { Body, PutMode, PutResult } from '../object-store.js';
import { etagOf, fileOf, infoOf, notAFile, statObject, type Disk } from './disk.js';
import { makeFolder } from './durable-folder.js';
import { errnoOf, isAbsence, isLinkRefusal } from './errors.js';
import type { FileStat } from './fs.js';
import { temporaryName } from './names.js';
import { linkOrCopy } from './read.js';

export async function put(disk: Disk, path: string, body: Body, mode: PutMode): Promise<PutResult> {
  const final = fileOf(path);
  const folder = dirname(final);
  await makeFolder(disk, folder);
  const temporary = join(folder, temporaryName());
  let result: PutResult;
  try {
    const stat = await writeTemporary(disk, temporary, body);
    const won = await place(disk, path, temporary, mode);
    result = won ? { outcome: 'done', object: infoOf(path, stat) } : { outcome: 'lost' };
  } finally {
    await disk.fs.unlink(temporary).catch(() => undefined); // best effort
  }
  // After a lost race too: what stands there may be our own earlier try, whose flush was never answered.
  await disk.fs.syncFolder(folder);
  return result;
}

/** Copy of exactly the version `etag`; real bytes, so that nothing done to the source in place reaches the copy. */
export async function copy(
  disk: Disk,
  source: string,
  etag: string,
  destination: string,
): Promise<PutResult | { readonly outcome: 'absent' }> {
  const before = await statObject(disk, source);
  if (!before) return { outcome: 'absent' };
  if (etagOf(before) !== etag) return { outcome: 'lost' };
  const final = fileOf(destination);
  const folder = dirname(final);
  await makeFolder(disk, folder);
  const temporary = join(folder, temporaryName());
  try {
    await disk.fs.copy(fileOf(source), temporary);
    const stat = await flush(disk, temporary, true);
    const after = await statObject(disk, source);
    if (!after || etagOf(after) !== etag || stat.size !== before.size) return { outcome: 'lost' };
    await replace(disk, temporary, final);
    await disk.fs.syncFolder(folder);
    return { outcome: 'done', object: infoOf(destination, stat) };
  } finally {
    await disk.fs.unlink(temporary).catch(() => undefined); // best effort
  }
}

/**
 * rename() of a name that only this call uses. It does nothing and reports success when both names are links of one file:
 * then the old name goes, too.
 */
export async function replace(disk: Disk, from: string, to: string): Promise<void> {
  await disk.fs.rename(from, to);
  await disk.fs.unlink(from).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

/** Flushes a file; `stamp` gives it a modification time of its own first. The stat is the one it keeps from then on. */
export async function flush(disk: Disk, file: string, stamp: boolean): Promise<FileStat> {
  const handle = await disk.fs.open(file);
  try {
    if (stamp) await disk.stamps.stamp(handle);
    await handle.sync();
    return await handle.stat();
  } finally {
    await handle.close();
  }
}

async function writeTemporary(disk: Disk, temporary: string, body: Body): Promise<FileStat> {
  if ('file' in body) return takeFile(disk, body.file, temporary);
  const handle = await disk.fs.create(temporary);
  try {
    await handle.write(body.bytes);
    await disk.stamps.stamp(handle);
    await handle.sync();
    return await handle.stat();
  } finally {
    await handle.close();
  }
}

async function takeFile(disk: Disk, file: string, temporary: string): Promise<FileStat> {
  const { kind } = await disk.fs.stat(file).catch((error: unknown) => {
    throw isAbsence(error) ? missingBody(file) : error;
  });
  if (kind !== 'file') throw notAFile(file.replace(/^\//, ''), kind);
  const how = await linkOrCopy(disk, file, temporary);
  return flush(disk, temporary, how === 'copied');
}

/** Gives the temporary file its final name; false when the mode's condition does not hold. */
async function place(disk: Disk, path: string, temporary: string, mode: PutMode): Promise<boolean> {
  switch (mode.kind) {
    case 'create':
      return create(disk, path, temporary);
    case 'overwrite':
      await replace(disk, temporary, fileOf(path));
      return true;
    case 'update': {
      const there = await statObject(disk, path);
      if (!there || etagOf(there) !== mode.etag) return false;
      await replace(disk, temporary, fileOf(path));
      return true;
    }
  }
}

async function create(disk: Disk, path: string, temporary: string): Promise<boolean> {
  const final = fileOf(path);
  try {
    await disk.fs.link(temporary, final);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return occupiedByFile(disk, path);
    if (!isLinkRefusal(error) || errnoOf(error) === 'EACCES') throw error;
  }
  // Both names are ours and in one folder, so a refusal means that the file system has no hard links.
  if (disk.hardLinks) {
    disk.hardLinks = false;
    throw noHardLinks(path);
  }
  // `putIfAbsent` is false by now and whoever goes on has accepted it: look first, then rename.
  if (await statObject(disk, path)) return false;
  await replace(disk, temporary, final);
  return true;
}

async function occupiedByFile(disk: Disk, path: string): Promise<false> {
  const there = await disk.fs.stat(fileOf(path)).catch(() => null);
  if (there?.kind === 'folder') {
    throw new LakefillError('STORE_UNSUPPORTED', `Could not write /${path}: a folder has that name.`, {
      hint: 'Move the folder away.',
      context: { path },
    });
  }
  return false;
}

function missingBody(file: string): LakefillError {
  return new LakefillError('USAGE', `${file} does not exist, so it was not stored.`, {
    hint: 'Write the file before it is put.',
  });
}

function noHardLinks(path: string): LakefillError {
  return new LakefillError(
    'STORE_UNSUPPORTED',
    `The file system of /${path} has no hard links, so that two writers cannot be kept apart. Nothing was written.`,
    {
      hint: 'Move the lake to a file system with hard links (ext4, xfs, btrfs, APFS), or pass --single-writer if nothing else ever writes it.',
      context: { path },
    },
  );
}
