import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../src/core/instant.js';
import { expectedKeys } from '../../src/dataset/expected-keys.js';
import { batchesOf, checkBatch } from '../../src/plan/batches.js';
import { STORE, sketch } from '../support/lake.js';

const NOW = Date.parse('2025-06-30T00:00:00Z');
const tasksOf = (dataset: ReturnType<typeof sketch>) =>
  expectedKeys(dataset, NOW).map(({ partition: { key, interval } }) => ({
    key,
    start: interval === null ? null : formatInstant(interval.start),
  }));
const sizes = (dataset: ReturnType<typeof sketch>, batch: string | null) =>
  batchesOf(tasksOf(dataset), batch, dataset).map((group) => group.length);
const berlin = sketch({ time: { timezone: 'Europe/Berlin', end: '2025-04-30' } });

describe('batchesOf', () => {
  it('groups by length or count, across a change of clocks too', () => {
    expect(
      sizes(berlin, '7d')
        .slice(0, -1)
        .every((n) => n === 7),
    ).toBe(true);
    expect(sizes(berlin, '1mo')).toEqual([31, 28, 31, 30]);
    expect(sizes(berlin, '50')).toEqual([50, 50, 20]);
    expect(sizes(berlin, '24h')).toEqual(Array.from({ length: 120 }, () => 1));
    expect(sizes(berlin, null)).toHaveLength(120);
    const months = sketch({
      target: `${STORE}m/m={dt}/`,
      time: { grain: 'month', first: '2024-01', end: '2025-03' },
    });
    expect([sizes(months, '1q'), sizes(months, '1y'), sizes(months, '7d')]).toEqual([
      [3, 3, 3, 3, 3],
      [12, 3],
      Array.from({ length: 15 }, () => 1),
    ]);
    const hours = sketch({ time: { grain: 'hour', first: '2025-06-01T00', end: '2025-06-02T11' } });
    expect([sizes(hours, '1d'), sizes(hours, '6h')]).toEqual([
      [24, 12],
      [6, 6, 6, 6, 6, 6],
    ]);
  });

  it('keeps keys of one time together, and bridges what the definition leaves out', () => {
    const values = [
      {
        name: 'region',
        column: null,
        values: ['eu', 'us'].map((value) => ({ value, start: null, end: null })),
      },
    ];
    const regions = sketch({
      target: `${STORE}r/dt={dt}/region={region}/`,
      values,
      time: { end: '2025-01-04' },
    });
    expect([sizes(regions, '2d'), sizes(regions, '1h')]).toEqual([
      [4, 4],
      [2, 2, 2, 2],
    ]);
    const exclude = [6, 7].map((weekday) => ({ kind: 'weekday' as const, weekday }));
    const workdays = sketch({ time: { first: '2025-01-06', end: '2025-01-17', exclude } });
    expect([sizes(workdays, '14d'), sizes(workdays, '7d')]).toEqual([[10], [5, 5]]);
  });

  it('takes only a count without time', () => {
    const values = [
      {
        name: 'r',
        column: null,
        values: ['a', 'b', 'c'].map((value) => ({ value, start: null, end: null })),
      },
    ];
    const timeless = sketch({ target: `${STORE}t/r={r}/`, time: null, values });
    expect([sizes(timeless, '2'), sizes(timeless, '7d')]).toEqual([
      [2, 1],
      [1, 1, 1],
    ]);
  });

  it.each(['', '0', '0d', '7x', '-1', '1.5d'])('refuses %j', (batch) => {
    expect(() => checkBatch(batch)).toThrow(expect.objectContaining({ code: 'SELECTION_INVALID' }));
  });

  it('loses no task, keeps their order, spans at most the length and never bridges a gap', () => {
    const days = tasksOf(sketch({ time: { end: '2025-04-30' } }));
    const dataset = sketch({ time: { end: '2025-04-30' } });
    const DAY = 86_400_000;
    fc.assert(
      fc.property(
        fc.subarray(days),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (tasks, length, newest) => {
          const ordered = newest ? tasks.toReversed() : tasks;
          const groups = batchesOf(ordered, `${length}d`, dataset);
          expect(groups.flat()).toEqual(ordered);
          for (const group of groups) {
            const starts = group.map((task) => Date.parse(task.start!));
            expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(length * DAY);
            starts.slice(1).forEach((start, i) => expect(Math.abs(start - starts[i]!)).toBe(DAY));
          }
        },
      ),
    );
  });
});
