import { describe, expect, test } from 'vitest';
import type { HeldKey, RecoverDocument, Status } from '../../src/index.js';
import { exitAfterSignal, exitOfPlan, exitOfRecover, exitOfScan } from '../../src/cli/exit-codes.js';
import {
  datasetPlan,
  planDocument,
  scanDocument,
  scanned,
  scannedDataset,
  task,
} from './support/documents.js';

const scanOf = (...statuses: Status[]) =>
  scanDocument(scannedDataset(statuses.map((status, i) => scanned(i, status))));

const left: HeldKey = { key: 'k', code: 'c', message: 'm', hint: 'h' };

describe('exit code of', () => {
  test.each<[Status, number, number]>([
    ['fresh', 0, 0],
    ['pending', 0, 0],
    ['unexpected', 0, 0],
    ['missing', 0, 4],
    ['stale', 0, 4],
    ['unreadable', 0, 4],
    ['blocked', 0, 4],
    ['unknown', 1, 1],
  ])('a scan that found %s: %i, with --check %i', (status, without, withCheck) => {
    const document = scanOf('fresh', status);
    expect([exitOfScan(document, false), exitOfScan(document, true)]).toEqual([without, withCheck]);
  });

  test('unknown outweighs missing', () => {
    expect(exitOfScan(scanOf('missing', 'unknown'), true)).toBe(1);
  });

  test('a lost journal, although all is fresh or nothing is to do: only with --check', () => {
    const notes = [{ code: 'journal-lost', message: 'The journal of d is lost.' }];
    const scan = scanDocument({ ...scannedDataset([scanned(0, 'fresh')]), notes });
    expect([exitOfScan(scan, false), exitOfScan(scan, true)]).toEqual([0, 4]);
    const refused = { code: 'JOURNAL_LOST', message: 'm', hint: 'h' };
    const plan = { ...planDocument([]), refused };
    expect([exitOfPlan(plan, false), exitOfPlan(plan, true)]).toEqual([0, 4]);
    expect(exitOfPlan({ ...plan, refused: { ...refused, code: 'PLAN_REFUSED' } }, true)).toBe(0);
  });

  test('a plan with work, only with --check', () => {
    const work = planDocument([datasetPlan({ tasks: [task(0)] })]);
    expect([exitOfPlan(work, true), exitOfPlan(work, false), exitOfPlan(planDocument([]), true)]).toEqual([
      4, 0, 0,
    ]);
  });

  test.each<[HeldKey['status'], number]>([
    ['missing', 4],
    ['unreadable', 4],
    ['blocked', 4],
    ['stale', 0],
    ['pending', 0],
    [undefined, 0],
  ])('a plan that holds a key that is %s: --check %i', (status, code) => {
    const plan = planDocument([datasetPlan({ held: [{ ...left, status }] })]);
    expect([exitOfPlan(plan, false), exitOfPlan(plan, true)]).toEqual([0, code]);
  });

  test('a plan with unknown keys, whatever else it holds', () => {
    const plan = planDocument([datasetPlan({ tasks: [task(0)] }), datasetPlan({ unknown: [left] })]);
    expect([exitOfPlan(plan, false), exitOfPlan(plan, true)]).toEqual([1, 1]);
  });

  test.each<[RecoverDocument['datasets'][number]['keys'][number]['result'][], number]>([
    [[], 0],
    [['promoted', 'withdrawn', 'in-flight'], 0],
    [['promoted', 'conflict'], 10],
    [['conflict', 'failed'], 1],
  ])('a recovery that ended %j is %i', (results, code) => {
    const keys = results.map((result) => ({ key: 'k', run: 'r', phase: 'promoting', result, message: 'm' }));
    const datasets = [{ dataset: 'd', copied: 0, keys }];
    expect(exitOfRecover({ format: 'lakefill.recover/1', datasets })).toBe(code);
  });

  test('an interrupted command is that of the signal; a finished one keeps its own', () => {
    expect(exitAfterSignal(130, 'SIGTERM')).toBe(143);
    expect(exitAfterSignal(130, 'SIGINT')).toBe(130);
    expect(exitAfterSignal(0, 'SIGTERM')).toBe(0);
  });
});
