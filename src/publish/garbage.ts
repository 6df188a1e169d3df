/**
 * What a removal is made of: items that can go, each with its own way, and the loop that removes them or only says so. What is
 * garbage, and why, is found in gc.ts and purge.ts.
 */
import { isLakefillError } from '../core/errors.js';
import type { Fact, RetainedGeneration } from '../journal/entry.js';
import type { ObjectInfo, ObjectStore, PreparedUpload } from '../store/object-store.js';
import type { PublishContext } from './publisher.js';

export interface GcItem {
  readonly kind: 'staging' | 'retained' | 'prepared' | 'scratch' | 'orphan' | 'version';
  readonly path: string;
  readonly objects: number;
  readonly bytes: number;
  readonly why: string;
  readonly removed: boolean;
  /** It stays, also when this is no dry run: `why` says so. */
  readonly kept?: true;
}

/** What a removal could not remove. */
export interface Kept {
  readonly objects: number;
  readonly bytes: number;
  readonly why: string;
}

export interface Candidate extends Omit<GcItem, 'removed' | 'kept'> {
  /** Null: nothing can be removed, and the item only says so. */
  readonly remove: (() => Promise<Kept | null>) | null;
}

/** What was (or would be) removed, in the order given. */
export async function removeAll(candidates: readonly Candidate[], dryRun: boolean): Promise<GcItem[]> {
  const items: GcItem[] = [];
  for (const { remove, ...item } of candidates) {
    if (remove === null) {
      items.push({ ...item, removed: false, kept: true });
      continue;
    }
    const kept = dryRun ? null : await remove();
    const objects = item.objects - (kept?.objects ?? 0);
    const bytes = item.bytes - (kept?.bytes ?? 0);
    if (objects > 0 || kept === null) items.push({ ...item, objects, bytes, removed: !dryRun });
    if (kept !== null) items.push({ ...item, ...kept, removed: false, kept: true });
  }
  return items;
}

/** Objects that go as they are. */
export function candidate(
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
    bytes: sizeOf(objects),
    why,
    remove: async () => {
      await context.store.delete(objects.map((object) => ({ path: object.path, etag: null })));
      return null;
    },
  };
}

/** Uploads for final paths under the prefix that no entry names; none where the store cannot list them. */
export async function unnamedUploads(
  { store, control, journal }: Pick<PublishContext, 'store' | 'control' | 'journal'>,
  prefix: string,
): Promise<Awaited<ReturnType<ObjectStore['listPrepared']>>> {
  const uploads = await store.listPrepared(prefix, control.prepared).catch((error: unknown) => {
    if (isLakefillError(error, 'STORE_UNSUPPORTED')) return [];
    throw error;
  });
  await journal.refresh(); // after the listing: an upload that an entry names by now is kept
  const attempts = [...journal.state.keys.values()].flatMap(({ attempt }) => attempt ?? []);
  const named = new Set(attempts.flatMap(({ add }) => add.map(({ id }) => id)));
  return uploads.filter(({ id }) => !named.has(id));
}

export function uploadCandidate(
  { store }: Pick<PublishContext, 'store'>,
  upload: Pick<PreparedUpload, 'path' | 'id'>,
  why: string,
): Candidate {
  return {
    kind: 'prepared',
    path: upload.path,
    objects: 1,
    bytes: 0,
    why,
    remove: async () => {
      await store.abort(upload);
      return null;
    },
  };
}

/** From this fact on no rollback may use the generation. */
export function dropFact(key: string, retained: RetainedGeneration): Fact {
  return {
    fact: 'retained-dropped',
    key,
    attempt: String(retained.sequence),
    sequences: [retained.sequence],
  };
}

export const sizeOf = (objects: readonly { readonly size: number }[]): number =>
  objects.reduce((sum, { size }) => sum + size, 0);
