/** Which objects of a target are no readable Parquet: by size always, by footer when asked or suspicious. Few reads at a time. */
import pLimit from 'p-limit';
import { isLakefillError, messageOf } from '../core/errors.js';
import { SHORTEST_PARQUET } from '../source/input-facts.js';
import type { CallOptions, ObjectInfo, ObjectStore } from '../store/object-store.js';
import { compareWithJournal, isManaged } from './journal-comparison.js';
import type { KeyFacts } from './key-facts.js';
import { readFooter, tooShort } from './parquet-footer.js';

const READS_AT_ONCE = 16;

export interface FileFindings {
  /** Why, by path. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Rows, by path, of the footers that were read. */
  readonly rows: ReadonlyMap<string, number>;
  /** Objects that could not be judged because the read failed or they moved: by path, why. */
  readonly unknown: ReadonlyMap<string, string>;
  /** Milliseconds since the youngest unreadable object of a key was written, by the key's prefix; only of keys that the journal does not name. */
  readonly ages: ReadonlyMap<string, number>;
}

/** A key's objects, what the journal says of it, and the prefix that the journal's names are relative to. */
export type KeyFiles = Pick<KeyFacts, 'objects' | 'state' | 'prefix' | 'content'>;

/**
 * Judges the data objects of the keys: sizes always; footers with `deep`, and always of objects that the journal names
 * otherwise, because a replaced file is held and a truncated one is repaired, and of others' whose names end like something else
 * (`notes.txt`), because what is no data cannot be taken over. Cancellation is thrown, every other failed
 * read is in `unknown`.
 */
export async function judgeFiles(
  store: ObjectStore,
  keys: readonly KeyFiles[],
  options: CallOptions & { readonly deep?: boolean },
): Promise<FileFindings> {
  const found = {
    unreadable: new Map<string, string>(),
    rows: new Map<string, number>(),
    unknown: new Map<string, string>(),
  };
  const toRead: ObjectInfo[] = [];
  for (const key of keys) {
    const isSuspect = options.deep === true ? () => true : suspectsOf(key);
    for (const object of key.objects) {
      if (object.size < SHORTEST_PARQUET) found.unreadable.set(object.path, tooShort(object));
      else if (isSuspect(object.path)) toRead.push(object);
    }
  }
  await readFooters(store, toRead, found, options);
  return { ...found, ages: await agesOf(store, keys, found.unreadable, options) };
}

function suspectsOf(key: KeyFiles): (path: string) => boolean {
  if (!isManaged(key)) return isNamedOtherwise;
  const { changed, foreign } = compareWithJournal(key);
  return (path) => changed.has(path) || (foreign.has(path) && isNamedOtherwise(path));
}

/** `notes.txt`: a name that says it is something else. Some engines write Parquet without any ending. */
function isNamedOtherwise(path: string): boolean {
  const ending = /\.([A-Za-z][A-Za-z0-9]*)$/.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && !['parquet', 'parq', 'pq'].includes(ending);
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
  keys: readonly KeyFiles[],
  unreadable: ReadonlyMap<string, string>,
  options: CallOptions,
): Promise<Map<string, number>> {
  const ages = new Map<string, number>();
  if (unreadable.size === 0) return ages;
  const settling = keys.flatMap((key) => {
    const youngest = key.objects
      .filter((object) => unreadable.has(object.path))
      .reduce<ObjectInfo | null>((a, b) => (a === null || b.lastModified > a.lastModified ? b : a), null);
    return youngest === null || isManaged(key) ? [] : [{ prefix: key.prefix, youngest }];
  });
  await pLimit(READS_AT_ONCE).map(settling, async ({ prefix, youngest }) => {
    const age = await ageOf(store, youngest, options);
    if (age !== null) ages.set(prefix, age);
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
