/** Which objects of a target are no readable Parquet: by size always, by footer when asked. Few reads at a time. */
import pLimit from 'p-limit';
import { isLakefillError, messageOf } from '../core/errors.js';
import type { JournalState } from '../journal/entry.js';
import { SHORTEST_PARQUET } from '../source/input-facts.js';
import type { CallOptions, ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { Candidate } from './candidates.js';
import { isManaged } from './journal-comparison.js';
import { readFooter, tooShort } from './parquet-footer.js';

const READS_AT_ONCE = 16;

export interface FileFindings {
  /** Why, by path. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Rows, by path, of the footers that were read. */
  readonly rows: ReadonlyMap<string, number>;
  /** Objects that could not be judged because the read failed or they moved: by path, why. */
  readonly unknown: ReadonlyMap<string, string>;
  /** Milliseconds since the youngest unreadable object of a key was written, by key; only of keys that the journal does not name. */
  readonly ages: ReadonlyMap<string, number>;
}

/** Judges the data objects of the keys; cancellation is thrown, every other failed read is in `unknown`. */
export async function judgeFiles(
  store: ObjectStore,
  keys: readonly Pick<Candidate, 'partition' | 'objects'>[],
  journal: JournalState | null,
  options: CallOptions & { readonly deep?: boolean },
): Promise<FileFindings> {
  const unreadable = new Map<string, string>();
  const whole: ObjectInfo[] = [];
  for (const object of keys.flatMap((key) => key.objects)) {
    if (object.size < SHORTEST_PARQUET) unreadable.set(object.path, tooShort(object));
    else whole.push(object);
  }
  const found = { unreadable, rows: new Map<string, number>(), unknown: new Map<string, string>() };
  if (options.deep === true) await readFooters(store, whole, found, options);
  return { ...found, ages: await agesOf(store, keys, journal, unreadable, options) };
}

type Findings = { readonly [Name in 'unreadable' | 'unknown']: Map<string, string> } & {
  readonly rows: Map<string, number>;
};

async function readFooters(
  store: ObjectStore,
  objects: readonly ObjectInfo[],
  { unreadable, rows, unknown }: Findings,
  options: CallOptions,
): Promise<void> {
  await pLimit(READS_AT_ONCE).map(objects, async (object) => {
    try {
      const footer = await readFooter(store, object, options);
      if (footer.outcome === 'readable') rows.set(object.path, footer.rows);
      if (footer.outcome === 'unreadable') unreadable.set(object.path, footer.why);
      if (footer.outcome === 'moved')
        unknown.set(object.path, 'it was replaced or removed while it was scanned');
    } catch (error) {
      if (isLakefillError(error, 'CANCELLED') || options.signal?.aborted) throw error;
      unknown.set(object.path, messageOf(error));
    }
  });
}

/** Only keys that the journal does not name can be settling: nobody else is asked. */
async function agesOf(
  store: ObjectStore,
  keys: readonly Pick<Candidate, 'partition' | 'objects'>[],
  journal: JournalState | null,
  unreadable: ReadonlyMap<string, string>,
  options: CallOptions,
): Promise<Map<string, number>> {
  const ages = new Map<string, number>();
  if (unreadable.size === 0) return ages;
  const settling = keys.flatMap(({ partition: { key }, objects }) => {
    const youngest = objects
      .filter((object) => unreadable.has(object.path))
      .reduce<ObjectInfo | null>((a, b) => (a === null || b.lastModified > a.lastModified ? b : a), null);
    const managed = isManaged({ state: journal?.keys.get(key) ?? null });
    return youngest === null || managed ? [] : [{ key, youngest }];
  });
  await pLimit(READS_AT_ONCE).map(settling, async ({ key, youngest }) => {
    const age = await ageOf(store, youngest, options);
    if (age !== null) ages.set(key, age);
  });
  return ages;
}

/** Milliseconds, by the store's clock, since the object was written; null when it is gone or cannot be read. */
async function ageOf(store: ObjectStore, object: ObjectInfo, options: CallOptions): Promise<number | null> {
  // An empty object has no range: ask for the whole of it.
  const range = object.size > 1 ? { range: { start: 0, end: 1 } } : {};
  try {
    const got = await store.get(object.path, { ...options, ...range });
    return got.outcome === 'found' ? got.age : null;
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED') || options.signal?.aborted) throw error;
    return null;
  }
}
