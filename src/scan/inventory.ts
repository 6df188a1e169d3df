/**
 * What is there: the data objects of a target by key. Immutable, as of one moment; it judges nothing and knows
 * nothing of expected keys. A failed listing makes an inventory whose `error` is set and whose content says nothing.
 */
import { isDataObject } from '../core/location.js';
import type { Instant } from '../core/instant.js';
import type { Layout } from '../core/layout.js';
import type { Listing } from '../source/listing-cache.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { Reason } from './status.js';

export type TableFormat = 'delta' | 'hudi' | 'iceberg';

export interface Inventory {
  readonly asOf: Instant;
  /** Data objects of each key, in the listing's order. Keys are raw prefixes: they may not parse. */
  readonly byKey: ReadonlyMap<string, readonly ObjectInfo[]>;
  /** Data objects that lie above the depth of a key: no partition's. */
  readonly strays: readonly ObjectInfo[];
  /** A table format whose own metadata lies under the root: rewriting files under it would corrupt it. */
  readonly tableFormat: TableFormat | null;
  readonly error: Reason | null;
}

/** Groups a listing of the layout's root by key: the first `depth` segments after the root. Linear. */
export function inventoryOf(layout: Layout, listing: Listing, asOf: Instant): Inventory {
  const byKey = new Map<string, ObjectInfo[]>();
  const strays: ObjectInfo[] = [];
  if (listing.outcome === 'failed') {
    return {
      asOf,
      byKey,
      strays,
      tableFormat: null,
      error: { code: 'listing-failed', message: listing.message },
    };
  }
  const root = layout.root.path;
  let tableFormat: TableFormat | null = null;
  for (const object of listing.objects) {
    const rest = object.path.slice(root.length);
    tableFormat ??= tableFormatOf(rest);
    if (!isDataObject(rest, '')) continue;
    const key = keyPart(rest, layout.depth);
    if (key === null) {
      strays.push(object);
      continue;
    }
    const group = byKey.get(key);
    if (group) group.push(object);
    else byKey.set(key, [object]);
  }
  return { asOf, byKey, strays, tableFormat, error: null };
}

/** The same inventory with these keys' objects replaced by what a later listing of their prefixes found. */
export function withKeys(
  inventory: Inventory,
  later: ReadonlyMap<string, readonly ObjectInfo[]>,
  asOf: Instant,
): Inventory {
  const byKey = new Map(inventory.byKey);
  for (const [key, objects] of later) {
    if (objects.length === 0) byKey.delete(key);
    else byKey.set(key, objects);
  }
  return { ...inventory, byKey, asOf };
}

/** The key at the head of a path below the root; null when the path is too short for one. */
export function keyPart(rest: string, depth: number): string | null {
  if (depth === 0) return 'all';
  let end = -1;
  for (let i = 0; i < depth; i++) {
    end = rest.indexOf('/', end + 1);
    if (end < 0) return null;
  }
  return rest.slice(0, end);
}

/** By what each format keeps at the top of a table: `_delta_log/`, `.hoodie/`, `metadata/<n>.metadata.json`. */
function tableFormatOf(rest: string): TableFormat | null {
  if (rest.startsWith('_delta_log/')) return 'delta';
  if (rest.startsWith('.hoodie/')) return 'hudi';
  if (rest.startsWith('metadata/') && rest.endsWith('.metadata.json')) return 'iceberg';
  return null;
}
