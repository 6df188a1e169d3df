import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRAINS } from '../../src/core/grain.js';
import { expectedKeys, keyOf } from '../../src/dataset/expected-keys.js';
import { Only } from '../../src/plan/only.js';
import { chooseDatasets, resolveSelection } from '../../src/plan/select.js';
import type { SelectionOptions } from '../../src/plan/selection.js';
import { isInShard, readShard } from '../../src/plan/shard.js';
import { STORE, sketch } from '../support/lake.js';
import { NOW, scanned } from './support.js';

const days = sketch();
const regions = sketch({
  name: 'regional',
  target: `${STORE}r/dt={dt}/region={region}/`,
  values: [
    {
      name: 'region',
      column: null,
      values: ['eu', 'us'].map((value) => ({ value, start: null, end: null })),
    },
  ],
});
const split = sketch({ name: 'split', target: `${STORE}s/year={dt:yyyy}/month={dt:M}/day={dt:d}/` });
const whole = sketch({ name: 'whole', target: `${STORE}w/`, time: null });

function selected(selection: SelectionOptions, dataset = days, now = NOW): string[] {
  const [resolved] = resolveSelection([dataset], selection, now);
  return expectedKeys(dataset, now).flatMap(({ partition }) =>
    resolved!.wanted(partition) ? [partition.key] : [],
  );
}
const notes = (selection: SelectionOptions, dataset = days) =>
  resolveSelection([dataset], selection, NOW)[0]!.notes.map(({ message }) => message);
const span = (keys: readonly string[]) => `${keys[0]} .. ${keys.at(-1)} (${keys.length})`;
const refusal = (selection: SelectionOptions, datasets = [days]) => {
  try {
    resolveSelection(datasets, selection, NOW);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    return `${code}: ${message} ${hint}`;
  }
  return 'not refused';
};

describe('a window', () => {
  it.each([
    [{ from: '2025-01-03', to: '2025-01-05' }, 'dt=2025-01-03 .. dt=2025-01-05 (3)'],
    [{ from: '2025-01', to: '2025-01' }, 'dt=2025-01-01 .. dt=2025-01-31 (31)'],
    [{ to: '2025-01-31T00:00' }, 'dt=2025-01-01 .. dt=2025-01-30 (30)'],
    [{ from: '2025-01-30T23:59', to: '2025-01-31T00:01' }, 'dt=2025-01-30 .. dt=2025-01-31 (2)'],
    [{ from: 'yesterday', to: 'yesterday' }, 'dt=2025-01-31 .. dt=2025-01-31 (1)'],
    [{ from: '2d' }, 'dt=2025-01-30 .. dt=2025-02-01 (3)'],
    [{ from: '2025-W02', to: '2025-W02' }, 'dt=2025-01-06 .. dt=2025-01-12 (7)'],
  ])('%j selects %s', (selection, expected) => {
    expect(span(selected(selection))).toBe(expected);
  });

  it('is read in the zone of the dataset', () => {
    const tokyo = sketch({ time: { timezone: 'Asia/Tokyo' } });
    expect(span(selected({ from: '2025-01-03T15:00Z', to: '2025-01-04T15:00Z' }, tokyo))).toBe(
      'dt=2025-01-04 .. dt=2025-01-04 (1)',
    );
  });

  it('is refused when empty, and when it is no moment', () => {
    expect(refusal({ from: '2025-01-03T00:00Z', to: '2025-01-03T00:00Z' })).toMatch(
      /^SELECTION_INVALID: The window .* is empty/,
    );
    expect(refusal({ from: '2025-01-04', to: '2025-01-03' })).toMatch(/^SELECTION_INVALID/);
    expect(refusal({ from: '2025-13-01' })).toMatch(/^SELECTION_INVALID: --from '2025-13-01' is neither/);
  });

  it('outside of the range of every dataset is refused, with the range', () => {
    const ended = sketch({ name: 'ended', time: { end: '2025-01-05' } });
    const range = { from: '2024-05-01', to: '2024-05-31' };
    const hint = 'Give a window inside: sales expects dt=2025-01-01 .. dt=2025-02-01';
    expect(refusal(range)).toBe(
      `SELECTION_INVALID: --from 2024-05-01 --to 2024-05-31 lies outside of the range of 'sales'. Nothing was done. ${hint}.`,
    );
    expect(refusal({ from: '2025-03-01' })).toContain(hint);
    expect(refusal(range, [days, ended])).toContain('every dataset');
    expect(refusal({ from: '2d' }, [ended])).toContain('ended expects dt=2025-01-01 .. dt=2025-01-05.');
    expect(refusal({ from: '2d' }, [days, ended])).toBe('not refused');
    expect(refusal(range, [days, whole])).toBe('not refused');
    expect(resolveSelection([days, ended], { from: '2d' }, NOW)[1]!.notes).toEqual([
      {
        code: 'outside',
        message: '--from 2d lies outside of its range: ended expects dt=2025-01-01 .. dt=2025-01-05',
      },
    ]);
  });

  it('of nothing but excluded days lies inside the range: a scheduler asks for each day', () => {
    const weekdays = sketch({
      time: {
        exclude: [
          { kind: 'weekday', weekday: 6 },
          { kind: 'weekday', weekday: 7 },
        ],
      },
    });
    // NOW is a Saturday.
    expect(selected({ from: '2025-02-01', to: '2025-02-01' }, weekdays)).toEqual([]);
    expect(notes({ from: '2025-02-01', to: '2025-02-01' }, weekdays)).toEqual([]);
  });

  it('says when it was widened, and when it does not apply', () => {
    const months = sketch({ target: `${STORE}m/m={dt}/`, time: { grain: 'month', first: '2024-06' } });
    expect(span(selected({ from: '2025-01-15', to: '2025-01-16' }, months))).toBe(
      'm=2025-01 .. m=2025-01 (1)',
    );
    expect(notes({ from: '2025-01-15', to: '2025-01-16' }, months)[0]).toBe(
      '--from 2025-01-15 --to 2025-01-16 was widened to whole partitions: m=2025-01 .. m=2025-01, that is 2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z',
    );
    expect(notes({ from: '2025-01-01', to: '2025-01-31' }, months)).toEqual([]);
    expect(notes({ from: '2025-01-01' }, whole)[0]).toContain('does not narrow whole');
    expect(selected({ from: '2025-01-01' }, whole)).toEqual(['all']);
  });

  it('rounds outward: exactly the partitions that share an instant with it', () => {
    const grain = fc.constantFrom(...GRAINS.filter((g) => g !== 'hour'));
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York');
    const first = {
      day: '2024-10-01',
      week: '2024-W40',
      month: '2024-03',
      quarter: '2023-Q1',
      year: '2020',
      hour: '',
    };
    const instant = fc.integer({ min: Date.parse('2024-10-02'), max: NOW });
    fc.assert(
      fc.property(grain, zone, instant, instant, (g, timezone, a, b) => {
        fc.pre(a !== b);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const dataset = sketch({
          target: `${STORE}g/dt={dt}/`,
          time: { grain: g, timezone, first: first[g] },
        });
        const selection = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
        const inside = expectedKeys(dataset, NOW).filter(
          ({ partition: { interval } }) => interval!.start < to && interval!.end > from,
        );
        expect(selected(selection, dataset)).toEqual(inside.map((k) => k.partition.key));
        const covered = inside.reduce(
          (sum, k) => sum + k.partition.interval!.end - k.partition.interval!.start,
          0,
        );
        if (from >= expectedKeys(dataset, NOW)[0]!.partition.interval!.start)
          expect(covered).toBeGreaterThanOrEqual(to - from);
      }),
      { numRuns: 60 },
    );
  });
});

describe('--partition and --exclude', () => {
  it.each<[ReturnType<typeof sketch>, string[], string]>([
    [days, ['dt=2025-01-03'], 'dt=2025-01-03 .. dt=2025-01-03 (1)'],
    [days, ['dt=2025-01-1*'], 'dt=2025-01-10 .. dt=2025-01-19 (10)'],
    [days, ['dt=2025-01-01..2025-01-07'], 'dt=2025-01-01 .. dt=2025-01-07 (7)'],
    [days, ['dt=2025-01-05..dt=2025-01-06', 'dt=2025-01-09'], 'dt=2025-01-05 .. dt=2025-01-09 (3)'],
    [days, ['dt=2024-12-01..2025-01-02'], 'dt=2025-01-01 .. dt=2025-01-02 (2)'],
    [regions, ['dt=2025-01-03'], 'dt=2025-01-03/region=eu .. dt=2025-01-03/region=us (2)'],
    [regions, ['dt=2025-01-*/region=eu'], 'dt=2025-01-01/region=eu .. dt=2025-01-31/region=eu (31)'],
    [regions, ['dt=2025-01-02..2025-01-03'], 'dt=2025-01-02/region=eu .. dt=2025-01-03/region=us (4)'],
    [
      regions,
      ['dt=2025-01-02/region=us..dt=2025-01-03/region=us'],
      'dt=2025-01-02/region=us .. dt=2025-01-03/region=us (2)',
    ],
    [
      split,
      ['year=2025/month=1/day=9..year=2025/month=1/day=11'],
      'year=2025/month=1/day=9 .. year=2025/month=1/day=11 (3)',
    ],
    [
      split,
      ['year=2025/month=1..year=2025/month=1'],
      'year=2025/month=1/day=1 .. year=2025/month=1/day=31 (31)',
    ],
    [whole, ['all'], 'all .. all (1)'],
  ])('$0.name: $1 selects $2', (dataset, partitions, expected) => {
    expect(span(selected({ partitions }, dataset))).toBe(expected);
  });

  it('leaves out what is excluded', () => {
    expect(selected({ partitions: ['dt=2025-01-0*'], exclude: ['dt=2025-01-03..2025-01-08'] })).toEqual([
      'dt=2025-01-01',
      'dt=2025-01-02',
      'dt=2025-01-09',
    ]);
  });

  it('finds a value that is typed as it is, without its escapes', () => {
    const odd = sketch({
      name: 'odd',
      target: `${STORE}r/dt={dt}/region={region}/`,
      values: [
        {
          name: 'region',
          column: null,
          values: ['x=y', 'us'].map((value) => ({ value, start: null, end: null })),
        },
      ],
    });
    const key = 'dt=2025-01-03/region=x%3Dy';
    expect(selected({ partitions: ['dt=2025-01-03/region=x=y'] }, odd)).toEqual([key]);
    expect(selected({ partitions: [key] }, odd)).toEqual([key]);
    expect(refusal({ partitions: ['dt=2025-01-03/region=z=y'] }, [odd])).toContain('matches no partition');
  });

  it('refuses keys that no dataset of the selection has, with the nearest', () => {
    expect(refusal({ partitions: ['dt=2025-1-03'] })).toContain("Did you mean 'dt=2025-01-03'?");
    expect(refusal({ partitions: ['dt=2026-*'] })).toContain('sales expects dt=2025-01-01 .. dt=2025-02-01');
    expect(refusal({ exclude: ['dt=2025-01-33'] })).toMatch(/^SELECTION_INVALID: --exclude/);
    expect(refusal({ exclude: ['dt=2031-*'] })).toBe('not refused');
    expect(refusal({ partitions: ['dt=2025-01-07..2025-01-01'] })).toContain('ends before it begins');
    expect(refusal({ partitions: ['dt=2025-01-03/region=eu'] }, [days, regions])).toBe('not refused');
  });

  it('knows which keys were named', () => {
    const [resolved] = resolveSelection([days], { partitions: ['dt=2025-01-0*'] }, NOW);
    expect(['dt=2025-01-03', 'dt=2025-01-13'].map((key) => resolved!.named(keyOf(days, key)!))).toEqual([
      true,
      false,
    ]);
  });
});

describe('datasets', () => {
  const all = [
    sketch({ name: 'a', tags: ['finance'] }),
    sketch({ name: 'bees', tags: ['hr', 'finance'] }),
    sketch({ name: 'c' }),
  ];
  const names = (selection: SelectionOptions) => chooseDatasets(all, selection).map(({ name }) => name);
  it('are chosen by name and tag, in the order of the project', () => {
    expect(names({})).toEqual(['a', 'bees', 'c']);
    expect(names({ datasets: ['c', 'a'] })).toEqual(['a', 'c']);
    expect(names({ tags: ['finance'] })).toEqual(['a', 'bees']);
    expect(names({ datasets: ['c', 'a'], tags: ['finance'] })).toEqual(['a']);
  });
  it('are refused when unknown, with the nearest', () => {
    expect(() => names({ datasets: ['bee'] })).toThrow(
      expect.objectContaining({ code: 'DATASET_UNKNOWN', hint: "Did you mean 'bees'?" }),
    );
    expect(() => names({ tags: ['finanse'] })).toThrow(
      expect.objectContaining({ code: 'SELECTION_INVALID', hint: "Did you mean 'finance'?" }),
    );
  });
});

describe('--shard', () => {
  it('puts every key into exactly one of n shards', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 50 }), (dataset, key, count) => {
        const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
        expect(shards.filter((shard) => isInShard(shard, dataset, key))).toHaveLength(1);
      }),
    );
  });
  it('is stable between versions', () => {
    // Worked out with another implementation of SHA-256.
    expect([1, 2, 3, 4].map((index) => selected({ shard: `${index}/4` }).length)).toEqual([3, 7, 10, 12]);
    expect(selected({ shard: '1/4' })).toEqual(['dt=2025-01-10', 'dt=2025-01-18', 'dt=2025-01-20']);
  });
  it.each(['0/4', '5/4', '1', '1/0', 'a/b', '-1/2'])('%s is refused', (text) => {
    expect(() => readShard(text)).toThrow(expect.objectContaining({ code: 'SELECTION_INVALID' }));
  });
});

describe('--only', () => {
  const takes = (words: string[] | undefined, code: Parameters<typeof scanned>[2], over = {}) =>
    Only.read(words).takes(scanned(days, 'dt=2025-01-03', code, over));
  it.each([
    [undefined, 'absent', true],
    [undefined, 'input-changed', true],
    [undefined, 'input-newer', true],
    [undefined, 'definition-changed', false],
    [undefined, 'fresh', false],
    [['stale'], 'definition-changed', true],
    [['stale'], 'absent', false],
    [['definition-changed'], 'definition-changed', true],
    [['definition-changed'], 'input-changed', false],
    [['removed-outside,unreadable'], 'removed-outside', true],
    [['all'], 'fresh', true],
  ] as const)('%j takes %s: %s', (words, code, expected) => {
    expect(takes(words && [...words], code)).toBe(expected);
  });
  it('failed takes what was tried and did not end well', () => {
    const ended = (outcome: string) => ({ state: { lastEnded: { outcome } } });
    expect(takes(['failed'], 'absent', ended('rejected'))).toBe(true);
    expect(takes(['failed'], 'fresh', ended('failed'))).toBe(true);
    expect(takes(['failed'], 'absent', ended('cancelled'))).toBe(false);
    expect(takes(['failed'], 'absent')).toBe(false);
  });
  it('is refused for unknown words, with the nearest', () => {
    expect(() => Only.read(['input-chnaged'])).toThrow(
      expect.objectContaining({ code: 'SELECTION_INVALID', hint: "Did you mean 'input-changed'?" }),
    );
  });
});
