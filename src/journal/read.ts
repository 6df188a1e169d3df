/** Reading the journal: newest checkpoint, listed entries after it, then by name until there is none. Writes nothing. */
import { isLakefillError, LakefillError } from '../core/errors.js';
import { formatLocation } from '../core/location.js';
import { listAll } from '../store/object-store.js';
import type { CallOptions, ObjectStore } from '../store/object-store.js';
import { decodeCheckpoint, decodeEntry, decodeFacts } from './codec.js';
import { sequenceOf } from './control.js';
import type { ControlPaths } from './control.js';
import { factAtHome, factsObjectAtHome, stateAtHome } from './at-home.js';
import type { Fact, JournalEntry, JournalState } from './entry.js';
import { EMPTY_STATE, fold } from './fold.js';

/** Entries are fetched in blocks of this many at a time. */
const READ_AHEAD = 32;

/** The entry at a number, facts included; null when that number is free. */
export const readEntry = withRemedy(entryAt);

async function entryAt(
  store: ObjectStore,
  control: ControlPaths,
  sequence: number,
  options: CallOptions = {},
): Promise<JournalEntry | null> {
  const path = control.entry(sequence);
  const found = await store.get(path, options);
  if (found.outcome !== 'found') return null;
  const place = (at: string) => formatLocation({ store: store.url, path: at });
  const { factsObject, ...entry } = decodeEntry(found.bytes, place(path));
  const atHome = (facts: readonly Fact[]) => facts.map((fact) => factAtHome(fact, control));
  if (factsObject === undefined) return { ...entry, facts: atHome(entry.facts) };
  const { path: factsPath } = factsObjectAtHome(factsObject, control);
  const facts = await store.get(factsPath, options);
  if (facts.outcome !== 'found') {
    throw new LakefillError(
      'JOURNAL_CORRUPT',
      `Journal entry ${sequence} names ${place(factsPath)}, which does not exist. Nothing was changed.`,
      {
        hint: 'Restore it from a backup of the control prefix.',
      },
    );
  }
  return { ...entry, facts: atHome(decodeFacts(facts.bytes, factsObject, place(factsPath))) };
}

/**
 * Paths of the facts objects that some entry names; of all that there are when an entry is missing, because nobody knows what it
 * named. Reads every entry, so only for gc.
 */
export const namedFacts = withRemedy(findNamedFacts);

async function findNamedFacts(
  store: ObjectStore,
  control: ControlPaths,
  options: CallOptions = {},
): Promise<Set<string>> {
  const named = new Set<string>();
  const newest = await newestEntry(store, control, 0, options);
  for (let first = 1; ; first += READ_AHEAD) {
    const block = await Promise.all(
      Array.from({ length: READ_AHEAD }, (_, i) => store.get(control.entry(first + i), options)),
    );
    for (const [i, found] of block.entries()) {
      if (found.outcome !== 'found') return first + i > newest ? named : allFacts(store, control, options);
      const place = formatLocation({ store: store.url, path: control.entry(first + i) });
      const { factsObject } = decodeEntry(found.bytes, place);
      if (factsObject) named.add(factsObjectAtHome(factsObject, control).path);
    }
  }
}

async function allFacts(
  store: ObjectStore,
  control: ControlPaths,
  options: CallOptions,
): Promise<Set<string>> {
  return new Set((await listAll(store, control.facts, options)).map(({ path }) => path));
}

/**
 * The state after every entry that exists. `from` is an earlier state of the same journal to go on from.
 * Throws JOURNAL_CORRUPT, or the store's error: an unreadable journal is never an empty one.
 */
export const readJournal = withRemedy(foldJournal);

async function foldJournal(
  store: ObjectStore,
  control: ControlPaths,
  from?: JournalState,
  options: CallOptions = {},
): Promise<JournalState> {
  let state = from ?? (await newestCheckpoint(store, control, options));
  const listed = await listSequences(store, control.journal, control.entry(state.sequence), options);
  const last = Math.max(state.sequence, ...listed.slice(-1));
  while (state.sequence < last) {
    const block = Array.from(
      { length: Math.min(READ_AHEAD, last - state.sequence) },
      (_, i) => state.sequence + 1 + i,
    );
    const entries = await Promise.all(block.map((sequence) => entryAt(store, control, sequence, options)));
    const hole = entries.indexOf(null);
    if (hole >= 0) throw missingEntry(block[hole]!, last);
    state = fold(state, entries as JournalEntry[]);
  }
  for (;;) {
    const next = await entryAt(store, control, state.sequence + 1, options);
    if (next === null) return state;
    state = fold(state, [next]);
  }
}

/** All entries after `after`, oldest first: for history. One that is missing is left out, and the others have their numbers. */
export const readEntries = withRemedy(collectEntries);

async function collectEntries(
  store: ObjectStore,
  control: ControlPaths,
  after = 0,
  options: CallOptions = {},
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  const newest = await newestEntry(store, control, after, options);
  for (let first = after + 1; ; first += READ_AHEAD) {
    const block = await Promise.all(
      Array.from({ length: READ_AHEAD }, (_, i) => entryAt(store, control, first + i, options)),
    );
    // Past what was listed a free number is the end: what stands behind it was written while we read.
    const end = block.findIndex((entry, i) => entry === null && first + i > newest);
    entries.push(...block.slice(0, end < 0 ? READ_AHEAD : end).filter((entry) => entry !== null));
    if (end >= 0) return entries;
  }
}

/** Of those that are listed; `after` when there is none. */
async function newestEntry(
  store: ObjectStore,
  control: ControlPaths,
  after: number,
  options: CallOptions,
): Promise<number> {
  const listed = await listSequences(store, control.journal, control.entry(after), options);
  return Math.max(after, ...listed.slice(-1));
}

async function newestCheckpoint(
  store: ObjectStore,
  control: ControlPaths,
  options: CallOptions,
): Promise<JournalState> {
  const sequences = await listSequences(store, control.checkpoints, undefined, options);
  for (const sequence of sequences.reverse()) {
    const found = await store.get(control.checkpoint(sequence), options);
    const state = found.outcome === 'found' ? decodeCheckpoint(found.bytes) : null;
    if (state !== null && state.sequence === sequence) return stateAtHome(state, control);
  }
  return EMPTY_STATE;
}

async function listSequences(
  store: ObjectStore,
  prefix: string,
  after: string | undefined,
  options: CallOptions,
): Promise<number[]> {
  const objects = await listAll(store, prefix, after === undefined ? options : { ...options, after });
  return objects.flatMap((o) => sequenceOf(o.path) ?? []).sort((a, b) => a - b);
}

function missingEntry(sequence: number, last: number): LakefillError {
  return new LakefillError(
    'JOURNAL_CORRUPT',
    `Journal entry ${sequence} is missing although entry ${last} exists. Nothing was changed.`,
    {
      hint: 'Restore the entry from a backup of the control prefix.',
      context: { sequence, last },
    },
  );
}

/** The same reading, that ends the hint of a JOURNAL_CORRUPT with what to do without a backup. */
function withRemedy<Rest extends unknown[], T>(
  read: (store: ObjectStore, control: ControlPaths, ...rest: Rest) => Promise<T>,
): typeof read {
  return async (store, control, ...rest) => {
    try {
      return await read(store, control, ...rest);
    } catch (error) {
      if (!isLakefillError(error, 'JOURNAL_CORRUPT')) throw error;
      const { code, message, context, cause } = error;
      const hint = `${error.hint} If it is lost for good, move ${control.place} away and run 'lakefill adopt ${control.dataset} --rebuild'.`;
      throw new LakefillError(code, message, { hint, context, cause });
    }
  };
}
