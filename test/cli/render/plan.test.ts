import { describe, expect, test } from 'vitest';
import type { HeldKey } from '../../../src/index.js';
import { type PlanView, renderPlan } from '../../../src/cli/render/plan.js';
import { datasetPlan, dayAfter, plain, planDocument, task } from '../support/documents.js';

const view: PlanView = { ...plain, file: null, asking: false };
const held: HeldKey[] = [5, 6, 7].map((i) => ({
  key: `dt=${dayAfter(i)}`,
  code: 'unmanaged',
  message: '1 object that the journal does not name',
  hint: 'add --overwrite-external, or adopt first',
  start: `${dayAfter(i)}T00:00:00Z`,
  end: `${dayAfter(i + 1)}T00:00:00Z`,
}));
const replace = task(30, {
  action: 'replace',
  reasons: [{ code: 'input-changed', message: 'raw/a.parquet is newer' }],
});
const sales = datasetPlan({
  tasks: [task(2), task(3), task(4), replace],
  held,
  fresh: 24,
  warnings: ['rows not checked against the key'],
});
const summary = datasetPlan({
  dataset: 'summary',
  target: '/lake/summary/month={m}/',
  tasks: [
    task(0, {
      key: 'm=2025-01',
      inputs: [{ name: 'sales', tasks: ['sales/dt=2025-01-03', 'sales/dt=2025-01-04'] }],
    }),
  ],
});

describe('text of a plan', () => {
  test('a tree of actions and ranges, totals, what is held, next command', () => {
    const plan = planDocument([sales, summary, datasetPlan({ dataset: 'idle' })], { reason: 'fix tax' });
    expect(renderPlan(plan, { ...view, words: ' --from 2025-01-01' })).toEqual([
      'plan p1  as of 2025-02-01 09:00:00Z  by ada@desk  reason: fix tax',
      'sales  /lake/sales/dt={dt}/',
      '├─ create   2025-01-03 .. 2025-01-05 (3)  absent: nothing there yet              reads 3 objects 3 KiB',
      '├─ replace  2025-01-31                    input-changed: raw/a.parquet is newer  reads 1 object 1 KiB',
      '├─ held     2025-01-06 .. 2025-01-08 (3)  unmanaged: not written by lakefill     add --overwrite-external, or adopt first',
      '└─ 24 fresh, not selected; add --only all',
      '  warning  rows not checked against the key',
      'summary  /lake/summary/month={m}/',
      '└─ create  2025-01  absent: no object  reads 2 tasks of this plan',
      'idle  /lake/sales/dt={dt}/',
      '└─ nothing to do',
      'readers: see whole generations; while a partition is replaced a listing may show old and new files together (-v says more)',
      'total: 5 partitions (4 create, 1 replace); reads 5 KiB, writes about 2.5 KiB, about 60 requests; 3 held',
      'next: lakefill run --from 2025-01-01',
    ]);
  });

  test('a long reason does not push the columns apart; -v says it whole', () => {
    const message = 'words '.repeat(30).trim();
    const plan = planDocument([datasetPlan({ tasks: [task(2)], held: [{ ...held[0]!, message }] })]);
    const row = (verbose: boolean) =>
      renderPlan(plan, { ...view, verbose }).find((line) => line.includes('held'))!;
    expect(row(true)).toContain(`unmanaged: ${message}  add`);
    expect(row(false)).toMatch(/unmanaged: (words )+.{0,5} \.\.\. {2}add/);
    expect(row(false).length).toBeLessThan(190);
  });

  test('-v: every task, every input, every held key, the guarantee', () => {
    const plan = planDocument([datasetPlan({ tasks: [task(2), task(3)], held: held.slice(0, 1) }), summary]);
    expect(renderPlan(plan, { ...view, verbose: true })).toEqual([
      'plan p1  as of 2025-02-01 09:00:00Z  by ada@desk',
      'sales  /lake/sales/dt={dt}/',
      '├─ create  2025-01-03  absent: no object  reads raw 1 object 1 KiB',
      '├─ create  2025-01-04  absent: no object  reads raw 1 object 1 KiB',
      '└─ held    2025-01-06  unmanaged: 1 object that the journal does not name  add --overwrite-external, or adopt first',
      'summary  /lake/summary/month={m}/',
      '└─ create  2025-01  absent: no object  reads sales from sales/dt=2025-01-03, sales/dt=2025-01-04',
      '  readers: whole generations',
      'total: 3 partitions (3 create); reads 3 KiB, writes about 1.5 KiB, about 36 requests; 1 held',
      'next: lakefill run',
    ]);
  });

  test('a refused plan is shown with the remedy and no next command', () => {
    const refused = {
      code: 'over-limits',
      message: '812 partitions, limits.partitions is 400.',
      hint: 'Add --limit 400.',
    };
    const plan = planDocument([datasetPlan({ tasks: [task(0)] })], { refused });
    expect(renderPlan(plan, view).slice(-3)).toEqual([
      'total: 1 partition (1 create); reads 1 KiB, writes about 512 B, about 12 requests',
      'refused: 812 partitions, limits.partitions is 400.',
      '  Add --limit 400.',
    ]);
  });

  test('a saved plan is applied from its file', () => {
    const plan = planDocument([datasetPlan({ tasks: [task(0)] })]);
    const saved = { ...view, file: 'my plan.json', projectWords: ' --project lake' };
    expect(renderPlan(plan, saved).at(-1)).toBe("next: lakefill apply 'my plan.json' --project lake");
  });

  test('nothing to do, nothing to type', () => {
    const plan = planDocument([datasetPlan({ fresh: 31 })]);
    expect(renderPlan(plan, view).slice(1)).toEqual([
      'sales  /lake/sales/dt={dt}/',
      '└─ 31 fresh, not selected; add --only all',
      'total: nothing to do',
    ]);
  });

  test('-v tells guarantees that differ per dataset; without it one line, and only where something is replaced', () => {
    const other = datasetPlan({ dataset: 'b', tasks: [replace], guarantee: 'a snapshot '.repeat(8).trim() });
    const both = planDocument([datasetPlan({ tasks: [replace] }), other]);
    const lines = renderPlan(both, { ...view, verbose: true });
    expect(renderPlan(both, view).filter((line) => line.startsWith('readers'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([
      '  readers of sales: whole generations',
      '  readers of b: a snapshot a snapshot a snapshot a snapshot a snapshot a',
      '  snapshot a snapshot a snapshot',
    ]);
    const creates = renderPlan(planDocument([datasetPlan({ tasks: [task(0)] })]), view);
    expect(creates.join()).not.toContain('readers');
  });

  test('held keys are folded like tasks: never over a gap', () => {
    const apart = held.filter((_, i) => i !== 1);
    const lines = renderPlan(planDocument([datasetPlan({ held: apart })]), view);
    expect(lines.slice(2)).toEqual([
      '├─ held  2025-01-06  unmanaged: 1 object that the journal does not name  add --overwrite-external, or adopt first',
      '└─ held  2025-01-08  unmanaged: 1 object that the journal does not name  add --overwrite-external, or adopt first',
      'total: nothing to do; 2 held',
    ]);
  });

  test('unknown keys are told, and are not nothing to do', () => {
    const lines = renderPlan(planDocument([datasetPlan({ unknown: held })]), view);
    expect(lines.slice(2)).toEqual([
      '└─ unknown  2025-01-06 .. 2025-01-08 (3)  unmanaged: 1 object that the journal does not name  add --overwrite-external, or adopt first',
      'total: nothing that can be decided; 3 unknown',
    ]);
  });

  test('a range ends where the selection has a gap', () => {
    const plan = planDocument([datasetPlan({ tasks: [task(0), task(1), task(5)] })]);
    expect(renderPlan(plan, view).filter((line) => line.includes('create  '))).toEqual([
      '├─ create  2025-01-01 .. 2025-01-02 (2)  absent: nothing there yet  reads 2 objects 2 KiB',
      '└─ create  2025-01-06                    absent: no object          reads 1 object 1 KiB',
    ]);
  });
});
