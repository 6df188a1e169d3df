/**
 * What gc finds on a versioned bucket: old versions of objects that lakefill wrote, and the delete markers over them.
 * Nothing rests on them: generations that a rollback can restore are objects of their own below `retained/`.
 *
 * A marker goes only after every version below it is gone, so that nothing that was removed appears again.
 */
import { isLakefillError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { BucketDuties, ObjectVersion } from '../store/bucket.js';
import { isPublishedName } from '../core/published-name.js';
import type { PublishContext } from './publisher.js';

/** Old versions of one folder. */
export interface OldVersions {
  readonly folder: string;
  readonly objects: number;
  readonly bytes: number;
  /** Removes what no lock keeps; says what it keeps. */
  readonly remove: () => Promise<{ readonly objects: number; readonly bytes: number }>;
}

/** `unreadable`: the permission that is missing, in words. */
export type FoundVersions = readonly OldVersions[] | { readonly unreadable: string };

/** Of paths that nobody touched since `graceMs` (control objects) or `rollback.keep` (data files). */
export async function findOldVersions(
  context: PublishContext,
  now: Instant,
  graceMs: number,
): Promise<FoundVersions> {
  const { bucket } = context.store;
  if (!bucket) return [];
  try {
    const versioning = await bucket.versioning();
    if (versioning === null || versioning === 'off') return [];
    const dataGrace = Math.max(graceMs, context.rollbackKeep);
    const isData = (path: string) => isPublishedName(path.slice(path.lastIndexOf('/') + 1));
    return [
      ...(await foldersOf(bucket, context.control.prefix, now - graceMs, () => true)),
      ...(await foldersOf(bucket, context.layout.root.path, now - dataGrace, isData)),
    ];
  } catch (error) {
    if (isLakefillError(error, 'STORE_DENIED')) return { unreadable: error.hint ?? error.message };
    throw error;
  }
}

async function foldersOf(
  bucket: BucketDuties,
  prefix: string,
  untouchedSince: Instant,
  isOurs: (path: string) => boolean,
): Promise<OldVersions[]> {
  const folders = new Map<string, (readonly ObjectVersion[])[]>();
  for await (const versions of byPath(bucket.listVersions(prefix))) {
    const { path } = versions[0]!;
    if (!isOurs(path) || versions.some((version) => version.lastModified > untouchedSince)) continue;
    const isGone = versions.some((version) => version.latest && version.deleteMarker);
    if (versions.length === 1 && !isGone) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const paths = folders.get(folder);
    if (paths) paths.push(versions);
    else folders.set(folder, [versions]);
  }
  return [...folders].map(([folder, paths]) => {
    const old = paths.flat().filter((version) => !version.latest);
    return {
      folder,
      objects: old.length,
      bytes: sizeOf(old),
      remove: async () => {
        const locked: ObjectVersion[] = [];
        for (const versions of paths) locked.push(...(await removePath(bucket, versions)));
        return { objects: locked.length, bytes: sizeOf(locked) };
      },
    };
  });
}

/** The versions that a lock keeps. */
async function removePath(
  bucket: BucketDuties,
  versions: readonly ObjectVersion[],
): Promise<ObjectVersion[]> {
  const locked: ObjectVersion[] = [];
  const remove = async (version: ObjectVersion) => {
    if ((await bucket.deleteVersion(version.path, version.id)) === 'locked') locked.push(version);
  };
  for (const version of versions) if (!version.latest && !version.deleteMarker) await remove(version);
  if (locked.length > 0) return locked;
  for (const version of versions) if (!version.latest && version.deleteMarker) await remove(version);
  for (const version of versions) if (version.latest && version.deleteMarker) await remove(version);
  return locked;
}

/** The versions of one path after the other, across pages. */
async function* byPath(
  pages: AsyncIterable<readonly ObjectVersion[]>,
): AsyncIterable<readonly ObjectVersion[]> {
  let current: ObjectVersion[] = [];
  for await (const page of pages) {
    for (const version of page) {
      if (current.length > 0 && current[0]!.path !== version.path) {
        yield current;
        current = [];
      }
      current.push(version);
    }
  }
  if (current.length > 0) yield current;
}

const sizeOf = (versions: readonly ObjectVersion[]): number =>
  versions.reduce((sum, { size }) => sum + size, 0);
