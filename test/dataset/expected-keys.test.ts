import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GRAINS, intervalOf, unitAt } from '../../src/core/grain.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { duePartition, expectedKeys, isExpected, keyOf } from '../../src/dataset/expected-keys.js';
import { leastCpuMs } from './cpu-time.js';
import { loadSales } from './project.js';

const at = (text: string) => Date.parse(text);
const HOUR = 3_600_000;

function daily(time: string, more = ''): Promise<Dataset> {
  return loadSales(
    `target: s3://lake/clean/dt={dt}/${more === '' ? '' : 'region={region}/'}\npartition:\n  dt: { ${time} }\n${more}\ninputs: { raw: "s3://lake/raw/{dt}/*.parquet" }\n`,
  );
}
const keysAt = (dataset: Dataset, now: string) => expectedKeys(dataset, at(now)).map((k) => k.partition.key);

describe('expectedKeys', () => {
  it('runs from start to the unit that holds now, each due after its interval', async () => {
    const dataset = await daily('grain: day, start: 2025-01-01, availableAfter: 6h');
    const keys = expectedKeys(dataset, at('2025-01-03T00:00:00Z'));
    expect(keys).toEqual([
      ...['2025-01-01', '2025-01-02', '2025-01-03'].map((day) => ({
        partition: {
          key: `dt=${day}`,
          values: { dt: day },
          interval: { start: at(day), end: at(day) + 24 * HOUR },
        },
        due: at(day) + 30 * HOUR,
      })),
    ]);
    expect(keysAt(dataset, '2024-12-31T23:59:59Z')).toEqual([]);
  });

  it('refuses a start that no lake can mean, at once', async () => {
    const dataset = await daily('grain: hour, start: 0001-01-01');
    expect(() => expectedKeys(dataset, at('2025-01-03T00:00:00Z'))).toThrow(/expects about 17,.* partitions/);
  });

  it('ends at the end, both included, and leaves out what is excluded', async () => {
    const dataset = await daily(
      'grain: day, start: 2025-01-01, end: 2025-01-12, exclude: [sat, sun, 2025-01-07..2025-01-08]',
    );
    expect(keysAt(dataset, '2026-01-01T00:00:00Z').map((key) => key.slice(-2))).toEqual(
      '01 02 03 06 09 10'.split(' '),
    );
  });

  it('rolls a start given as a duration', async () => {
    const dataset = await daily('grain: month, start: 31d');
    expect(keysAt(dataset, '2025-03-15T00:00:00Z')).toEqual(['dt=2025-02', 'dt=2025-03']);
    expect(keysAt(dataset, '2025-04-01T00:00:00Z')).toEqual(['dt=2025-03', 'dt=2025-04']);
  });

  it('is the product with values, time first, each value in its own time', async () => {
    const dataset = await daily(
      'grain: day, start: 2025-01-01',
      '  region: { values: [us, { value: eu, start: 2025-01-02 }, { value: jp, end: 2025-01-01 }] }',
    );
    expect(keysAt(dataset, '2025-01-02T10:00:00Z')).toEqual([
      'dt=2025-01-01/region=us',
      'dt=2025-01-01/region=jp',
      'dt=2025-01-02/region=us',
      'dt=2025-01-02/region=eu',
    ]);
  });

  it('without a variable of time is always due; without any is one key', async () => {
    const inputs = 'inputs: { raw: "s3://lake/raw/*.parquet" }';
    const all = await loadSales(`target: s3://lake/clean/\n${inputs}\n`);
    expect(expectedKeys(all, 0)).toEqual([
      { partition: { key: 'all', values: {}, interval: null }, due: null },
    ]);
    expect(keyOf(all, 'all')).toEqual({ key: 'all', values: {}, interval: null });
    const regions = await loadSales(
      'target: s3://lake/clean/{r}/{s}/\npartition: { r: { values: [a, b] }, s: { values: [x, y] } }\ninputs: { raw: "s3://lake/raw/{r}/*.parquet" }\n',
    );
    expect(expectedKeys(regions, 0).map((k) => k.partition.key)).toEqual(['a/x', 'a/y', 'b/x', 'b/y']);
    expect(isExpected(regions, 'b/x', 0)).toBe(true);
    expect(isExpected(regions, 'b/z', 0)).toBe(false);
  });

  it('leaves out a day that a zone left out', async () => {
    const dataset = await daily('grain: day, start: 2011-12-29, end: 2011-12-31, timezone: Pacific/Apia');
    expect(keysAt(dataset, '2012-06-01T00:00:00Z')).toEqual(['dt=2011-12-29', 'dt=2011-12-31']);
    expect(isExpected(dataset, 'dt=2011-12-30', at('2012-06-01T00:00:00Z'))).toBe(false);
  });

  it('gives five years of hours in less than half a second of processor time', async () => {
    const dataset = await daily('grain: hour, start: 2020-01-01, end: 2024-12-31');
    const now = at('2025-06-01T00:00:00Z');
    expect(expectedKeys(dataset, now)).toHaveLength(43_848);
    expect(await leastCpuMs(6, () => expectedKeys(dataset, now))).toBeLessThan(500);
  });
});

describe('expected keys of any dataset', () => {
  const datasets: Dataset[] = [];
  beforeAll(async () => {
    for (const grain of GRAINS) {
      for (const timezone of grain === 'hour' ? ['UTC', 'Asia/Kolkata'] : ['UTC', 'Europe/Berlin']) {
        datasets.push(
          await daily(
            `grain: ${grain}, start: ${grain === 'hour' ? '3d' : '40d'}, timezone: ${timezone}, availableAfter: 90m, exclude: [${grain === 'week' ? '2025-W03' : '2025'}]`,
            '  region: { values: [us, eu, "a b/c=%"] }',
          ),
        );
      }
    }
  });

  it('tile time, are due in order, come back from their keys, and are what isExpected says', () => {
    const instant = fc.integer({ min: at('2023-01-01T00:00Z'), max: at('2027-01-01T00:00Z') });
    fc.assert(
      fc.property(instant, fc.nat(datasets.length - 1), (now, index) => {
        const dataset = datasets[index]!;
        const { grain, timezone } = dataset.time!;
        const keys = expectedKeys(dataset, now);
        const units = [...new Set(keys.map(({ partition }) => partition.values['dt']!))];
        expect(keys).toHaveLength(units.length * 3);
        const current = unitAt(grain, now, timezone);
        if (!current.startsWith('2025')) expect(units.at(-1)).toBe(current);
        const rebuilt = keys.map(({ partition: { key, values } }) => {
          const interval = intervalOf(grain, values['dt']!, timezone);
          return { partition: { key, values, interval }, due: interval.end + 1.5 * HOUR };
        });
        expect(keys).toEqual(rebuilt);
        const partitions = keys.map(({ partition }) => partition);
        expect(partitions.map(({ key }) => keyOf(dataset, key))).toEqual(partitions);
        expect(partitions.map((partition) => duePartition(dataset, partition))).toEqual(
          keys.map((k) => k.due),
        );
        expect(partitions.every(({ key }) => isExpected(dataset, key, now))).toBe(true);
        const stranger = keys[0]?.partition.key.replace('region=us', 'region=xx');
        if (stranger !== undefined) expect(isExpected(dataset, stranger, now)).toBe(false);
        expect(isExpected(dataset, 'dt=1999/region=us', now)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});
