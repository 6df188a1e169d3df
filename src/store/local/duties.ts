/** What only real folders can be asked: one device, no links, hard links, folding of names, leftovers of dead writes. */
import { dirname, join } from 'node:path';
import { LakefillError } from '../../core/errors.js';
import type { FolderDuties, Folding } from '../object-store.js';
import { checkPrefix } from '../paths.js';
import { fileOf, type Disk } from './disk.js';
import { makeFolder, syncIfThere } from './durable-folder.js';
import { errnoOf, isAbsence, isLinkRefusal, storeError } from './errors.js';
import type { FileStat, FolderEntry } from './fs.js';
import { foldingProbeName, isTemporaryName, temporaryName } from './names.js';

export function folderDuties(disk: Disk): FolderDuties {
  const guarded = async <T>(doing: string, prefix: string, work: () => Promise<T>): Promise<T> => {
    checkPrefix(prefix);
    try {
      return await work();
    } catch (error) {
      throw storeError(error, doing, prefix);
    }
  };
  return {
    checkOneDevice: (request) =>
      guarded('look at', request.control, () =>
        checkOneDevice(disk, request.control, request.root, request.prefixes),
      ),
    probeHardLinks: (prefix) => guarded('probe', prefix, () => probeHardLinks(disk, prefix)),
    probeFolding: (prefix) => guarded('probe', prefix, () => probeFolding(disk, prefix)),
    flush: (prefix) => guarded('flush', prefix, () => syncIfThere(disk, join(fileOf(prefix), '.'))),
    removeLeftovers: (prefix, olderThan) =>
      guarded('tidy', prefix, () => removeLeftovers(disk, prefix, olderThan)),
    removeEmpty: (prefix, olderThan) => guarded('tidy', prefix, () => removeEmpty(disk, prefix, olderThan)),
  };
}

async function checkOneDevice(
  disk: Disk,
  control: string,
  root: string,
  prefixes: readonly string[],
): Promise<void> {
  const { device } = await nearest(disk, control);
  const seen = new Set<string>();
  for (const prefix of [root, ...prefixes]) {
    checkPrefix(prefix);
    for (const folder of foldersBetween(root, prefix)) {
      if (seen.has(folder)) continue;
      seen.add(folder);
      const stat = await statOrNull(disk, fileOf(folder));
      if (stat?.kind === 'link') throw refusal(folder, 'is a symbolic link', control);
    }
    if ((await nearest(disk, prefix)).device !== device)
      throw refusal(prefix, 'is on another device', control);
  }
}

/** `a/b/`, `a/b/c/d/` -> `a/b/c`, `a/b/c/d`: what must not be a link. The root itself may be reached through one. */
function foldersBetween(root: string, prefix: string): string[] {
  const segments = prefix.slice(root.length).split('/').filter(Boolean);
  return segments.map((_, i) => root + segments.slice(0, i + 1).join('/'));
}

/** Stat of the folder, or of the nearest one above it that exists. */
async function nearest(disk: Disk, prefix: string): Promise<FileStat> {
  for (let folder = join(fileOf(prefix), '.'); ; folder = dirname(folder)) {
    try {
      return await disk.fs.statTarget(folder);
    } catch (error) {
      if (!isAbsence(error) || folder === dirname(folder)) throw error;
    }
  }
}

function refusal(prefix: string, why: string, control: string): LakefillError {
  return new LakefillError('TARGET_REFUSED', `/${prefix} ${why}. Nothing was written.`, {
    hint: `Files are published by renaming them from /${control}, which works within one file system only: keep both on one, without links or mounts inside the dataset.`,
    context: { prefix, control },
  });
}

async function probeHardLinks(disk: Disk, prefix: string): Promise<boolean> {
  return withProbeFile(disk, prefix, temporaryName(), async (file) => {
    const second = join(dirname(file), temporaryName());
    try {
      await disk.fs.link(file, second);
    } catch (error) {
      if (!isLinkRefusal(error)) throw error;
      disk.hardLinks = false;
      return false;
    }
    await disk.fs.unlink(second);
    return true;
  });
}

async function probeFolding(disk: Disk, prefix: string): Promise<Folding> {
  const composed = foldingProbeName();
  return withProbeFile(disk, prefix, composed, async (file) => {
    const folder = dirname(file);
    return {
      case: (await statOrNull(disk, join(folder, composed.toUpperCase()))) !== null,
      unicode: (await statOrNull(disk, join(folder, composed.normalize('NFD')))) !== null,
    };
  });
}

async function withProbeFile<T>(
  disk: Disk,
  prefix: string,
  name: string,
  look: (file: string) => Promise<T>,
): Promise<T> {
  const folder = join(fileOf(prefix), '.');
  await makeFolder(disk, folder);
  const file = join(folder, name);
  const handle = await disk.fs.create(file);
  try {
    await handle.close();
    return await look(file);
  } finally {
    await disk.fs.unlink(file);
  }
}

async function removeLeftovers(disk: Disk, prefix: string, olderThan: number): Promise<number> {
  let removed = 0;
  for (const { name, kind, misnamed } of readOrEmpty(disk, prefix)) {
    if (misnamed) continue;
    if (kind === 'folder') removed += await removeLeftovers(disk, `${prefix}${name}/`, olderThan);
    if (kind !== 'file' || !isTemporaryName(name)) continue;
    const file = fileOf(prefix + name);
    // The change time: a hard link keeps the modification time of the file that it was made from.
    const stat = await statOrNull(disk, file);
    if (!stat || disk.clock.now() - stat.ctimeMs < olderThan) continue;
    await disk.fs.unlink(file);
    removed += 1;
  }
  return removed;
}

async function removeEmpty(disk: Disk, prefix: string, olderThan: number): Promise<void> {
  const folder = join(fileOf(prefix), '.');
  // Before the folders in it go: their removal touches it.
  const stat = await statOrNull(disk, folder);
  if (stat?.kind !== 'folder') return;
  for (const { name, kind, misnamed } of readOrEmpty(disk, prefix))
    if (kind === 'folder' && !misnamed) await removeEmpty(disk, `${prefix}${name}/`, olderThan);
  if (olderThan > 0 && disk.clock.now() - stat.ctimeMs < olderThan) return;
  try {
    await disk.fs.rmdir(folder);
  } catch (error) {
    if (!LEFT_STANDING.has(errnoOf(error) ?? '')) throw error;
  }
}

/** It holds something, another was first, or it may not be removed: nothing rests on it. */
const LEFT_STANDING: ReadonlySet<string> = new Set([
  'ENOTEMPTY',
  'EEXIST',
  'ENOENT',
  'EBUSY',
  'EACCES',
  'EPERM',
]);

function readOrEmpty(disk: Disk, prefix: string): FolderEntry[] {
  try {
    return disk.fs.readFolderSync(fileOf(prefix));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

async function statOrNull(disk: Disk, file: string): Promise<FileStat | null> {
  try {
    return await disk.fs.stat(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
