/**
 * What `doctor` asks a disk about a local target: one device, hard links, names that fold together, free space, and
 * whether another user owns or can change what lakefill wrote. Probe files are below the control prefix and removed.
 */
import { readdir, rmdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { formatByteSize } from '../core/byte-size.js';
import { partitionPrefix } from '../core/layout.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalState } from '../journal/entry.js';
import type { RunContext } from '../run/context.js';
import { foldedTwins } from '../run/local-target.js';
import { controlOf } from '../run/open-dataset.js';
import type { Folding } from '../store/object-store.js';
import type { Examination, Finding } from './doctor-checks.js';

const LEAST_FREE_BYTES = 1024 ** 3;

/** Stores without folders have none of these checks. Call it when the control prefix can be written. */
export async function examineFolders(
  context: Pick<RunContext, 'project' | 'stores'>,
  examination: Examination,
  dataset: Dataset,
  state: JournalState | null,
): Promise<void> {
  const { root } = dataset.layout;
  const { folders } = context.stores(root.store);
  if (!folders) return;
  const control = controlOf(context, dataset).prefix;
  const keys = [...(state?.keys.keys() ?? [])];
  const subject = { dataset: dataset.name, store: root.store };
  await examination.look({ name: 'one-device', ...subject }, async () => {
    const prefixes = keys.map((key) => partitionPrefix(dataset.layout, key));
    await folders.checkOneDevice({ control, root: root.path, prefixes });
    return { passed: true, evidence: `/${control} and the target are on one device, without links between` };
  });
  await examination.look({ name: 'hard-links', ...subject }, async () =>
    (await folders.probeHardLinks(control))
      ? { passed: true, evidence: 'a file can be given a second name' }
      : {
          passed: false,
          evidence: 'the file system refuses hard links, so two writers cannot be kept apart',
          hint: 'Keep the lake on ext4, xfs, btrfs or APFS, or pass --single-writer if nothing else ever writes it.',
        },
  );
  await examination.look({ name: 'folding', ...subject }, async () =>
    foldingFinding(keys, await folders.probeFolding(control)),
  );
  await examination.look({ name: 'free-space', ...subject }, async () => {
    const { bavail, blocks, bsize } = await statfs((await nearest(`/${root.path}`)).folder);
    return spaceFinding(bavail * bsize, blocks * bsize);
  });
  await examination.look({ name: 'owner', ...subject }, async () => {
    const found = await Promise.all([nearest(`/${root.path}`), nearest(`/${control}`)]);
    return ownerFinding(found, process.getuid?.() ?? null);
  });
}

/** Pure. Null folding: not known. */
export function foldingFinding(keys: readonly string[], folding: Folding | null): Finding {
  const folded = [folding?.case ? 'case' : null, folding?.unicode ? 'Unicode form' : null].filter(Boolean);
  const twins = folding === null ? null : foldedTwins(keys, folding);
  if (twins !== null)
    return {
      passed: false,
      evidence: `the file system takes ${twins[0]} and ${twins[1]} for one folder`,
      hint: 'Use a file system that tells them apart, or values that differ by more than case and accents.',
    };
  return {
    passed: true,
    evidence:
      folded.length === 0
        ? 'names that differ stay apart'
        : `names that differ by ${folded.join(' or ')} alone are one; no partitions do`,
  };
}

/** Pure; bytes. */
export function spaceFinding(free: number, total: number): Finding {
  return {
    passed: free >= LEAST_FREE_BYTES,
    needed: free === 0,
    evidence: `${formatByteSize(free)} of ${formatByteSize(total)} are free`,
    hint: 'Make room: a run stages its output and keeps the generation before. `lakefill gc --dry-run` shows what would go.',
  };
}

interface FolderOwner {
  readonly folder: string;
  readonly uid: number;
  readonly mode: number;
}

/**
 * Another owner: hard links to that user's files are refused by kernels that protect them, and files are copied instead. Writable
 * by everyone: anyone may replace files under a run. `uid` null: this platform has none. Pure.
 */
export function ownerFinding(found: readonly FolderOwner[], uid: number | null): Finding {
  const open = found.find(({ mode }) => (mode & 0o002) !== 0 && (mode & 0o1000) === 0);
  if (uid !== null && open)
    return {
      passed: false,
      needed: false,
      evidence: `every user of this machine can change ${open.folder} (mode ${(open.mode & 0o7777).toString(8)})`,
      hint: `Run \`chmod o-w ${open.folder}\`.`,
    };
  const other = found.find((folder) => uid !== null && folder.uid !== uid);
  if (other)
    return {
      passed: false,
      needed: false,
      evidence: `${other.folder} belongs to user ${other.uid}, and lakefill runs as user ${uid}`,
      hint: `Run lakefill as user ${other.uid}, or \`chown -R ${uid} ${other.folder}\`: links to another user's files may be refused, and files are copied instead.`,
    };
  return { passed: true, evidence: 'the folders belong to this user, and no other can change them' };
}

/** Best effort: what probe objects leave on a disk. A folder that holds a file stays. */
export async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (entry.isDirectory()) await removeEmptyFolders(path.join(folder, entry.name));
  await rmdir(folder).catch(() => undefined);
}

/** The folder, or the nearest one above it that exists. */
async function nearest(folder: string): Promise<FolderOwner> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      const { uid, mode } = await stat(at);
      return { folder: at, uid, mode };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === path.dirname(at)) throw error;
    }
  }
}
