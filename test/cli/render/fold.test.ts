import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldKeys, type FoldedKey, nameSeries } from '../../../src/cli/render/fold.js';
import { dayAfter } from '../support/documents.js';

interface Item extends FoldedKey {
  readonly status: string;
}

function day(index: number, status: string, rest = ''): Item {
  return {
    key: `dt=${dayAfter(index)}${rest}`,
    start: `${dayAfter(index)}T00:00:00Z`,
    end: `${dayAfter(index + 1)}T00:00:00Z`,
    status,
  };
}

const byOrder = { same: (item: Item) => item.status, adjacent: 'order' } as const;
const byTime = { same: (item: Item) => item.status, adjacent: 'time' } as const;
const labels = (items: readonly Item[], rules: typeof byOrder | typeof byTime) =>
  foldKeys(items, rules).map((range) => range.label);

describe('folding', () => {
  test('neighbours with the same words become a range', () => {
    const items = [day(0, 'a'), day(1, 'b'), day(2, 'b'), day(3, 'b'), day(4, 'a')];
    expect(labels(items, byOrder)).toEqual(['2025-01-01', '2025-01-02 .. 2025-01-04 (3)', '2025-01-05']);
  });

  test('in time, a gap splits; in order, it does not', () => {
    const items = [day(0, 'a'), day(1, 'a'), day(4, 'a')];
    expect(labels(items, byTime)).toEqual(['2025-01-01 .. 2025-01-02 (2)', '2025-01-05']);
    expect(labels(items, byOrder)).toEqual(['2025-01-01 .. 2025-01-05 (3)']);
  });

  test('newest first folds too, and a range never turns round', () => {
    const items = [3, 2, 1].map((i) => day(i, 'a'));
    expect(labels(items, byTime)).toEqual(['2025-01-04 .. 2025-01-02 (3)']);
    expect(labels([...items, day(2, 'a'), day(0, 'a')], byTime)).toEqual([
      '2025-01-04 .. 2025-01-02 (3)',
      '2025-01-03',
      '2025-01-01',
    ]);
  });

  test('ranges run along time, one per value of the other variable', () => {
    const items = [0, 1, 2].flatMap((i) => [
      day(i, 'ok', '/region=eu'),
      day(i, i > 0 ? 'bad' : 'ok', '/region=us'),
    ]);
    expect(labels(items, byOrder)).toEqual([
      '2025-01-01 .. 2025-01-03 region=eu (3)',
      '2025-01-01 region=us',
      '2025-01-02 .. 2025-01-03 region=us (2)',
    ]);
  });

  test('a key of several time segments is named whole', () => {
    const item = (d: number): Item => ({ ...day(d, 'a'), key: `year=2025/month=01/day=0${d + 1}` });
    expect(labels([item(0), item(1)], byOrder)).toEqual([
      'year=2025/month=01/day=01 .. year=2025/month=01/day=02 (2)',
    ]);
  });

  test('keys without time never fold', () => {
    const item = (key: string): Item => ({ key, start: null, end: null, status: 'a' });
    expect(labels([item('region=eu'), item('region=us')], byOrder)).toEqual(['region=eu', 'region=us']);
  });

  test('every key is in exactly one range, and a range says one thing', () => {
    const items = fc.array(
      fc.record({ at: fc.nat(30), status: fc.constantFrom('a', 'b'), region: fc.constantFrom('eu', 'us') }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(items, (drawn) => {
        const list = drawn.map((d) => day(d.at, d.status, `/region=${d.region}`));
        const ranges = foldKeys(list, byTime);
        expect(
          ranges
            .flatMap((r) => r.items)
            .map((i) => i.key)
            .sort(),
        ).toEqual(list.map((i) => i.key).sort());
        for (const range of ranges) {
          expect(new Set(range.items.map((i) => i.status)).size).toBe(1);
          const steps = range.items.slice(1).map((item, i) => [range.items[i]!, item] as const);
          const forwards = steps.every(([before, after]) => before.end === after.start);
          const backwards = steps.every(([before, after]) => before.start === after.end);
          expect(forwards || backwards).toBe(true);
        }
      }),
    );
  });
});

test('the name of a single key is its value', () => {
  const items = [day(0, 'a'), day(1, 'a')];
  expect(nameSeries(items).label([items[1] as Item])).toBe('2025-01-02');
});
