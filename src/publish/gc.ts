/**
 * gc: removes what lakefill wrote under the control prefix and no fold needs any more. Nothing under a dataset's root is ever
 * touched here except uploads that were never visible. The rules are in docs/publication.md, "Removal".
 */
import type { Instant } from '../core/instant.js';
import { readLeases } from '../journal/lease.js';
import type { Fact, RetainedGeneration } from '../journal/entry.js';
import { namedFacts } from '../journal/read.js';
import { isLakefillError } from '../core/errors.js';
import { listAll } from '../store/object-store.js';
import type { ObjectInfo } from '../store/object-store.js';
import { findOldVersions } from './old-versions.js';
import type { PublishContext } from './publisher.js';

const DAY_MS = 86_400_000;
/** What a dead run left is kept this long, so that a wrong clock or a lost lease harms nobody. */
const GRACE_MS = DAY_MS;

export interface GcItem {
  readonly kind: 'staging' | 'retained' | 'prepared' | 'scratch' | 'orphan' | 'version';
  readonly path: string;
  readonly objects: number;
  readonly bytes: number;
  readonly why: string;
  readonly removed: boolean;
}

export interface GcOptions {
  readonly now: Instant;
  readonly dryRun: boolean;
  /** When the staging of a run expires, by its run document; null for a run without one. */
  readonly stagingExpiry: (run: string) => Promise<Instant | null>;
}

/** What a removal could not remove. */
interface Kept {
  readonly objects: number;
  readonly bytes: number;
  readonly why: string;
}

interface Candidate extends Omit<GcItem, 'removed'> {
  /** Null: nothing can be removed, and the item only says so. */
  readonly remove: (() => Promise<Kept | null>) | null;
}

/** What was (or would be) removed, in order of path within each kind. */
export async function collectGarbage(context: PublishContext, options: GcOptions): Promise<GcItem[]> {
  const live = new Set(
    (await readLeases(context.store, context.control))
      .filter((lease) => lease.alive)
      .map((lease) => lease.content.run),
  );
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
  const items: GcItem[] = [];
  for (const { remove, ...item } of candidates) {
    const kept = options.dryRun || remove === null ? null : await remove();
    const objects = item.objects - (kept?.objects ?? 0);
    const bytes = item.bytes - (kept?.bytes ?? 0);
    if (objects > 0 || kept === null)
      items.push({ ...item, objects, bytes, removed: !options.dryRun && remove !== null });
    if (kept !== null) items.push({ ...item, ...kept, removed: false });
  }
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

function dropFact(key: string, retained: RetainedGeneration): Fact {
  return {
    fact: 'retained-dropped',
    key,
    attempt: String(retained.sequence),
    sequences: [retained.sequence],
  };
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
  try {
    const { store, layout, control } = context;
    // With folders the prepared files below our control prefix are all ours, also those that name the place where the lake stood before.
    const prefix = store.folders === undefined ? layout.root.path : '';
    const uploads = await store.listPrepared(prefix, control.prepared);
    await context.journal.refresh(); // after the listing: an upload that an entry names by now is kept
    const named = new Set<string>();
    for (const { attempt } of context.journal.state.keys.values())
      for (const upload of attempt?.add ?? []) named.add(upload.id);
    return uploads
      .filter((upload) => !named.has(upload.id) && upload.startedAt + GRACE_MS <= options.now)
      .map((upload) => ({
        kind: 'prepared',
        path: upload.path,
        objects: 1,
        bytes: 0,
        why: 'an upload that no entry names',
        remove: async () => {
          await context.store.abort(upload);
          return null;
        },
      }));
  } catch (error) {
    if (isLakefillError(error, 'STORE_UNSUPPORTED')) return [];
    throw error;
  }
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
  const kind = 'version';
  if ('unreadable' in found) {
    const why = `old versions may not be looked at: ${found.unreadable}`;
    return [{ kind, path: context.control.prefix, objects: 0, bytes: 0, why, remove: null }];
  }
  return found.map(({ folder, objects, bytes, remove }) => ({
    kind,
    path: folder,
    objects,
    bytes,
    why: 'old versions of objects that lakefill replaced or removed',
    remove: async () => {
      const kept = await remove();
      return kept.objects === 0 ? null : { ...kept, why: 'old versions that an object lock keeps' };
    },
  }));
}

function candidate(
  context: Pick<PublishContext, 'store'>,
  kind: GcItem['kind'],
  path: string,
  objects: readonly ObjectInfo[],
  why: string,
): Candidate {
  return {
    kind,
    path,
    objects: objects.length,
    bytes: objects.reduce((sum, object) => sum + object.size, 0),
    why,
    remove: async () => {
      await context.store.delete(objects.map((object) => ({ path: object.path, etag: null })));
      return null;
    },
  };
}
