/** Facts and entries for tests, with the fewest words. */
import type { Fact, GenerationRecord, JournalEntry, JournalFile } from '../../src/journal/entry.js';
import { ENTRY_FORMAT } from '../../src/journal/entry.js';

export const RECORD: GenerationRecord = {
  inputs: [],
  definition: { digests: { 'text/1': 'd' } },
  rows: 1,
  schema: null,
  contentHash: 'c',
  assumed: false,
};

export function file(name: string): JournalFile {
  return { name, size: 3, etag: `etag-${name}`, sha256: 'ab' };
}

type FactOf<F extends Fact['fact']> = Extract<Fact, { fact: F }>;
type Sketch<F extends Fact['fact']> = Partial<Omit<FactOf<F>, 'fact'>>;

/** A fact of key `k`, attempt `a`, with defaults for all that is not said. */
export function fact<F extends Fact['fact']>(kind: F, over: Sketch<F> = {}): FactOf<F> {
  return { ...DEFAULTS[kind], ...over } as FactOf<F>;
}

const named = { key: 'k', attempt: 'a' };

const DEFAULTS: { [F in Fact['fact']]: FactOf<F> } = {
  promoting: {
    ...named,
    fact: 'promoting',
    plan: 'p',
    generation: 1,
    base: { generation: null, version: 'v' },
    add: [{ path: 'lake/k/new', id: 'u', size: 3, sha256: 'ab' }],
    remove: [],
    retained: null,
    record: RECORD,
    tried: 't',
    restores: null,
  },
  cleaning: { ...named, fact: 'cleaning', etags: ['e'] },
  aborting: { ...named, fact: 'aborting', reason: 'because' },
  published: { ...named, fact: 'published', files: [file('new')], foreign: [] },
  withdrawn: { ...named, fact: 'withdrawn', revoked: ['new'], reason: 'because' },
  ended: {
    ...named,
    fact: 'ended',
    outcome: 'failed',
    code: 'TRANSFORM_FAILED',
    message: 'm',
    tried: 't',
  },
  refreshed: { ...named, fact: 'refreshed', plan: 'p2', generation: 1, record: RECORD },
  adopted: { ...named, fact: 'adopted', generation: 1, files: [file('old')], record: RECORD },
  'retained-dropped': { ...named, fact: 'retained-dropped', sequences: [1] },
};

/** Entries 1, 2, ... of one run, one for each group of facts. */
export function entries(groups: readonly (readonly Fact[])[], run = 'r', first = 1): JournalEntry[] {
  return groups.map((facts, i) => ({
    format: ENTRY_FORMAT,
    sequence: first + i,
    run,
    at: `2025-03-01T00:00:${String(i % 60).padStart(2, '0')}Z`,
    by: 'tester@here',
    nonce: `nonce-${first + i}`,
    facts,
  }));
}
