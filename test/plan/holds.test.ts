import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/dataset/fingerprint.js';
import { holdOf } from '../../src/plan/holds.js';
import type { HoldFacts } from '../../src/plan/holds.js';
import { triedDigest } from '../../src/plan/tried.js';
import type { KeyState } from '../../src/journal/entry.js';
import type { ScannedKey } from '../../src/scan/dataset-scan.js';
import type { ReasonCode } from '../../src/scan/status-table.js';
import { STORE, info, produced, sketch } from '../support/lake.js';
import type { InputSketch } from '../support/lake.js';
import { NOW, input, scanned } from './support.js';

const KEY = 'dt=2025-01-05';
const RAW: InputSketch = { name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` };
const dataset = sketch({ inputs: [RAW] });
const FILE = info(`clean/sales/${KEY}/a.parquet`);
const OTHER = info(`clean/sales/${KEY}/b.parquet`);
const tried = triedDigest(fingerprintOf(dataset), [input('raw').record!]);
const key = (code: ReasonCode | 'fresh', over: Partial<ScannedKey> = {}) => scanned(dataset, KEY, code, over);
const facts = (of: ScannedKey, over: Partial<HoldFacts> = {}): HoldFacts => ({
  key: of,
  dataset,
  definition: fingerprintOf(dataset),
  now: NOW,
  awaited: new Set(),
  overwriteExternal: false,
  tryAgain: false,
  ...over,
});
const made = (over: Partial<KeyState> = {}) => produced(dataset, KEY, [FILE], [], over);
const ended = (outcome: 'rejected' | 'failed' | 'conflict', times = 1, of = tried) => ({
  lastEnded: { run: 'run-7', at: '', outcome, code: 'X', message: 'notNull(id): 3 rows', tried: of, times },
});
const managed = { managed: true, state: made() };
const blocked = (code: string) => ({ inputStates: [input('raw', { blockers: [{ code, message: code }] })] });
const keeps = { dataset: sketch({ inputs: [{ ...RAW, keeps: 20 * 86_400_000 }] }) };
const late = { dataset: sketch({ inputs: [{ ...RAW, window: [-2, 0], keeps: 20 * 86_400_000 }] }) };
const awaited = { awaited: new Set(['raw']) };
const overwriteExternal = { overwriteExternal: true };
const tryAgain = { tryAgain: true };

const TABLE: readonly (readonly [string, HoldFacts, string | null])[] = [
  ['nothing', facts(key('absent')), null],
  ['in-flight', facts(key('absent', { liveRun: 'run-9' })), 'in-flight'],
  [
    'in-flight upstream',
    facts(key('absent', { inputStates: [input('raw', { unsteady: 'x' })] })),
    'in-flight',
  ],
  [
    'in-flight upstream, awaited',
    facts(key('absent', { inputStates: [input('raw', { unsteady: 'x' })] }), awaited),
    null,
  ],
  [
    'input-unknown',
    facts(key('unreadable', { ...managed, inputStates: [input('raw', { failure: 'reset', record: null })] })),
    'input-unknown',
  ],
  ['input-missing', facts(key('unreadable', { ...managed, ...blocked('input-missing') })), 'input-missing'],
  [
    'input-archived',
    facts(key('input-changed', { ...managed, ...blocked('input-archived') })),
    'input-archived',
  ],
  [
    'input-unreadable, awaited all the same',
    facts(key('absent', blocked('input-unreadable')), awaited),
    'input-unreadable',
  ],
  ['upstream-missing', facts(key('absent', blocked('upstream-missing'))), 'upstream-missing'],
  ['upstream-missing, awaited', facts(key('absent', blocked('upstream-missing')), awaited), null],
  ['retention', facts(key('absent'), keeps), 'retention'],
  [
    'retention, nothing includes it',
    facts(key('absent'), { ...keeps, ...overwriteExternal, ...tryAgain }),
    'retention',
  ],
  ['retention, young enough', facts(scanned(keeps.dataset, 'dt=2025-01-12', 'absent'), keeps), null],
  [
    'retention, a neighbour too old',
    facts(scanned(late.dataset, 'dt=2025-01-13', 'absent'), late),
    'retention',
  ],
  ['retention, neighbours young enough', facts(scanned(late.dataset, 'dt=2025-01-14', 'absent'), late), null],
  ['unmanaged', facts(key('input-newer')), 'unmanaged'],
  ['unmanaged and unreadable', facts(key('unreadable')), 'unmanaged'],
  ['unmanaged, included', facts(key('input-newer'), overwriteExternal), null],
  ['unmanaged, but nothing there', facts(key('absent', { objects: [] })), null],
  ['modified-outside', facts(key('modified-outside', managed)), 'modified-outside'],
  ['modified-outside, included', facts(key('modified-outside', managed), overwriteExternal), null],
  [
    'unreadable, recorded',
    facts(key('unreadable', { ...managed, objects: [{ ...FILE, size: 0, etag: 'x' }] })),
    null,
  ],
  [
    'unreadable, a foreign object beside',
    facts(key('unreadable', { ...managed, objects: [FILE, OTHER] })),
    'modified-outside',
  ],
  ['rejected', facts(key('absent', { state: made(ended('rejected')) })), 'tried-before'],
  ['rejected, tried again', facts(key('absent', { state: made(ended('rejected')) }), tryAgain), null],
  ['rejected with other inputs', facts(key('absent', { state: made(ended('rejected', 1, 'other')) })), null],
  ['rejected, inputs not known yet', facts(key('absent', { state: made(ended('rejected')) }), awaited), null],
  ['failed twice', facts(key('absent', { state: made(ended('failed', 2)) })), null],
  ['failed three times', facts(key('absent', { state: made(ended('failed', 3)) })), 'tried-before'],
  ['conflicts do not count', facts(key('absent', { state: made(ended('conflict', 9)) })), null],
  ['rolled back', facts(key('absent', { state: made({ undone: { run: 'run-3', tried } }) })), 'tried-before'],
  [
    'rolled back, other inputs since',
    facts(key('absent', { state: made({ undone: { run: 'run-3', tried: 'other' } }) })),
    null,
  ],
];

describe('holdOf', () => {
  it.each(TABLE)('%s', (_, of, code) => {
    const hold = holdOf(of);
    expect(hold?.code ?? null).toBe(code);
    if (hold) expect([hold.message, hold.hint].every((text) => text.length > 0)).toBe(true);
  });

  it('names retry for what a run refused, and not for what a rollback undid', () => {
    const refused = holdOf(facts(key('absent', { state: made(ended('rejected')) })));
    const undone = holdOf(facts(key('absent', { state: made({ undone: { run: 'run-3', tried } }) })));
    expect(refused!.hint).toMatch(/schema\.policy: lakefill retry RUN, or add --only failed/);
    expect(undone!.hint).not.toContain('retry');
  });

  it('gives a command that can be typed, and names files that are no data instead', () => {
    expect(holdOf(facts(key('modified-outside', managed)))?.hint).toBe(
      "Add --overwrite-external, or take it over as it is with `lakefill adopt sales --partition 'dt=2025-01-05'`.",
    );
    const notes = info(`clean/sales/${KEY}/notes.txt`);
    const reasons = [{ code: 'unreadable', message: 'notes.txt: 0 bytes are too few' }];
    const hint =
      'Remove or move notes.txt, or add --overwrite-external: the partition is made anew without it.';
    const objects = [FILE, notes];
    expect(holdOf(facts(key('unreadable', { ...managed, objects, reasons })))).toMatchObject({
      code: 'modified-outside',
      message: 'not written by lakefill, and no Parquet: notes.txt: 0 bytes are too few',
      hint,
    });
    expect(holdOf(facts(key('unreadable', { objects, reasons })))).toMatchObject({ code: 'unmanaged', hint });
  });

  it('reports the first that applies', () => {
    const all = key('modified-outside', { ...managed, liveRun: 'r', ...blocked('input-missing') });
    expect(holdOf(facts(all, keeps))!.code).toBe('in-flight');
    expect(holdOf(facts({ ...all, liveRun: null }, keeps))!.code).toBe('input-missing');
  });
});

describe('triedDigest', () => {
  const a = { name: 'a', version: '1' };
  const b = { name: 'b', version: '2' };
  const text = { digests: { 'text/1': 'x' } };
  it('does not depend on the order of inputs, nor on whether a tree is known', () => {
    expect(triedDigest(text, [a, b])).toBe(
      triedDigest({ digests: { 'tree/1': 'y', 'text/1': 'x' } }, [b, a]),
    );
  });
  it('tells definitions and versions apart', () => {
    const digests = [
      triedDigest(text, [a]),
      triedDigest(text, [a, b]),
      triedDigest(text, [{ ...a, version: '2' }]),
      triedDigest({ digests: { 'text/1': 'z' } }, [a]),
    ];
    expect(new Set(digests).size).toBe(4);
  });
});
