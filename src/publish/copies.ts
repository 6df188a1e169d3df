/**
 * What stands below the control prefix as a copy of a partition's rows, key by key, and who works on which key: what a purge decides
 * on. Looks only.
 */
import type { Layout } from '../core/layout.js';
import type { KeyState } from '../journal/entry.js';
import { liveKeys, liveRuns, readLeases } from '../journal/lease.js';
import { listAll } from '../store/object-store.js';
import type { ObjectInfo, PreparedUpload } from '../store/object-store.js';
import { unnamedUploads } from './garbage.js';
import type { PublishContext } from './publisher.js';

type Upload = Pick<PreparedUpload, 'path' | 'id'>;

export interface KeyCopies {
  readonly key: string;
  readonly retained: ObjectInfo[];
  /** By run. */
  readonly staged: Map<string, ObjectInfo[]>;
  /** Uploads that no entry names. */
  readonly prepared: Upload[];
}

export interface Copies {
  /** Every key that the journal names or of which a copy stands there. */
  readonly keys: ReadonlyMap<string, KeyCopies>;
  /** Runs that are not over. */
  readonly live: ReadonlySet<string>;
  /** In words, who works on the key; null: nobody. */
  heldBy(state: KeyState): string | null;
}

/** Leases and journal are read after the listings: whose copy was seen by then holds its key by then, or names it. */
export async function findCopies(context: PublishContext): Promise<Copies> {
  const { store, control, layout, journal } = context;
  const keys = new Map<string, KeyCopies>();
  const at = (key: string): KeyCopies => {
    const known = keys.get(key) ?? { key, retained: [], staged: new Map(), prepared: [] };
    keys.set(key, known);
    return known;
  };
  for (const object of await listAll(store, control.retained)) {
    const key = keyBelow(layout, object.path, control.retained);
    if (key !== null) at(key).retained.push(object);
  }
  for (const object of await listAll(store, control.staging)) {
    const place = stagedAt(context, object.path);
    if (place === null) continue;
    const { staged } = at(place.key);
    const objects = staged.get(place.run);
    if (objects) objects.push(object);
    else staged.set(place.run, [object]);
  }
  for (const upload of await unnamedUploads(context, layout.root.path)) {
    const key = keyBelow(layout, upload.path, layout.root.path);
    if (key !== null) at(key).prepared.push(upload);
  }
  for (const key of journal.state.keys.keys()) at(key);
  const leases = await readLeases(store, control);
  const holders = liveKeys(leases);
  return {
    keys,
    live: liveRuns(leases),
    heldBy: ({ key, phase, attempt }) => {
      const holder = holders.get(key);
      if (holder) return `run ${holder.run} is working on it`;
      return phase === 'stable'
        ? null
        : `it is ${phase} by run ${attempt?.run ?? ''}, which 'lakefill recover' finishes`;
    },
  };
}

/** `staging/<run>/<key>/..`: which run and key. */
export function stagedAt(
  { control, layout }: Pick<PublishContext, 'control' | 'layout'>,
  path: string,
): { readonly run: string; readonly key: string } | null {
  const end = path.indexOf('/', control.staging.length);
  if (end < 0) return null;
  const key = keyBelow(layout, path, path.slice(0, end + 1));
  return key === null ? null : { run: path.slice(control.staging.length, end), key };
}

/** The key whose folder below `prefix` holds the path. A whole table has one of its own below the control prefix. */
export function keyBelow(layout: Layout, path: string, prefix: string): string | null {
  if (!path.startsWith(prefix)) return null;
  if (layout.depth === 0 && prefix === layout.root.path) return layout.format({});
  const segments = path.slice(prefix.length).split('/');
  const depth = Math.max(1, layout.depth);
  return segments.length > depth ? segments.slice(0, depth).join('/') : null;
}
