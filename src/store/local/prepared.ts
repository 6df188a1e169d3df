/**
 * Prepared uploads of the local store: a second name of the staged file below the prepared prefix, which no listing
 * shows. Completing renames it to the final name, aborting unlinks it: whichever comes first, the other finds nothing.
 */
import { basename, dirname } from 'node:path';
import { LakefillError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import type {
  AbortResult,
  CompleteResult,
  PreparedUpload,
  PrepareRequest,
  PrepareResult,
} from '../object-store.js';
import { etagOf, fileOf, statObject, type Disk } from './disk.js';
import { makeFolder, syncFolders, syncIfThere } from './durable-folder.js';
import { errnoOf, isAbsence, storeError } from './errors.js';
import type { FolderEntry } from './fs.js';
import { nameInId, parsePreparedName, preparedName } from './names.js';
import { linkOrCopy } from './read.js';
import { flush, replace } from './write.js';

export async function prepare(disk: Disk, request: PrepareRequest): Promise<PrepareResult> {
  const { path, source, sourceEtag, size, sha256, preparedPrefix } = request;
  const isWanted = (stat: Parameters<typeof etagOf>[0]) => etagOf(stat) === sourceEtag && stat.size === size;
  const before = await statObject(disk, source);
  if (!before) return { outcome: 'absent' };
  if (!isWanted(before)) return { outcome: 'changed' };
  const id = preparedPrefix + preparedName(path, disk.clock.now());
  const file = fileOf(id);
  await makeFolder(disk, dirname(file));
  try {
    const how = await linkOrCopy(disk, fileOf(source), file);
    const stat = await flush(disk, file, how === 'copied');
    // A link pins the inode, so looking at it afterwards misses no replacement; a copy needs a second look at the source.
    const now = how === 'linked' ? stat : await statObject(disk, source);
    if (!now || !isWanted(now) || stat.size !== size) {
      await disk.fs.unlink(file);
      return { outcome: now ? 'changed' : 'absent' };
    }
  } catch (error) {
    await disk.fs.unlink(file).catch(() => undefined); // best effort; listPrepared finds what stays
    if (errnoOf(error) === 'ENOENT' && !(await statObject(disk, source))) return { outcome: 'absent' };
    throw error;
  }
  await disk.fs.syncFolder(dirname(file));
  return { outcome: 'done', upload: { path, id, size, sha256 } };
}

export async function complete(disk: Disk, upload: PreparedUpload): Promise<CompleteResult> {
  checkId(upload);
  const from = fileOf(upload.id);
  const to = fileOf(upload.path);
  const stat = await statObject(disk, upload.id);
  if (!stat) return gone(disk, from, to);
  await makeFolder(disk, dirname(to));
  try {
    await replace(disk, from, to);
  } catch (error) {
    // Only an abort or another completion takes the prepared file away; a vanished folder is a fault.
    if (errnoOf(error) === 'ENOENT' && !(await statObject(disk, upload.id))) return gone(disk, from, to);
    throw error;
  }
  await syncFolders(disk, [dirname(to), dirname(from)]);
  return { outcome: 'done', etag: etagOf(stat) };
}

/** Whoever took the prepared file away may have died before the flush; what the caller finds at the final path must last. */
async function gone(disk: Disk, from: string, to: string): Promise<CompleteResult> {
  await syncIfThere(disk, dirname(to));
  await syncIfThere(disk, dirname(from));
  return { outcome: 'gone' };
}

export async function abort(disk: Disk, upload: Pick<PreparedUpload, 'path' | 'id'>): Promise<AbortResult> {
  checkId(upload);
  const file = fileOf(upload.id);
  try {
    await disk.fs.unlink(file);
  } catch (error) {
    if (!isAbsence(error)) throw error;
    await syncIfThere(disk, dirname(file));
    return { outcome: 'gone' };
  }
  await disk.fs.syncFolder(dirname(file));
  return { outcome: 'aborted' };
}

/** Uploads below the prepared prefix whose final path is under `prefix`, in no order. */
export function listPrepared(
  disk: Disk,
  prefix: string,
  preparedPrefix: string,
): { path: string; id: string; startedAt: Instant }[] {
  return namesBelow(disk, preparedPrefix).flatMap((name) => {
    const parsed = parsePreparedName(name);
    if (!parsed?.path.startsWith(prefix)) return [];
    return [{ path: parsed.path, id: preparedPrefix + name, startedAt: parsed.startedAt }];
  });
}

/** Files in the folder, and in folders of ours for names that did not fit one segment; relative to the prefix. */
function namesBelow(disk: Disk, prefix: string): string[] {
  let entries: FolderEntry[];
  try {
    entries = disk.fs.readFolderSync(fileOf(prefix));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw storeError(error, 'list', prefix);
  }
  return entries.flatMap(({ name, kind, misnamed }) => {
    if (misnamed) return [];
    if (kind === 'file') return [name];
    const ours = kind === 'folder' && nameInId(prefix + name) !== '';
    return ours ? namesBelow(disk, `${prefix}${name}/`).map((below) => `${name}/${below}`) : [];
  });
}

/**
 * An id comes back from a file that anyone may have edited: only a name of our making, for this very file, is touched. Names of files
 * are used once; the folders above may be others since the lake was moved.
 */
function checkId({ path, id }: Pick<PreparedUpload, 'path' | 'id'>): void {
  const meant = parsePreparedName(nameInId(id))?.path;
  if (meant === undefined || basename(meant) !== basename(path)) {
    throw new LakefillError(
      'USAGE',
      `${JSON.stringify(id)} is not a prepared upload of /${path}. Nothing was changed.`,
      { hint: 'Restore the journal entry that names it from a backup.', context: { path, id } },
    );
  }
}
