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
import { sizeOf } from './garbage.js';
import type { Candidate, Kept } from './garbage.js';
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
  const dataGrace = Math.max(graceMs, context.rollbackKeep);
  return look(context, async (bucket) => [
    ...(await foldersOf(bucket, context.control.prefix, now - graceMs, () => true)),
    ...(await foldersOf(bucket, context.layout.root.path, now - dataGrace, isData)),
  ]);
}

/** Paths below a prefix; `isOurs` says which of them are meant. */
export interface Below {
  readonly prefix: string;
  isOurs(path: string): boolean;
}

/** Whatever their age. */
export function findVersionsBelow(context: PublishContext, places: readonly Below[]): Promise<FoundVersions> {
  return look(context, async (bucket) => {
    const found: OldVersions[] = [];
    for (const { prefix, isOurs } of places)
      found.push(...(await foldersOf(bucket, prefix, Infinity, isOurs)));
    return found;
  });
}

/** True for names that only lakefill gives to data files. */
export function isData(path: string): boolean {
  return isPublishedName(path.slice(path.lastIndexOf('/') + 1));
}

export function versionsCandidate({ folder, objects, bytes, remove }: OldVersions, why: string): Candidate {
  const item = { kind: 'version', path: folder, objects, bytes, why } as const;
  return { ...item, remove: async () => lockedOf([await remove()]) };
}

/** What removals of old versions left; null when nothing. */
export function lockedOf(left: readonly { readonly objects: number; readonly bytes: number }[]): Kept | null {
  const objects = left.reduce((sum, one) => sum + one.objects, 0);
  if (objects === 0) return null;
  const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
  return { objects, bytes, why: 'old versions that an object lock keeps' };
}

export function notReadable(
  { control }: Pick<PublishContext, 'control'>,
  { unreadable }: { readonly unreadable: string },
): Candidate {
  const why = `old versions may not be looked at: ${unreadable}`;
  return { kind: 'version', path: control.prefix, objects: 0, bytes: 0, why, remove: null };
}

/** Nothing where the store keeps no versions. */
async function look(
  { store: { bucket } }: PublishContext,
  find: (bucket: BucketDuties) => Promise<OldVersions[]>,
): Promise<FoundVersions> {
  if (!bucket) return [];
  try {
    const versioning = await bucket.versioning();
    return versioning === null || versioning === 'off' ? [] : await find(bucket);
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
