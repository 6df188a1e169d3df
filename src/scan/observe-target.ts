/**
 * One consistent look at a target: what its journal says and what stands there.
 *
 * The journal is read before and after the listing. Keys that it moved meanwhile are listed again, up to three times;
 * one that moves every time is `moved`: what was listed of it cannot be compared with what the journal names.
 */
import { isLakefillError, messageOf } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { formatLocation } from '../core/location.js';
import { partitionPrefix } from '../core/layout.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalState, KeyState } from '../journal/entry.js';
import type { ListingCache } from '../source/listing-cache.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { inventoryOf, withKeys } from './inventory.js';
import type { Inventory } from './inventory.js';
import type { JournalReader } from './journal-reader.js';
import type { Reason } from './status.js';

const LIST_AGAIN = 3;

export interface TargetView {
  readonly inventory: Inventory;
  /** After the last listing; null when it could not be read. */
  readonly journal: JournalState | null;
  readonly moved: ReadonlySet<string>;
  readonly live: ReadonlyMap<string, { readonly run: string }>;
  /** Why nothing can be said of any key; null when the listing and the journal are both good. */
  readonly failure: Reason | null;
  /** Remarks: leases that could not be read. */
  readonly notes: readonly Reason[];
}

export interface TargetRequest {
  readonly dataset: Dataset;
  readonly store: ObjectStore;
  readonly journal: JournalReader;
  readonly cache: ListingCache;
  readonly now: Instant;
}

/** Never throws for a store's or the journal's failure (see `failure`); cancellation is thrown. */
export async function observeTarget(request: TargetRequest): Promise<TargetView> {
  const { dataset, store, journal, cache, now } = request;
  const list = async (prefix: string) => cache.listAgain(store, prefix);
  const { layout } = dataset;
  const before = await attempt(() => journal.read());
  let inventory = inventoryOf(layout, await list(layout.root.path), now, store.folders !== undefined);
  const [read, leases] = await Promise.all([
    attempt(() => journal.read('value' in before ? before.value : undefined)),
    attempt(() => journal.liveKeys()),
  ]);
  let after = read;
  const view = (moved: ReadonlySet<string>, failure: Reason | null): TargetView => ({
    inventory,
    journal: 'value' in after ? after.value : null,
    moved,
    live: 'value' in leases ? leases.value : new Map(),
    failure,
    notes:
      'value' in leases
        ? []
        : [{ code: 'leases-unknown', message: `live runs are not known: ${leases.error}` }],
  });
  if (inventory.error !== null) return view(new Set(), inventory.error);
  if (!('value' in before)) return view(new Set(), journalFailed(dataset, before));
  let earlier = before.value;
  for (let again = 0; ; again++) {
    if (!('value' in after)) return view(new Set(), journalFailed(dataset, after));
    const moved = movedKeys(earlier, after.value);
    if (moved.size === 0 || again === LIST_AGAIN) return view(moved, null);
    earlier = after.value;
    const listed = await listKeys(dataset, moved, list);
    if ('error' in listed) return view(new Set(), listed.error);
    inventory = withKeys(inventory, listed.objects, now, listed.hidden);
    after = await attempt(() => journal.read(earlier));
  }
}

type Attempt<T> = { readonly value: T } | { readonly error: string; readonly hint: string | null };

async function attempt<T>(read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED')) throw error;
    return { error: messageOf(error), hint: isLakefillError(error, 'JOURNAL_CORRUPT') ? error.hint : null };
  }
}

function journalFailed(
  dataset: Dataset,
  { error, hint }: { readonly error: string; readonly hint: string | null },
): Reason {
  return {
    code: 'journal-failed',
    message: `the journal of ${formatLocation(dataset.layout.root)} could not be read: ${error}`,
    ...(hint === null ? {} : { hint }),
  };
}

/** Keys whose journal state differs in what decides about objects. */
function movedKeys(before: JournalState, after: JournalState): Set<string> {
  if (before.sequence === after.sequence) return new Set();
  const moved = new Set<string>();
  for (const [key, state] of after.keys) {
    const earlier = before.keys.get(key);
    if (earlier !== state && (earlier === undefined || marks(earlier) !== marks(state))) moved.add(key);
  }
  return moved;
}

function marks({ phase, generation, highest, attempt, files }: KeyState): string {
  const named = files.map((file) => `${file.name} ${file.etag}`).join('|');
  return `${phase} ${generation} ${highest} ${attempt?.attempt ?? ''} ${named}`;
}

async function listKeys(
  { layout }: Dataset,
  keys: ReadonlySet<string>,
  list: (prefix: string) => Promise<Awaited<ReturnType<ListingCache['listAgain']>>>,
): Promise<
  | { readonly objects: Map<string, readonly ObjectInfo[]>; readonly hidden: Inventory['hidden'] }
  | { readonly error: Reason }
> {
  const objects = new Map<string, readonly ObjectInfo[]>();
  const hidden = new Map<string, Reason>();
  for (const key of keys) {
    const inventory = inventoryOf(layout, await list(partitionPrefix(layout, key)), 0);
    if (inventory.error !== null) return { error: inventory.error };
    objects.set(key, inventory.byKey.get(key) ?? []);
    for (const [place, reason] of inventory.hidden) hidden.set(place, reason);
  }
  return { objects, hidden };
}
