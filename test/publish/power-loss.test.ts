/**
 * The machine loses power before every call that changes the disk, in every writing act. Of what was not fsynced nothing
 * remains, or names without contents, or some of it. Then another process recovers, loses power itself, and a third one ends
 * it, before an outsider looks. The same when only the process dies, and the power goes while another recovers. And: a store that forgets
 * one kind of flush is found out.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { DiskCall, Loss } from '../store/local/power-loss.js';
import { SOAK_MINUTES } from '../support/soak.js';
import { JOURNAL_SCENARIOS } from './journal-scenarios.js';
import { arrange, powerCut } from './power-loss.js';
import type { Arranged } from './power-loss.js';
import { SCENARIOS } from './scenarios.js';
import { randomFrom } from './scheduler.js';

type Way = readonly [Loss, 'forward' | 'abort'];
const WAYS: readonly Way[] = [
  ['nothing', 'forward'],
  ['some', 'abort'],
  ['names', 'forward'],
  ['nothing', 'abort'],
  ['some', 'forward'],
];

/** The long set takes every call in every way; everyday runs one call in so many, in one way each. */
const STEP = 12;
const ALL = process.env['LAKEFILL_TEST_LONG'] === '1' || SOAK_MINUTES > 0;

let cuts = 0;
let answers = 0;
afterAll(() => {
  process.stdout.write(`power loss: ${cuts} cuts, ${answers} answers of the store held\n`);
});

const ACTS = [...SCENARIOS, ...JOURNAL_SCENARIOS];

describe('a power loss during', () => {
  it.each(ACTS.map((scenario, index) => [scenario.name, scenario, index] as const))(
    '%s',
    async (_name, scenario, index) => {
      const arranged = await arrange(scenario);
      const calls = await callsOf(arranged);
      expect(calls.length).toBeGreaterThan(3);
      const violations: string[] = [];
      for (const [at, [loss, wish]] of chosen(calls.length, index)) {
        const random = randomFrom(index * 100_000 + at);
        const one = { dieAt: at, loss, wish, random };
        for (const cut of [
          await powerCut(arranged, one),
          await powerCut(arranged, { ...one, process: true }),
        ]) {
          cuts += 1;
          answers += cut.answers;
          const where = `${loss} left, at call ${at} of ${calls.length}, then ${wish}`;
          violations.push(...cut.violations.map((text) => `${where}: ${text}`));
        }
      }
      expect(violations).toEqual([]);
    },
    600_000,
  );
});

/** A flush that a store may have forgotten; the acts find out each. */
const FORGOTTEN: Readonly<Record<string, (call: DiskCall) => boolean>> = {
  'the content of an entry': ({ what, path }) => what === 'sync' && path.includes('/journal/'),
  'the content of new files': ({ what, path }) =>
    what === 'sync' && (path.includes('/staging/') || path.includes('/prepared/')),
  'the folder of the journal': ({ what, path }) => what === 'syncFolder' && path.endsWith('/journal'),
  'the folder of a partition': ({ what, path }) =>
    what === 'syncFolder' && /\/dt=\d$/.test(path) && !isControl(path),
  'the folder of what is kept for a rollback': ({ what, path }) =>
    what === 'syncFolder' && path.includes('/retained/dt='),
  'the folder of prepared files': ({ what, path }) => what === 'syncFolder' && path.endsWith('/prepared'),
  'the parent of a new folder of a partition': ({ what, path }) =>
    what === 'syncFolder' && path.endsWith('/lake/sales'),
  'the parents of new folders beside the dataset': ({ what, path }) =>
    what === 'syncFolder' && isControl(path) && /\/(sales|retained)$/.test(path),
  'every file': ({ what }) => what === 'sync',
  'every folder': ({ what }) => what === 'syncFolder',
};

function isControl(path: string): boolean {
  return path.includes('/_lakefill/');
}

describe('a store that does not flush', () => {
  it.each(Object.entries(FORGOTTEN))('%s is found out', async (name, forgets) => {
    let tried = 0;
    for (const scenario of ACTS) {
      // Forgotten from the beginning: what stands when the act starts was not flushed either.
      const arranged = await arrange(scenario, forgets);
      let calls = Infinity;
      for (let at = 1; at <= calls + 1; at++) {
        tried += 1;
        const random = randomFrom(at);
        const cut = await powerCut(arranged, {
          dieAt: at,
          loss: 'nothing',
          wish: 'forward',
          random,
          forgets,
        });
        if (cut.calls.length < at - 1) calls = 0; // the act ended before
        if (cut.violations.length === 0) continue;
        process.stdout.write(
          `caught: no flush of ${name}: cut ${tried}: ${cut.violations[0]!.slice(0, 160)}\n`,
        );
        return;
      }
    }
    expect.fail(`${tried} power losses did not show it`);
  });
});

async function callsOf(arranged: Arranged): Promise<readonly DiskCall[]> {
  const whole = await powerCut(arranged, {
    dieAt: Infinity,
    loss: 'nothing',
    wish: 'forward',
    random: randomFrom(0),
  });
  expect(whole.violations).toEqual([]);
  return whole.calls;
}

/** One beyond the last call: the power goes when the act is over. */
function* chosen(calls: number, index: number): Generator<readonly [number, Way]> {
  if (ALL) {
    for (let at = 1; at <= calls + 1; at++) for (const way of WAYS) yield [at, way];
    return;
  }
  let turn = index;
  for (let at = 1 + (index % STEP); at <= calls + 1; at += STEP) yield [at, WAYS[turn++ % WAYS.length]!];
}
