import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GRAINS, intervalOf, shiftUnit } from '../../src/core/grain.js';
import type { Grain } from '../../src/core/grain.js';
import { covers, overlaps } from '../../src/core/interval.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { expectedKeys, keyOf } from '../../src/dataset/expected-keys.js';
import { inputUnits } from '../../src/dataset/input-prefixes.js';
import { load, loadSales } from './project.js';

const dataset = (time: string, input: string, extra = '') =>
  loadSales(
    `target: s3://lake/clean/dt={dt}/${extra && 'region={region}/'}\npartition:\n  dt: { start: 3650d, ${time} }\n${extra}\ninputs:\n  raw: { ${input} }\n`,
  );

/** Units of the only input for a key: `neighbours | own | neighbours`, joined. */
function unitsOf(dataset: Dataset, key: string) {
  return inputUnits(dataset, dataset.inputs[0]!, keyOf(dataset, key)!);
}

const HOURLY = 'url: "s3://lake/raw/{dt:yyyyMMddHH}/*.parquet", grain: hour, timezone: UTC';

describe('inputUnits', () => {
  it.each([
    ['2025-03-30', 23, '2025-03-29T23', '2025-03-30T21'],
    ['2025-10-26', 25, '2025-10-25T22', '2025-10-26T22'],
    ['2025-07-01', 24, '2025-06-30T22', '2025-07-01T21'],
  ])('a Berlin day, %s, reads %i UTC hours', async (day, count, first, last) => {
    const berlin = await dataset('grain: day, timezone: Europe/Berlin', HOURLY);
    const units = unitsOf(berlin, `dt=${day}`);
    expect(units).toHaveLength(count);
    expect([units[0]?.values['dt'], units.at(-1)?.values['dt']]).toEqual([first, last]);
    expect(units.every(({ neighbour }) => !neighbour)).toBe(true);
  });

  it.each([
    ['grain: day, exclude: [sat, sun, 2025-01-03]', '2025-01-06', '2025-01-02'],
    ['grain: day, timezone: Pacific/Apia', '2011-12-31', '2011-12-29'],
    ['grain: month', '2025-01', '2024-12'],
  ])('the partition before, with %s, of %s is %s', async (time, unit, before) => {
    const chained = await loadSales(
      `target: s3://lake/clean/{dt}/{r}/\npartition:\n  dt: { start: 2011, ${time} }\n  r: { values: [a, b] }\ninputs: { own: { self: -1 } }\n`,
      'SELECT * FROM own',
    );
    const units = [{ values: { dt: before, r: 'b' }, neighbour: false }];
    expect(unitsOf(chained, `${unit}/b`)).toEqual(units);
  });

  it('a partition before which all is excluded has none before it', async () => {
    const never = await loadSales(
      'target: s3://lake/clean/{dt}/\npartition: { dt: { grain: day, start: 2025, exclude: [mon, tue, wed, thu, fri, sat, sun] } }\ninputs: { own: { self: -1 } }\n',
      'SELECT * FROM own',
    );
    expect(unitsOf(never, '2025-01-06')).toEqual([]);
  });

  it('a month reads its days, and a day the month that it is in', async () => {
    const monthly = await dataset('grain: month', 'url: "s3://lake/raw/{dt}/*.parquet", grain: day');
    expect(unitsOf(monthly, 'dt=2024-02')).toHaveLength(29);
    const daily = await dataset('grain: day', 'url: "s3://lake/raw/{dt}/*.parquet", grain: month');
    expect(unitsOf(daily, 'dt=2024-02-29')).toEqual([{ values: { dt: '2024-02' }, neighbour: false }]);
  });

  it('a window adds neighbours on both sides', async () => {
    const daily = await dataset('grain: day', 'url: "s3://lake/raw/{dt}/*.parquet", window: -2..1');
    expect(unitsOf(daily, 'dt=2025-03-01')).toEqual([
      { values: { dt: '2025-02-27' }, neighbour: true },
      { values: { dt: '2025-02-28' }, neighbour: true },
      { values: { dt: '2025-03-01' }, neighbour: false },
      { values: { dt: '2025-03-02' }, neighbour: true },
    ]);
  });

  it('values pass through where the input uses them; without variables there is one unit', async () => {
    const region = '  region: { values: [eu, us] }';
    const both = await dataset('grain: day', 'url: "s3://raw/{region}/{dt}/*.parquet"', region);
    const key = 'dt=2025-01-01/region=eu';
    expect(unitsOf(both, key)).toEqual([{ values: { dt: '2025-01-01', region: 'eu' }, neighbour: false }]);
    const timeOnly = await dataset('grain: day', 'url: "s3://lake/x/{dt}/*.parquet"', region);
    expect(unitsOf(timeOnly, key)).toEqual([{ values: { dt: '2025-01-01' }, neighbour: false }]);
    const regionOnly = await dataset('grain: day', 'url: "s3://lake/x/{region}/*.parquet"', region);
    expect(unitsOf(regionOnly, key)).toEqual([{ values: { region: 'eu' }, neighbour: false }]);
    const whole = await loadSales('target: s3://lake/clean/\ninputs: { raw: "s3://lake/raw/*.parquet" }\n');
    expect(unitsOf(whole, 'all')).toEqual([{ values: {}, neighbour: false }]);
  });

  it('of another dataset only what that dataset expects counts, unless that would be nothing', async () => {
    const { datasets } = await load({
      'partitions/days.yaml':
        'target: s3://lake/days/{d}/\npartition: { d: { grain: day, start: 2025-01-06, end: 2025-02-10, exclude: [sat, sun] } }\ninputs: { raw: "s3://lake/raw/{d}/*.csv" }\n',
      'partitions/months.yaml':
        'target: s3://lake/months/{m}/\npartition: { m: { grain: month, start: 2025 } }\ninputs: { days: { dataset: days } }\n',
    });
    const months = datasets[1]!;
    const days = (key: string) => unitsOf(months, key).map(({ values }) => values['m']);
    expect(days('2025-01')).toHaveLength(20);
    expect(days('2025-01')[0]).toBe('2025-01-06');
    expect(days('2025-02').at(-1)).toBe('2025-02-10');
    expect(days('2025-03')).toHaveLength(31);
  });
});

describe('inputUnits of any grains', () => {
  const cases: { dataset: Dataset; grain: Grain; zone: string; window: [number, number] }[] = [];
  beforeAll(async () => {
    for (const target of GRAINS.slice(1)) {
      for (const grain of GRAINS.slice(0, 4)) {
        for (const zone of grain === 'hour' ? ['UTC', 'Asia/Kolkata'] : ['UTC', 'America/New_York']) {
          const window: [number, number] = [-(cases.length % 3), cases.length % 2];
          const input = `url: "s3://lake/raw/{dt}/*.parquet", grain: ${grain}, timezone: ${zone}, window: ${window[0]}..${window[1]}`;
          const made = await dataset(`grain: ${target}, timezone: Europe/Berlin`, input);
          cases.push({ dataset: made, grain, zone, window });
        }
      }
    }
  });

  it('cover the interval without gaps; own units overlap it, neighbours do not', () => {
    const instant = fc.integer({ min: Date.parse('2021-01-01'), max: Date.parse('2026-01-01') });
    fc.assert(
      fc.property(fc.nat(cases.length - 1), instant, (index, now) => {
        const { dataset: made, grain, zone, window } = cases[index]!;
        const { partition } = expectedKeys(made, now).at(-1)!;
        const units = unitsOf(made, partition.key);
        const times = units.map(({ values }) => values['dt']!);
        const own = units.filter(({ neighbour }) => !neighbour).map(({ values }) => values['dt']!);
        times.slice(1).forEach((unit, i) => expect(unit).toBe(shiftUnit(grain, times[i]!, 1)));
        expect(times.indexOf(own[0]!)).toBe(window[0] === 0 ? 0 : -window[0]);
        expect(times).toHaveLength(own.length + window[1] - window[0]);
        for (const { values, neighbour } of units) {
          const interval = intervalOf(grain, values['dt']!, zone);
          expect(overlaps(interval, partition.interval!)).toBe(!neighbour);
        }
        const start = intervalOf(grain, own[0]!, zone).start;
        const end = intervalOf(grain, own.at(-1)!, zone).end;
        expect(covers({ start, end }, partition.interval!)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
