/** `--stop-after`: nothing new begins once the time is over, a batch that has begun is done, and the rest can be taken up again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockedBy } from '../../src/run/conclude.js';
import { outcomeOf } from '../../src/run/outcome.js';
import { timeBudget, type TimeBudget } from '../../src/run/time-budget.js';
import type { Work } from '../../src/run/work.js';
import { manualClock } from '../support/lake.js';
import { DAYS, endsOf, StagedLake } from './staged-lake.js';

/** Over after it was looked at so many times. */
function overAfter(looks: number): TimeBudget {
  return { ...timeBudget(2_700_000, manualClock(0))!, isOver: () => looks-- <= 0 };
}

describe('a run with a time budget', { timeout: 300_000 }, () => {
  let lake: StagedLake;
  beforeEach(async () => void (lake = await StagedLake.make()));
  afterEach(() => lake.remove());

  test('begins nothing new when it is over, says so, and another run does the rest', async () => {
    const run = await lake.run({ batch: '1' }, { budget: overAfter(1) });
    expect(endsOf(run)).toEqual({
      [DAYS[0]!]: 'promoted',
      [DAYS[1]!]: 'cancelled time-budget',
      [DAYS[2]!]: 'cancelled time-budget',
    });
    expect(run.exitCode).toBe(3);
    const { error } = run.datasets[0]!.partitions[1]!;
    expect(error!.message).toContain('The 45m of --stop-after were over');
    expect(await lake.amounts(DAYS[1]!)).toEqual([]);
    expect(endsOf(await lake.run())).toEqual({ [DAYS[1]!]: 'promoted', [DAYS[2]!]: 'promoted' });
  });

  test('never cuts a batch in two, and what was not begun is no failure', async () => {
    const run = await lake.run({ batch: '2', together: true, maxFailures: 1 }, { budget: overAfter(1) });
    expect(Object.values(endsOf(run))).toEqual(['promoted', 'promoted', 'cancelled time-budget']);
    const whole = await lake.run({ only: ['all'], together: true }, { budget: overAfter(1) });
    expect(Object.values(endsOf(whole))).toEqual([
      'unchanged same-content',
      'unchanged same-content',
      'promoted',
    ]);
  });

  test('without a place in time nothing is begun at all', async () => {
    const run = await lake.run({}, { budget: overAfter(0) });
    expect(new Set(Object.values(endsOf(run)))).toEqual(new Set(['cancelled time-budget']));
    expect(run.exitCode).toBe(3);
  });
});

test('it is over from its end on, by a clock that never goes back', () => {
  const clock = manualClock(1000);
  const budget = timeBudget(500, clock)!;
  expect(budget.isOver()).toBe(false);
  clock.set(1499);
  expect(budget.isOver()).toBe(false);
  clock.set(1500);
  expect(budget.isOver()).toBe(true);
  expect(timeBudget(undefined, clock)).toBeNull();
  for (const ms of [0, -1, NaN]) expect(() => timeBudget(ms, clock)).toThrow('cannot stop after');
});

test('what reads a partition that was not begun was not begun for the same reason', () => {
  const { told } = timeBudget(1000, manualClock(0))!;
  const task = { key: 'month=2025-01', base: { generation: 4 }, reasons: [{ code: 'absent', message: '' }] };
  const work = { task, awaits: ['sales/a', 'sales/b'], shared: { run: 'r' } } as unknown as Work;
  const cancelled = outcomeOf('b', 'cancelled', { error: told });
  const failed = outcomeOf('a', 'failed', { error: { ...told, code: 'INTERNAL' } });
  expect(blockedBy(work, [outcomeOf('a', 'promoted'), cancelled])!.outcome).toMatchObject({
    outcome: 'cancelled',
    generation: 4,
    error: told,
  });
  expect(blockedBy(work, [failed, cancelled])!.outcome).toMatchObject({ outcome: 'blocked' });
});
