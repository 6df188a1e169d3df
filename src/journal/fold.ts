/**
 * The fold: entries in, state out. Pure. Both sides of every compare-and-swap use it: the writer to see whether a
 * fact still fits, the reader to learn what is true. The table of phases is in entry.ts and docs/publication.md.
 */
import { LakefillError } from '../core/errors.js';
import type {
  Fact,
  JournalEntry,
  JournalFile,
  JournalState,
  KeyState,
  PublishedFact,
  RetainedGeneration,
  Writer,
} from './entry.js';
import { ENTRY_FORMAT } from './entry.js';

export const EMPTY_STATE: JournalState = { sequence: 0, keys: new Map() };

/** What the journal says of a key that no fact has named. */
export function absentKey(key: string): KeyState {
  return {
    key,
    phase: 'stable',
    generation: null,
    highest: 0,
    files: [],
    record: null,
    contentOf: null,
    madeBy: null,
    attempt: null,
    settled: null,
    retained: [],
    revoked: [],
    foreign: [],
    lastEnded: null,
    undone: null,
  };
}

export function keyState(state: JournalState, key: string): KeyState {
  return state.keys.get(key) ?? absentKey(key);
}

/** Where an entry stands: what a fact's application needs to know besides the fact. */
type Stamp = Pick<JournalEntry, 'sequence' | 'run' | 'at' | 'dataset'>;

function writerOf({ dataset, run }: Stamp): Writer | null {
  return dataset === undefined ? null : { dataset, run };
}

/** The key's state after the fact, or in words why the fact does not fit. */
export function applyFact(before: KeyState, fact: Fact, stamp: Stamp): KeyState | string {
  switch (fact.fact) {
    case 'promoting':
      if (before.phase !== 'stable') return `is ${before.phase} by attempt ${before.attempt?.attempt}`;
      if (fact.base.generation !== before.generation)
        return `has generation ${before.generation}, not ${fact.base.generation}`;
      if (fact.generation <= before.highest) return `already had generation ${fact.generation}`;
      return {
        ...before,
        phase: 'promoting',
        attempt: { ...fact, run: stamp.run, writer: writerOf(stamp), etags: null },
      };
    case 'cleaning':
      return (
        wrongPhase(before, fact.attempt, ['promoting']) ?? {
          ...before,
          phase: 'cleaning',
          attempt: { ...before.attempt!, etags: fact.etags },
        }
      );
    case 'aborting':
      return wrongPhase(before, fact.attempt, ['promoting']) ?? { ...before, phase: 'aborting' };
    case 'published': {
      const creation = before.attempt?.remove.length === 0;
      return (
        wrongPhase(before, fact.attempt, creation ? ['promoting', 'cleaning'] : ['cleaning']) ??
        published(before, fact, stamp)
      );
    }
    case 'withdrawn':
      return (
        wrongPhase(before, fact.attempt, ['aborting']) ?? {
          ...before,
          phase: 'stable',
          attempt: null,
          settled: { attempt: fact.attempt, how: 'withdrawn' },
          highest: before.attempt!.generation,
          revoked: [...before.revoked, ...fact.revoked],
        }
      );
    case 'ended':
      if (before.phase !== 'stable') return `is ${before.phase}`;
      if (before.lastEnded?.attempt === fact.attempt) return `has the end of attempt ${fact.attempt} already`;
      return { ...before, lastEnded: countEnd(before, fact, stamp) };
    case 'refreshed':
      if (before.phase !== 'stable') return `is ${before.phase}`;
      if (before.generation !== fact.generation)
        return `has generation ${before.generation}, not ${fact.generation}`;
      if (fact.files !== undefined) return restamped(before, fact.files);
      return {
        ...before,
        record: fact.record,
        writer: writerOf(stamp),
        lastEnded: null,
        undone: null,
        madeBy: { run: before.madeBy?.run ?? stamp.run, plan: fact.plan, at: stamp.at },
      };
    case 'adopted':
      if (before.phase !== 'stable') return `is ${before.phase}`;
      if (fact.generation <= before.highest) return `already had generation ${fact.generation}`;
      return {
        ...before,
        generation: fact.generation,
        highest: fact.generation,
        files: fact.files,
        record: fact.record,
        contentOf: null,
        madeBy: null,
        writer: writerOf(stamp),
        foreign: [],
        lastEnded: null,
        undone: null,
      };
    case 'retained-dropped': {
      const dropped = new Set(fact.sequences);
      return { ...before, retained: before.retained.filter((r) => !dropped.has(r.sequence)) };
    }
  }
}

/** Holds and history stay: the lake was copied, nothing was made. */
function restamped(before: KeyState, files: readonly JournalFile[]): KeyState | string {
  const contents = (list: readonly JournalFile[]) =>
    list.map(({ name, size, sha256 }) => `${name} ${size} ${sha256}`).join('|');
  if (contents(before.files) !== contents(files)) return 'has other files';
  return { ...before, files };
}

function wrongPhase(before: KeyState, attempt: string, phases: readonly string[]): string | null {
  if (before.attempt?.attempt !== attempt)
    return before.attempt ? `belongs to attempt ${before.attempt.attempt}` : 'has no attempt in flight';
  return phases.includes(before.phase) ? null : `is ${before.phase}`;
}

function published(before: KeyState, fact: PublishedFact, stamp: Stamp): KeyState {
  const attempt = before.attempt!;
  const replaced: RetainedGeneration = {
    generation: before.generation,
    prefix: attempt.retained,
    files: attempt.remove,
    record: before.record,
    contentOf: before.contentOf,
    replacedBy: attempt.run,
    attempt: attempt.attempt,
    sequence: stamp.sequence,
    at: stamp.at,
  };
  const restores = attempt.restores;
  return {
    ...before,
    phase: 'stable',
    generation: restores?.absent ? null : attempt.generation,
    highest: attempt.generation,
    files: fact.files,
    record: restores?.absent ? null : attempt.record,
    contentOf: restores ? restores.contentOf : attempt.run,
    madeBy: restores?.absent ? null : { run: attempt.run, plan: attempt.plan, at: stamp.at },
    writer: attempt.writer ?? null,
    attempt: null,
    settled: { attempt: fact.attempt, how: 'published' },
    retained: [...before.retained, replaced],
    foreign: fact.foreign,
    lastEnded: null,
    undone: restores ? { run: restores.run, tried: restores.undone } : null,
  };
}

function countEnd(
  before: KeyState,
  fact: Extract<Fact, { fact: 'ended' }>,
  stamp: Stamp,
): KeyState['lastEnded'] {
  const again = before.lastEnded?.tried === fact.tried ? before.lastEnded.times : 0;
  const { attempt, outcome, code, message, tried } = fact;
  return { run: stamp.run, attempt, at: stamp.at, outcome, code, message, tried, times: again + 1 };
}

/**
 * Lays the facts over the state, in order. When all fit, `overlay` holds the keys' states after them and null comes back;
 * otherwise `overlay` is as it was and the first key that does not fit comes back with the reason in words.
 */
export function layOver(
  overlay: Map<string, KeyState>,
  state: JournalState,
  facts: readonly Fact[],
  stamp: Stamp,
): { key: string; why: string } | null {
  const moved = new Map<string, KeyState>();
  for (const fact of facts) {
    const before = moved.get(fact.key) ?? overlay.get(fact.key) ?? keyState(state, fact.key);
    const after = applyFact(before, fact, stamp);
    if (typeof after === 'string') return { key: fact.key, why: after };
    moved.set(fact.key, after);
  }
  for (const [key, after] of moved) overlay.set(key, after);
  return null;
}

/**
 * State after the entries, which must be the next ones without a hole; the state passed in is not changed. Throws
 * JOURNAL_CORRUPT for a hole, an unknown format, or a fact that does not fit.
 */
export function fold(state: JournalState, entries: readonly JournalEntry[]): JournalState {
  const keys = new Map(state.keys);
  for (const [i, entry] of entries.entries()) foldInto(keys, state.sequence + i, entry);
  return { sequence: state.sequence + entries.length, keys };
}

/** Moves `keys`, the fold of entries 1..sequence, on by one entry. Throws as `fold` does; `keys` is then half moved and must be dropped. */
export function foldInto(keys: Map<string, KeyState>, sequence: number, entry: JournalEntry): void {
  if (entry.format !== ENTRY_FORMAT)
    throw corrupt(entry, `has the format ${JSON.stringify(entry.format)}, which this version does not know`);
  if (entry.sequence !== sequence + 1)
    throw corrupt(entry, `follows entry ${sequence}: entry ${sequence + 1} is missing`);
  for (const fact of entry.facts) {
    const after = applyFact(keys.get(fact.key) ?? absentKey(fact.key), fact, entry);
    if (typeof after === 'string') throw corrupt(entry, `says ${fact.fact} of ${fact.key}, which ${after}`);
    keys.set(fact.key, after);
  }
}

function corrupt(entry: JournalEntry, what: string): LakefillError {
  return new LakefillError(
    'JOURNAL_CORRUPT',
    `Journal entry ${entry.sequence} ${what}. Nothing was changed.`,
    {
      hint: 'Upgrade lakefill if a newer version wrote this journal; otherwise restore the missing or damaged entry from a backup of the control prefix.',
      context: { sequence: entry.sequence },
    },
  );
}

/** Total bytes of files. */
export function bytesOf(files: readonly JournalFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}
