import { describe, expect, it } from 'vitest';
import type { InputState, KeyFacts } from '../../src/scan/key-facts.js';
import { REASON_STATUS, statusOf } from '../../src/scan/status-table.js';
import { info, produced, sketch } from '../support/lake.js';

const dataset = sketch();
const KEY = 'dt=2025-01-05';
const PREFIX = `clean/sales/${KEY}/`;
const FILE = info(`${PREFIX}a.parquet`);
const SECOND = info(`${PREFIX}b.parquet`);
const record = (version: string, tracked = true) => ({
  name: 'raw',
  objects: 2,
  bytes: 20,
  version,
  tracked,
});
const RAW: InputState = {
  name: 'raw',
  store: 'memory://lake/',
  tracked: true,
  failure: null,
  record: record('v1'),
  objects: [info('raw/a.parquet', { lastModified: 1 })],
  newest: 1,
  blockers: [],
  awaits: null,
  unsteady: null,
};
const MISSING = { ...RAW, blockers: [{ code: 'input-missing', message: 'raw: no data' }] };
const facts = (over: Partial<KeyFacts> = {}): KeyFacts => ({
  partition: { key: KEY, values: { dt: '2025-01-05' }, interval: null },
  prefix: PREFIX,
  shownPrefix: `memory://lake/${PREFIX}`,
  failure: null,
  expected: true,
  parses: true,
  due: 0,
  now: Date.parse('2025-02-01T00:00:00Z'),
  objects: [],
  state: null,
  moved: false,
  liveRun: null,
  otherSpelling: null,
  content: new Map(),
  unreadable: new Map(),
  unreadableAge: null,
  inputs: [RAW],
  definition: 'equal',
  olderThan: null,
  smallFiles: null,
  ...over,
});
const made = (over = {}) => produced(dataset, KEY, [FILE], [record('v1')], over);
const two = produced(dataset, KEY, [FILE, SECOND], [record('v1')]);
const empty = produced(dataset, KEY, [], [record('v1')]);
const bad = new Map([[FILE.path, 'it is empty (0 bytes)']]);
const replaced = { ...FILE, etag: 'another' };
const interrupted = made({ phase: 'promoting' });
const withdrawn = made({ revoked: ['b.parquet'] });
const changed = { ...RAW, record: record('v2') };
const young = { ...RAW, newest: FILE.lastModified };
const failed = { ...RAW, failure: 'reset', record: null };
const at = (blocker: string) => ({ ...RAW, blockers: [{ code: blocker, message: blocker }] });

/** Row of the table, what holds, what must come out. Each also sets what rows below would need, to show the order. */
const TABLE: readonly (readonly [string, Partial<KeyFacts>, string])[] = [
  [
    '1 listing',
    { failure: { code: 'listing-failed', message: '' }, state: interrupted },
    'unknown listing-failed',
  ],
  [
    '1 journal',
    { failure: { code: 'journal-failed', message: '' }, objects: [FILE] },
    'unknown journal-failed',
  ],
  ['1 input, needed by 9', { inputs: [failed] }, 'unknown input-unknown'],
  [
    '1 input, needed by 9 though untracked',
    { inputs: [{ ...failed, tracked: false }] },
    'unknown input-unknown',
  ],
  ['1 input, needed by 11', { inputs: [failed], objects: [FILE], state: made() }, 'unknown input-unknown'],
  [
    '1 input, needed by no row',
    { inputs: [{ ...failed, tracked: false }], objects: [FILE], state: made() },
    'fresh',
  ],
  ['1 input, decided above', { inputs: [failed], objects: [FILE], unreadable: bad }, 'unreadable unreadable'],
  [
    '2 live',
    { state: interrupted, liveRun: 'r', objects: [FILE, SECOND], expected: false },
    'pending in-progress',
  ],
  ['2 dead', { state: interrupted, objects: [FILE, SECOND], expected: false }, 'stale interrupted'],
  ['2 moved', { moved: true, state: made(), objects: [SECOND] }, 'stale interrupted'],
  ['2 moved, live', { moved: true, liveRun: 'r', state: made(), objects: [SECOND] }, 'pending in-progress'],
  ['2 withdrawn file', { state: withdrawn, objects: [FILE, SECOND] }, 'stale interrupted'],
  ['2 lease alone decides nothing', { liveRun: 'r', state: made(), objects: [FILE] }, 'fresh'],
  ['3 parses', { expected: false, objects: [FILE], due: Infinity }, 'unexpected not-expected'],
  ['3 does not parse', { expected: false, parses: false, objects: [FILE] }, 'unexpected other-layout'],
  ['4', { otherSpelling: 'dt=2025-1-5', due: Infinity }, 'blocked other-spelling'],
  ['4 not with objects', { otherSpelling: 'dt=2025-1-5', objects: [FILE], state: made() }, 'fresh'],
  ['5', { due: Date.parse('2025-02-01T00:00:01Z'), objects: [replaced], state: made() }, 'pending not-due'],
  ['5 due now', { due: Date.parse('2025-02-01T00:00:00Z'), objects: [FILE], state: made() }, 'fresh'],
  ['6 foreign', { state: made(), objects: [FILE, SECOND], unreadable: bad }, 'stale modified-outside'],
  ['6 replaced', { state: made(), objects: [replaced] }, 'stale modified-outside'],
  [
    '6 another version, the same bytes',
    { state: made(), objects: [replaced], content: new Map([[FILE.path, 'recorded']]) },
    'fresh',
  ],
  [
    '6 the same version, other bytes',
    { state: made(), objects: [FILE], content: new Map([[FILE.path, 'other']]) },
    'stale modified-outside',
  ],
  [
    '6 one gone',
    { state: produced(dataset, KEY, [FILE, SECOND]), objects: [FILE] },
    'stale modified-outside',
  ],
  ['6 not of an unmanaged key', { objects: [FILE, SECOND] }, 'fresh'],
  [
    '7 named and replaced by nothing',
    { state: made(), objects: [replaced], unreadable: bad },
    'unreadable unreadable',
  ],
  [
    '7 managed and young',
    { state: made(), objects: [FILE], unreadable: bad, unreadableAge: 1 },
    'unreadable unreadable',
  ],
  ['7 unmanaged', { objects: [FILE], unreadable: bad, unreadableAge: 900_000 }, 'unreadable unreadable'],
  ['7 settling', { objects: [FILE], unreadable: bad, unreadableAge: 899_999 }, 'pending settling'],
  ['8', { state: empty }, 'fresh empty'],
  ['8 definition', { state: empty, definition: 'different' }, 'stale definition-changed'],
  ['8 input changed', { state: empty, inputs: [changed] }, 'missing absent'],
  ['8 before 9', { state: empty, inputs: [MISSING] }, 'fresh empty'],
  ['9 missing', { inputs: [MISSING] }, 'blocked input-missing'],
  ['9 unreadable', { inputs: [at('input-unreadable')] }, 'blocked input-unreadable'],
  ['9 archived', { inputs: [at('input-archived')] }, 'blocked input-archived'],
  ['9 upstream', { inputs: [at('upstream-missing')] }, 'blocked upstream-missing'],
  ['9 upstream in flight', { inputs: [{ ...RAW, unsteady: 'x is promoting' }] }, 'blocked upstream-missing'],
  ['9 before 10', { state: made(), inputs: [MISSING] }, 'blocked input-missing'],
  ['10', {}, 'missing absent'],
  ['10 removed', { state: made() }, 'missing removed-outside'],
  [
    '10 rolled back to absence',
    { state: made({ generation: null, files: [], record: null }) },
    'missing absent',
  ],
  [
    '11',
    { state: made(), objects: [FILE], inputs: [changed], definition: 'different' },
    'stale input-changed',
  ],
  ['11 untracked', { state: made(), objects: [FILE], inputs: [{ ...changed, tracked: false }] }, 'fresh'],
  [
    '11 gone',
    { state: made(), objects: [FILE], inputs: [changed, MISSING], definition: 'different' },
    'fresh',
  ],
  ['11 never recorded', { objects: [FILE], inputs: [young] }, 'stale input-newer'],
  ['11 never recorded, older', { objects: [FILE], inputs: [RAW] }, 'fresh'],
  [
    '11 an input that was added later',
    { state: produced(dataset, KEY, [FILE], []), objects: [FILE] },
    'fresh',
  ],
  [
    '11 in flight',
    { state: made(), objects: [FILE], inputs: [{ ...changed, unsteady: 'x is promoting' }] },
    'fresh',
  ],
  [
    '12',
    { state: made(), objects: [FILE], definition: 'different', olderThan: 1 },
    'stale definition-changed',
  ],
  ['12 incomparable', { state: made(), objects: [FILE], definition: 'incomparable' }, 'fresh'],
  ['13', { state: made(), objects: [FILE], olderThan: 20 * 86_400_000 }, 'stale expired'],
  ['13 not yet', { state: made(), objects: [FILE], olderThan: 22 * 86_400_000 }, 'fresh'],
  [
    '13 small files',
    { state: two, objects: [FILE, SECOND], smallFiles: { below: 101, files: 2 } },
    'stale small-files',
  ],
  [
    '13 none of them is small',
    { state: two, objects: [FILE, SECOND], smallFiles: { below: 100, files: 2 } },
    'fresh',
  ],
  ['13 one small file', { state: made(), objects: [FILE], smallFiles: { below: 101, files: 2 } }, 'fresh'],
  ['13 unmanaged', { objects: [FILE], olderThan: 86_400_000 }, 'stale expired'],
  ['14', { state: made(), objects: [FILE] }, 'fresh'],
];

describe('statusOf', () => {
  it.each(TABLE)('row %s', (_, over, expected) => {
    const { status, reasons } = statusOf(facts(over));
    expect([status, reasons[0]?.code].filter(Boolean).join(' ')).toBe(expected);
  });

  it('reaches every reason code, each under its status', () => {
    const reached = new Map(
      TABLE.map(([, over]) => statusOf(facts(over))).flatMap((v) =>
        v.reasons.map((r) => [r.code, v.status] as const),
      ),
    );
    const fromScan = ['footer-unknown'];
    expect(Object.fromEntries(reached)).toEqual(
      Object.fromEntries(Object.entries(REASON_STATUS).filter(([code]) => !fromScan.includes(code))),
    );
  });

  it('notes inputs that are gone, definitions that cannot be compared, upstreams in flight', () => {
    const noted = (over: Partial<KeyFacts>) => statusOf(facts(over)).notes.map((note) => note.code);
    const there = { objects: [FILE], state: made() };
    expect(noted({ ...there, inputs: [MISSING] })).toEqual(['input-gone']);
    expect(noted({ ...there, inputs: [at('input-archived')] })).toEqual(['input-archived']);
    expect(noted({ ...there, definition: 'incomparable' })).toEqual(['definition-not-compared']);
    expect(noted({ ...there, inputs: [{ ...RAW, unsteady: 'x' }] })).toEqual(['input-in-flight']);
    expect(noted(there)).toEqual([]);
  });

  it('counts what was removed in whole sentences', () => {
    const said = (...files: (typeof FILE)[]) =>
      statusOf(facts({ state: produced(dataset, KEY, files) })).reasons[0]!.message;
    expect(said(FILE)).toContain('1 file of generation 1 is gone from ');
    expect(said(FILE, SECOND)).toContain('2 files of generation 1 are gone from ');
  });

  it('names what was found beside the journal', () => {
    const state = produced(dataset, KEY, [FILE, info(`${PREFIX}c.parquet`)]);
    const [reason] = statusOf(facts({ state, objects: [replaced, SECOND] })).reasons;
    expect(reason!.message).toBe(
      "b.parquet is not lakefill's, a.parquet was replaced, c.parquet was removed",
    );
  });
});
