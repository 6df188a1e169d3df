import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact, JournalEntry, JournalState } from '../../src/journal/entry.js';
import { applyFact, EMPTY_STATE, fold, foldInto, keyState, layOver } from '../../src/journal/fold.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/journal/codec.js';
import { entries, fact, file } from './facts.js';

const STAMP = { sequence: 9, run: 'r9', at: '2025-03-02T00:00:00Z' };
const replacing = { base: { generation: 1, version: 'v' }, generation: 2, remove: [file('old')] };

/** How a key gets into each phase; `k` has generation 1 before it is replaced. */
const PHASES: Record<string, readonly Fact[]> = {
  absent: [],
  stable: [fact('adopted')],
  'promoting a creation': [fact('promoting')],
  'promoting a replacement': [fact('adopted'), fact('promoting', replacing)],
  cleaning: [fact('adopted'), fact('promoting', replacing), fact('cleaning')],
  aborting: [fact('adopted'), fact('promoting', replacing), fact('aborting')],
};

const FACTS: Record<string, Fact> = {
  'promoting gen 1 over none': fact('promoting', { attempt: 'b' }),
  'promoting gen 2 over 1': fact('promoting', { ...replacing, attempt: 'b' }),
  'promoting gen 1 over 1': fact('promoting', { ...replacing, generation: 1, attempt: 'b' }),
  cleaning: fact('cleaning'),
  'cleaning of another attempt': fact('cleaning', { attempt: 'b' }),
  aborting: fact('aborting'),
  'aborting of another attempt': fact('aborting', { attempt: 'b' }),
  published: fact('published'),
  'published of another attempt': fact('published', { attempt: 'b' }),
  withdrawn: fact('withdrawn'),
  'withdrawn of another attempt': fact('withdrawn', { attempt: 'b' }),
  ended: fact('ended'),
  'refreshed gen 1': fact('refreshed'),
  'refreshed gen 2': fact('refreshed', { generation: 2 }),
  'adopted gen 1': fact('adopted'),
  'adopted gen 2': fact('adopted', { generation: 2 }),
  'retained-dropped': fact('retained-dropped'),
};

/** Facts that fit, by phase, with the phase after; every other pair is refused. */
const FITS: Record<string, Record<string, string>> = {
  absent: {
    'promoting gen 1 over none': 'promoting',
    ended: 'stable',
    'adopted gen 1': 'stable',
    'adopted gen 2': 'stable',
    'retained-dropped': 'stable',
  },
  stable: {
    'promoting gen 2 over 1': 'promoting',
    ended: 'stable',
    'refreshed gen 1': 'stable',
    'adopted gen 2': 'stable',
    'retained-dropped': 'stable',
  },
  'promoting a creation': {
    cleaning: 'cleaning',
    aborting: 'aborting',
    published: 'stable',
    'retained-dropped': 'promoting',
  },
  'promoting a replacement': {
    cleaning: 'cleaning',
    aborting: 'aborting',
    'retained-dropped': 'promoting',
  },
  cleaning: { published: 'stable', 'retained-dropped': 'cleaning' },
  aborting: { withdrawn: 'stable', 'retained-dropped': 'aborting' },
};

describe('the table of phases', () => {
  const cases = Object.keys(PHASES).flatMap((phase) =>
    Object.keys(FACTS).map((name) => [phase, name] as const),
  );

  it.each(cases)('%s: %s', (phase, name) => {
    const state = fold(EMPTY_STATE, entries([PHASES[phase]!]));
    const after = applyFact(keyState(state, 'k'), FACTS[name]!, STAMP);
    const expected = FITS[phase]![name];
    if (expected === undefined) expect(after).toBeTypeOf('string');
    else expect(after).toMatchObject({ phase: expected });
  });
});

describe('what the facts leave', () => {
  const created = [[fact('promoting')], [fact('published')]];

  it('publishes a creation as a generation of its run', () => {
    const state = keyState(fold(EMPTY_STATE, entries(created, 'r1')), 'k');
    expect(state).toMatchObject({
      generation: 1,
      highest: 1,
      contentOf: 'r1',
      madeBy: { run: 'r1', plan: 'p' },
      attempt: null,
      settled: { attempt: 'a', how: 'published' },
    });
    expect(state.retained).toHaveLength(1);
  });

  it('keeps what stood there when an attempt is withdrawn, but never reuses its number or names', () => {
    const groups = [...created, [fact('promoting', { ...replacing, attempt: 'b' })]];
    groups.push(
      [fact('aborting', { attempt: 'b' })] as never,
      [fact('withdrawn', { attempt: 'b' })] as never,
    );
    const state = keyState(fold(EMPTY_STATE, entries(groups)), 'k');
    expect(state).toMatchObject({ generation: 1, highest: 2, files: [file('new')], revoked: ['new'] });
    const again = applyFact(state, fact('promoting', { ...replacing, attempt: 'c' }), STAMP);
    expect(again).toBe('already had generation 2');
  });

  it('gives the key back to absence when a restoration says so', () => {
    const restores = { run: 'r', contentOf: null, absent: true, undone: 'u' };
    const groups: Fact[][] = [
      ...created,
      [fact('promoting', { ...replacing, attempt: 'b', add: [], remove: [file('new')], restores })],
      [fact('cleaning', { attempt: 'b', etags: [] })],
      [fact('published', { attempt: 'b', files: [] })],
    ];
    const state = keyState(fold(EMPTY_STATE, entries(groups)), 'k');
    expect(state).toMatchObject({
      generation: null,
      highest: 2,
      files: [],
      record: null,
      contentOf: null,
      madeBy: null,
      undone: { run: 'r', tried: 'u' },
    });
  });

  it('takes new versions of the same files, and nothing else with them', () => {
    const ended = fact('ended', { attempt: 'e' });
    const before = keyState(fold(EMPTY_STATE, entries([...created, [ended]], 'r1')), 'k');
    const moved = { ...file('new'), etag: 'copied' };
    const files = (list: Fact & { fact: 'refreshed' }) => applyFact(before, list, STAMP);
    expect(files(fact('refreshed', { files: [moved] }))).toEqual({ ...before, files: [moved] });
    for (const other of [
      { ...moved, size: 4 },
      { ...moved, sha256: 'cd' },
      { ...moved, name: 'n' },
    ])
      expect(files(fact('refreshed', { files: [other] }))).toBe('has other files');
    expect(files(fact('refreshed', { files: [] }))).toBe('has other files');
  });

  it('counts ends in a row with the same inputs, each attempt once', () => {
    const end = (attempt: string, tried = 't') => [fact('ended', { attempt, tried })];
    const times = (groups: Fact[][]) => keyState(fold(EMPTY_STATE, entries(groups)), 'k').lastEnded?.times;
    expect(times([end('1'), end('2'), end('3')])).toBe(3);
    expect(times([end('1'), end('2'), end('3', 'other')])).toBe(1);
    expect(times([end('1'), ...created, end('2')])).toBe(1);
    const once = keyState(fold(EMPTY_STATE, entries([end('1')])), 'k');
    expect(applyFact(once, fact('ended', { attempt: '1' }), STAMP)).toBeTypeOf('string');
  });

  it('drops retained generations by the sequence that replaced them', () => {
    const replaced: Fact[][] = [
      ...created,
      [fact('promoting', { ...replacing, attempt: 'b', retained: 'kept/' })],
      [fact('cleaning', { attempt: 'b' })],
      [fact('published', { attempt: 'b' })],
    ];
    const before = keyState(fold(EMPTY_STATE, entries(replaced)), 'k');
    expect(before.retained.map((r) => [r.sequence, r.prefix])).toEqual([
      [2, null],
      [5, 'kept/'],
    ]);
    const after = fold(EMPTY_STATE, entries([...replaced, [fact('retained-dropped', { sequences: [5] })]]));
    expect(keyState(after, 'k').retained.map((r) => r.sequence)).toEqual([2]);
  });
});

describe('what the fold refuses', () => {
  const corrupt = expect.objectContaining({ code: 'JOURNAL_CORRUPT' }) as unknown;
  const failure = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it('a hole', () => {
    const [first, , third] = entries([[fact('ended', { attempt: '1' })], [], []]);
    expect(failure(() => fold(EMPTY_STATE, [first!, third!]))).toEqual(corrupt);
    expect(failure(() => fold(EMPTY_STATE, [third!]))).toEqual(corrupt);
  });

  it('an entry twice', () => {
    const [first] = entries([[]]);
    expect(failure(() => fold(EMPTY_STATE, [first!, first!]))).toEqual(corrupt);
  });

  it('a format of another version', () => {
    const [first] = entries([[]]);
    const newer = { ...first!, format: 'lakefill.journal/2' } as unknown as JournalEntry;
    expect(failure(() => fold(EMPTY_STATE, [newer]))).toMatchObject({
      code: 'JOURNAL_CORRUPT',
      hint: expect.stringContaining('Upgrade') as string,
    });
  });

  it('a fact that does not fit, and names the key and why', () => {
    expect(failure(() => fold(EMPTY_STATE, entries([[fact('cleaning')]])))).toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringMatching(/entry 1 says cleaning of k, which has no attempt in flight/) as string,
    });
  });

  it('and leaves the state that was passed in as it was', () => {
    const before = fold(EMPTY_STATE, entries([[fact('adopted')]]));
    const copy = structuredClone(before);
    failure(() => fold(before, entries([[fact('promoting', replacing)], [fact('published')]], 'r', 2)));
    expect(before).toEqual(copy);
  });
});

/** A random journal that fits: facts are proposed at random and kept when the fold takes them. */
const journals = fc.array(
  fc.array(
    fc.record({
      key: fc.constantFrom('k', 'k=2', 'ä=ö', '__proto__'),
      kind: fc.constantFrom(...(Object.keys(FACTS) as (keyof typeof FACTS)[])),
      attempt: fc.constantFrom('a', 'b', 'c'),
    }),
    { maxLength: 6 },
  ),
  { minLength: 1, maxLength: 40 },
);

function fitting(
  proposals: readonly (readonly { key: string; kind: string; attempt: string }[])[],
): JournalEntry[] {
  const kept: JournalEntry[] = [];
  let state: JournalState = EMPTY_STATE;
  for (const group of proposals) {
    const facts: Fact[] = [];
    const overlay = new Map();
    for (const { key, kind, attempt } of group) {
      const before = overlay.get(key) ?? keyState(state, key);
      const proposed = { ...FACTS[kind]!, key, attempt } as Fact;
      const renumbered =
        proposed.fact === 'promoting' || proposed.fact === 'adopted'
          ? { ...proposed, generation: before.highest + 1 }
          : proposed;
      const based =
        renumbered.fact === 'promoting'
          ? { ...renumbered, base: { generation: before.generation, version: 'v' } }
          : renumbered;
      if (layOver(overlay, state, [based], { ...STAMP, sequence: state.sequence + 1 }) === null)
        facts.push(based);
    }
    const [entry] = entries([facts], `r${state.sequence}`, state.sequence + 1);
    state = fold(state, [entry!]);
    kept.push(entry!);
  }
  return kept;
}

describe('laws', () => {
  it('fold(prefix) then the rest = fold(all), wherever it is cut', () => {
    fc.assert(
      fc.property(journals, fc.nat(), (proposals, cut) => {
        const all = fitting(proposals);
        const at = cut % (all.length + 1);
        const whole = fold(EMPTY_STATE, all);
        expect(fold(fold(EMPTY_STATE, all.slice(0, at)), all.slice(at))).toEqual(whole);
        const keys = new Map();
        all.forEach((entry, i) => foldInto(keys, i, entry));
        expect(keys).toEqual(whole.keys);
      }),
    );
  });

  it('a checkpoint of a state reads back as that state, and folding on from it changes nothing', () => {
    fc.assert(
      fc.property(journals, fc.nat(), (proposals, cut) => {
        const all = fitting(proposals);
        const at = 1 + (cut % all.length);
        const state = fold(EMPTY_STATE, all.slice(0, at));
        const back = decodeCheckpoint(encodeCheckpoint(state));
        expect(back).toEqual(state);
        expect(decodeCheckpoint(encodeCheckpoint(back!))).toEqual(state);
        expect(fold(back!, all.slice(at))).toEqual(fold(EMPTY_STATE, all));
      }),
    );
  });

  it('facts that fit together fit one entry, and a group that does not fit moves nothing', () => {
    fc.assert(
      fc.property(journals, (proposals) => {
        const all = fitting(proposals);
        const state = fold(EMPTY_STATE, all);
        const overlay = new Map();
        const misfit = [fact('ended', { key: 'fresh', attempt: 'x' }), fact('cleaning', { key: 'fresh' })];
        expect(layOver(overlay, state, misfit, STAMP)).toMatchObject({ key: 'fresh' });
        expect(overlay.size).toBe(0);
      }),
    );
  });

  it('a damaged checkpoint is not believed', () => {
    const bytes = encodeCheckpoint(fold(EMPTY_STATE, entries([[fact('adopted')]])));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at]! ^= flip;
        const back = decodeCheckpoint(damaged);
        // Only the sequence stands outside the digest; the reader compares it with the object's name.
        if (back !== null) expect(back.sequence).not.toBe(1);
      }),
    );
  });
});
