/**
 * What is there: the data objects of a target by key. Immutable, as of one moment; it judges nothing and knows
 * nothing of expected keys. A failed listing makes an inventory whose `error` is set and whose content says nothing.
 */
import { shownLocation, isDataObject } from '../core/location.js';
import type { Instant } from '../core/instant.js';
import type { Layout } from '../core/layout.js';
import type { Listing } from '../source/listing-cache.js';
import { hidesData } from '../source/unlisted.js';
import type { Unlisted } from '../source/unlisted.js';
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
  /** Why nothing is known of any key. */
  readonly error: Reason | null;
  /** Why nothing is known of a key, or of all keys below a folder: by key, or by the folder's path below the root. */
  readonly hidden: ReadonlyMap<string, Reason>;
}

/**
 * Groups a listing of the layout's root by key: the first `depth` segments after the root. Linear. With `folders` a file in the place
 * of a key's folder hides the key; elsewhere an object and a prefix of one name stand beside each other.
 */
export function inventoryOf(layout: Layout, listing: Listing, asOf: Instant, folders = false): Inventory {
  const byKey = new Map<string, ObjectInfo[]>();
  const strays: ObjectInfo[] = [];
  if (listing.outcome === 'failed') {
    return {
      asOf,
      byKey,
      strays,
      tableFormat: null,
      error: { code: 'listing-failed', message: listing.message },
      hidden: new Map(),
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
  for (const { path } of listing.unlisted) tableFormat ??= tableFormatOf(`${path.slice(root.length)}/`);
  const hidden = hiddenKeys(layout, listing.unlisted, folders ? strays : []);
  return { asOf, byKey, strays, tableFormat, error: null, hidden };
}

/** Why it is not known what stands at the key; null when it is. */
export function whyHidden({ hidden }: Pick<Inventory, 'hidden'>, key: string): Reason | null {
  if (hidden.size === 0) return null;
  for (let end = key.length; end > 0; end = key.lastIndexOf('/', end - 1)) {
    const reason = hidden.get(key.slice(0, end));
    if (reason !== undefined) return reason;
  }
  return null;
}

function hiddenKeys(
  { root, depth }: Layout,
  unlisted: readonly Unlisted[],
  filesForFolders: readonly ObjectInfo[],
): Map<string, Reason> {
  const hidden = new Map<string, Reason>();
  const hide = (path: string, message: string) => {
    const rest = path.slice(root.path.length);
    const key = keyPart(rest, depth) ?? rest;
    if (!hidden.has(key)) hidden.set(key, { code: 'listing-failed', message });
  };
  for (const place of unlisted) if (hidesData(place, root.path)) hide(place.path, place.message);
  for (const { path } of filesForFolders)
    hide(path, `${shownLocation({ store: root.store, path })} is a file where a folder is needed.`);
  return hidden;
}

/** The same inventory with these keys' objects replaced by what a later listing of their prefixes found. */
export function withKeys(
  inventory: Inventory,
  later: ReadonlyMap<string, readonly ObjectInfo[]>,
  asOf: Instant,
  hidden: Inventory['hidden'] = new Map(),
): Inventory {
  const byKey = new Map(inventory.byKey);
  for (const [key, objects] of later) {
    if (objects.length === 0) byKey.delete(key);
    else byKey.set(key, objects);
  }
  return { ...inventory, byKey, asOf, hidden: new Map([...inventory.hidden, ...hidden]) };
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
