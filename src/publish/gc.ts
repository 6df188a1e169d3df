/**
 * gc: removes what lakefill wrote under the control prefix and no fold needs any more. Nothing under a dataset's root is ever
 * touched here except uploads that were never visible. The rules are in docs/publication.md, "Removal".
 */
import type { Instant } from '../core/instant.js';
import { liveRuns, readLeases } from '../journal/lease.js';
import { namedFacts } from '../journal/read.js';
import { listAll } from '../store/object-store.js';
import type { ObjectInfo } from '../store/object-store.js';
import { candidate, dropFact, removeAll, unnamedUploads, uploadCandidate } from './garbage.js';
import type { Candidate, GcItem } from './garbage.js';
import { findOldVersions, notReadable, versionsCandidate } from './old-versions.js';
import type { PublishContext } from './publisher.js';

const DAY_MS = 86_400_000;
/** What a dead run left is kept this long, so that a wrong clock or a lost lease harms nobody. */
const GRACE_MS = DAY_MS;

export interface GcOptions {
  readonly now: Instant;
  readonly dryRun: boolean;
  /** When the staging of a run expires, by its run document; null for a run without one. */
  readonly stagingExpiry: (run: string) => Promise<Instant | null>;
}

/** What was (or would be) removed, in order of path within each kind. */
export async function collectGarbage(context: PublishContext, options: GcOptions): Promise<GcItem[]> {
  const live = liveRuns(await readLeases(context.store, context.control));
  const candidates = [
    ...(await runFolders(context, 'staging', live, options)),
    ...(await runFolders(context, 'scratch', live, options)),
    ...(await retainedGenerations(context, options)),
    ...(await retainedOrphans(context, options)),
    ...(await preparedUploads(context, options)),
    ...(await factsOrphans(context, options)),
    ...(await oldVersions(context, options)),
  ];
  if (!options.dryRun) await context.store.folders?.removeLeftovers(context.control.prefix, GRACE_MS);
  const items = await removeAll(candidates, options.dryRun);
  if (!options.dryRun) await removeEmptyFolders(context, live, items);
  return items;
}

/** On a disk: the folders of runs that are over. An empty one of which no more is known goes a day later: its run may have just begun. */
async function removeEmptyFolders(
  { store, control }: PublishContext,
  live: ReadonlySet<string>,
  items: readonly GcItem[],
): Promise<void> {
  const emptied = new Set(items.filter(({ removed }) => removed).map(({ path }) => path));
  for (const root of store.folders === undefined ? [] : [control.staging, control.scratch]) {
    const { prefixes } = await store.listLevel(root);
    for (const prefix of prefixes) {
      if (live.has(prefix.slice(root.length, -1))) continue;
      await store.folders?.removeEmpty(prefix, emptied.has(prefix) ? 0 : GRACE_MS);
    }
  }
}

/** What runs left in folders of their own that are over by now. */
export function deadFolders(
  context: Pick<PublishContext, 'store' | 'control'>,
  live: ReadonlySet<string>,
  options: Pick<GcOptions, 'now' | 'stagingExpiry'>,
): Promise<readonly Pick<GcItem, 'objects' | 'bytes'>[]> {
  return Promise.all([
    runFolders(context, 'staging', live, options),
    runFolders(context, 'scratch', live, options),
  ]).then((found) => found.flat());
}

async function runFolders(
  context: Pick<PublishContext, 'store' | 'control'>,
  kind: 'staging' | 'scratch',
  live: ReadonlySet<string>,
  options: Pick<GcOptions, 'now' | 'stagingExpiry'>,
): Promise<Candidate[]> {
  const root = context.control[kind];
  const { prefixes } = await context.store.listLevel(root);
  const found: Candidate[] = [];
  for (const prefix of prefixes) {
    const run = prefix.slice(root.length, -1);
    if (live.has(run)) continue;
    const objects = await listAll(context.store, prefix);
    const newest = Math.max(0, ...objects.map((object) => object.lastModified));
    const expiry = kind === 'staging' ? await options.stagingExpiry(run) : newest;
    const until = expiry ?? newest + GRACE_MS;
    if (objects.length === 0 || until > options.now) continue;
    const why =
      kind === 'scratch'
        ? `work folder of run ${run}, which is over`
        : `checked output of run ${run}, expired`;
    found.push(candidate(context, kind, prefix, objects, why));
  }
  return found;
}

/** The entry first: from then on no rollback may use them. */
async function retainedGenerations(context: PublishContext, options: GcOptions): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const state of context.journal.state.keys.values()) {
    for (const retained of state.retained) {
      if (retained.prefix === null || Date.parse(retained.at) + context.rollbackKeep > options.now) continue;
      const objects = await listAll(context.store, retained.prefix);
      const item = candidate(
        context,
        'retained',
        retained.prefix,
        objects,
        `replaced at ${retained.at}, kept longer than rollback.keep`,
      );
      found.push({
        ...item,
        remove: async () => {
          const dropped = await context.journal.submit([dropFact(state.key, retained)]);
          return dropped.outcome === 'recorded' ? (item.remove?.() ?? null) : null;
        },
      });
    }
  }
  return found;
}

/** Copies of attempts that never got to their end, and leftovers of generations that were dropped. */
async function retainedOrphans(context: PublishContext, options: GcOptions): Promise<Candidate[]> {
  const byFolder = new Map<string, ObjectInfo[]>();
  for (const object of await listAll(context.store, context.control.retained)) {
    const folder = object.path.slice(0, object.path.lastIndexOf('/') + 1);
    const objects = byFolder.get(folder);
    if (objects) objects.push(object);
    else byFolder.set(folder, [object]);
  }
  // Folded after the listing: a moved file keeps its age, and the entry that names its folder came before the move.
  await context.journal.refresh();
  const named = new Set<string>();
  for (const state of context.journal.state.keys.values()) {
    for (const { prefix } of state.retained) if (prefix !== null) named.add(prefix);
    if (state.attempt?.retained) named.add(state.attempt.retained);
  }
  const orphans = [...byFolder].filter(
    ([folder, objects]) =>
      !isBelow(folder, named) && objects.every((object) => object.lastModified + GRACE_MS <= options.now),
  );
  return orphans.map(([folder, objects]) =>
    candidate(context, 'orphan', folder, objects, 'kept for an attempt that no entry names'),
  );
}

/** True when the folder or one above it is in the set. */
function isBelow(folder: string, prefixes: ReadonlySet<string>): boolean {
  for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 2) + 1) {
    if (prefixes.has(folder.slice(0, end))) return true;
  }
  return false;
}

async function preparedUploads(context: PublishContext, options: GcOptions): Promise<Candidate[]> {
  // With folders the prepared files below our control prefix are all ours, also those that name the place where the lake stood before.
  const prefix = context.store.folders === undefined ? context.layout.root.path : '';
  const uploads = await unnamedUploads(context, prefix);
  return uploads
    .filter((upload) => upload.startedAt + GRACE_MS <= options.now)
    .map((upload) => uploadCandidate(context, upload, 'an upload that no entry names'));
}

/** Facts of an append that lost its number or died before its entry. */
async function factsOrphans(context: PublishContext, options: GcOptions): Promise<Candidate[]> {
  const listed = await listAll(context.store, context.control.facts);
  const old = listed.filter((object) => object.lastModified + GRACE_MS <= options.now);
  if (old.length === 0) return [];
  const named = await namedFacts(context.store, context.control);
  return old
    .filter((object) => !named.has(object.path))
    .map((object) => candidate(context, 'orphan', object.path, [object], 'facts that no entry names'));
}

/** On a versioned bucket: what deletions and replacements left behind. */
async function oldVersions(context: PublishContext, options: GcOptions): Promise<Candidate[]> {
  const found = await findOldVersions(context, options.now, GRACE_MS);
  if ('unreadable' in found) return [notReadable(context, found)];
  return found.map((one) =>
    versionsCandidate(one, 'old versions of objects that lakefill replaced or removed'),
  );
}
