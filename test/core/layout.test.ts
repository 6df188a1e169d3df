import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import { GRAINS, isFixedOffset, unitAt, unitsBetween } from '../../src/core/grain.js';
import { parseLayout, partitionPrefix } from '../../src/core/layout.js';
import { parseLocation } from '../../src/core/location.js';
import type { Grain } from '../../src/core/grain.js';
import type { TemplateVariables } from '../../src/core/layout.js';
import type { KeyValues } from '../../src/core/partition-key.js';

const resolve = (text: string) => parseLocation(text, '/base');
const time = (grain: Grain, timezone = 'UTC') => ({ kind: 'time', grain, timezone }) as const;
const text = { kind: 'text' } as const;
const day: TemplateVariables = { dt: time('day') };
const layoutOf = (template: string, variables: TemplateVariables = day) =>
  parseLayout(template, resolve, variables);

describe('a layout', () => {
  it.each([
    ['s3://lake/sales/dt={dt}/', day, { dt: '2025-01-03' }, 'dt=2025-01-03'],
    [
      's3://l/year={dt:yyyy}/month={dt:MM}/day={dt:dd}/',
      day,
      { dt: '2025-01-03' },
      'year=2025/month=01/day=03',
    ],
    ['s3://l/year={dt:yyyy}/month={dt:M}/day={dt:d}/', day, { dt: '2025-01-03' }, 'year=2025/month=1/day=3'],
    ['s3://l/{dt:yyyyMMdd}/', day, { dt: '2025-01-03' }, '20250103'],
    [
      's3://l/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/',
      { dt: time('hour') },
      { dt: '2025-01-03T07' },
      '2025/01/03/07',
    ],
    ['s3://l/h={dt}/', { dt: time('hour') }, { dt: '2025-01-03T07' }, 'h=2025-01-03T07'],
    [
      "s3://l/h={dt:yyyyMMdd'T'HHxxx}/",
      { dt: time('hour', 'Asia/Kolkata') },
      { dt: '2025-01-03T07' },
      'h=20250103T07+05%3A30',
    ],
    ["s3://l/{dt:YYYY-'W'ww}/", { dt: time('week') }, { dt: '2025-W01' }, '2025-W01'],
    ['s3://l/q={dt}/', { dt: time('quarter') }, { dt: '2025-Q1' }, 'q=2025-Q1'],
    [
      's3://l/dt={dt}/region={r}/',
      { ...day, r: text },
      { dt: '2025-01-03', r: 'eu/west' },
      'dt=2025-01-03/region=eu%2Fwest',
    ],
    [
      's3://l/dt={dt}/region={r}/',
      { ...day, r: text },
      { dt: '2025-01-03', r: null },
      'dt=2025-01-03/region=__HIVE_DEFAULT_PARTITION__',
    ],
    ['s3://l/dt={dt}/source=web/v1/', day, { dt: '2025-01-03' }, 'dt=2025-01-03/source=web/v1'],
    ['s3://l/{r}-{dt:yyyy-M-d}/', { ...day, r: text }, { dt: '2025-01-03', r: 'a-2025' }, 'a-2025-2025-1-3'],
    ['s3://l/{a}_{b}/', { a: text, b: text }, { a: 'x', b: 'y' }, 'x_y'],
    ['s3://l/year={dt:yyyy}/dt={dt}/', day, { dt: '2025-01-03' }, 'year=2025/dt=2025-01-03'],
    ['./lake/', {}, {}, 'all'],
  ] as [string, TemplateVariables, KeyValues, string][])('%s', (template, variables, values, key) => {
    const layout = layoutOf(template, variables);
    expect(layout.format(values)).toBe(key);
    expect(layout.parse(key)).toEqual(values);
    expect(layout.template).toBe(template);
  });

  it('has a root, a depth and prefixes', () => {
    const layout = layoutOf('./lake/v1/dt={dt}/region={r}/', { ...day, r: text });
    expect(layout.root).toEqual({ store: 'file:///', path: 'base/lake/v1/' });
    expect([layout.depth, layout.variables]).toEqual([2, ['dt', 'r']]);
    expect(partitionPrefix(layout, 'dt=2025-01-03/region=eu')).toBe('base/lake/v1/dt=2025-01-03/region=eu/');
    const whole = layoutOf('s3://lake/dim/', {});
    expect([whole.depth, partitionPrefix(whole, 'all'), whole.parse('x')]).toEqual([0, 'dim/', null]);
  });

  it.each([
    [
      's3://l/dt={dt}/',
      day,
      ['dt=2025-1-3', 'dt=2025-02-29', 'DT=2025-01-03', 'dt=2025-01-03/', 'dt=2025-01-03/x', 'dt=', ''],
    ],
    ['s3://l/dt={dt}/', day, ['dt=__HIVE_DEFAULT_PARTITION__', 'dt=0000-01-01', 'dt=2025-01-03\n']],
    ['s3://l/year={dt:yyyy}/dt={dt}/', day, ['year=2024/dt=2025-01-03']],
    ["s3://l/{dt:yyyy-MM-dd'W'ww}/", day, ['2025-01-03W02']],
    ['s3://l/m={dt:M}/y={dt:yyyy}/', { dt: time('month') }, ['m=01/y=2025', 'm=0/y=2025', 'm=13/y=2025']],
    ['s3://l/r={r}/', { r: text }, ['r=caf%C3%A9', 'r=a b%2f', 'r=a:b', 'r=', 'r=%', 'r=a%00']],
    ['s3://l/{r}/', { r: text }, ['_tmp', '.x', '..', '.', '__HIVE_DEFAULT_PARTITION__']],
    ['s3://l/{r}/x={r}/', { r: text }, ['a/x=b']],
    [
      's3://l/r={r}/s={r}/',
      { r: text },
      ['r=a/s=b', 'r=__HIVE_DEFAULT_PARTITION__/s=b', 'r=a/s=__HIVE_DEFAULT_PARTITION__'],
    ],
    ['s3://l/{a}_{b}/', { a: text, b: text }, ['x_y_z', 'xy']],
  ] as [string, TemplateVariables, string[]][])(
    '%s does not parse what it would not write',
    (template, variables, keys) => {
      const layout = layoutOf(template, variables);
      expect(keys.filter((key) => layout.parse(key) !== null)).toEqual([]);
    },
  );

  it.each([
    ['s3://l/year={dt:yyyy}/month={dt:MM}/', { dt: time('month') }, 'year=2025/month=1', { dt: '2025-01' }],
    ['s3://l/year={dt:yyyy}/month={dt:M}/', { dt: time('month') }, 'Year=2025/month=01', { dt: '2025-01' }],
    ['s3://l/dt={dt}/', day, 'dt=20250103', { dt: '2025-01-03' }],
    ['s3://l/dt={dt}/', day, 'dt=2025_1_3', { dt: '2025-01-03' }],
    ['s3://l/dt={dt}/', day, 'dt=2025-01-03', { dt: '2025-01-03' }],
    ['s3://l/h={dt}/', { dt: time('hour') }, 'h=2025-01-03%2007', { dt: '2025-01-03T07' }],
    ['s3://l/r={r}/', { r: text }, 'r=caf%C3%A9', { r: 'café' }],
    ['s3://l/r={r}/', { r: text }, 'r=a%20b', { r: 'a b' }],
    ['s3://l/r={r}/', { r: text }, 'r=:x', { r: ':x' }],
    ['s3://l/dt={dt}/', day, 'dt=2025-02-30', null],
    ['s3://l/dt={dt}/', day, 'date=2025-02-03', null],
    ['s3://l/year={dt:yyyy}/dt={dt}/', day, 'year=2024/dt=2025-1-3', null],
  ] as [string, TemplateVariables, string, KeyValues | null][])(
    '%s guesses what %s%s means',
    (template, variables, key, values) => {
      expect(layoutOf(template, variables).decodeLoosely(key)).toEqual(values);
    },
  );

  it('types its path columns, the literal ones too', () => {
    const layout = layoutOf(
      's3://l/env=prod/dt={dt}/year={dt:yyyy}/ym={dt:yyyyMM}/eu={dt:dd.MM.yyyy}/region={r}/source=web/',
      { ...day, r: text },
    );
    expect(layout.pathColumns).toEqual([
      { name: 'env', type: 'text', variable: null },
      { name: 'dt', type: 'date', variable: 'dt' },
      { name: 'year', type: 'integer', variable: 'dt' },
      { name: 'ym', type: 'integer', variable: 'dt' },
      { name: 'eu', type: 'text', variable: 'dt' },
      { name: 'region', type: 'text', variable: 'r' },
      { name: 'source', type: 'text', variable: null },
    ]);
    expect(layout.columns({ dt: '2025-01-03', r: 'a=b' })).toEqual({
      env: 'prod',
      dt: '2025-01-03',
      year: '2025',
      ym: '202501',
      eu: '03.01.2025',
      region: 'a=b',
      source: 'web',
    });
    expect(layout.columns({ dt: '2025-01-03', r: null }).region).toBeNull();
    expect(layoutOf('s3://l/y={dt}/', { dt: time('year') }).pathColumns[0]!.type).toBe('integer');
  });

  it.each([
    ['s3://l/{r}/', '..'],
    ['s3://l/{r}/', 'a/b'],
    ['s3://l/{r}/', '_x'],
    ['s3://l/{r}/', ''],
    ['s3://l/{r}/', 'a\0b'],
    ['s3://l/{r}/', null],
    ['s3://l/r={r}/', ''],
    ['s3://l/r={r}/', '\0'],
    ['s3://l/r={r}/', '__HIVE_DEFAULT_PARTITION__'],
    ['s3://l/r=x{r}/', null],
    ['s3://l/{r}_{r}/', 'a_b'],
  ])('%s refuses the value %j', (template, value) => {
    const layout = layoutOf(template, { r: text });
    try {
      layout.format({ r: value });
      expect.fail('no error');
    } catch (error) {
      expect(isLakefillError(error, 'DEFINITION_INVALID')).toBe(true);
    }
  });
});

describe('parseLayout refuses', () => {
  it.each([
    ['s3://l/dt={dt}', day, /does not end in '\/'/],
    ['s3://l/dt={date}/', day, /variable 'date', which is not defined/],
    ['s3://l/dt={toString}/', day, /'toString', which is not defined/],
    ['s3://l/dt={dt/', day, /'{' without '}'/],
    ['s3://l/dt=dt}/', day, /'}' without '{'/],
    ['s3://l/dt={{dt}}/', day, /'{' without '}'/],
    ['s3://l/dt={}/', day, /neither {variable}/],
    ['s3://l/dt={d t}/', day, /'{d t}', which is neither/],
    ['s3://l/dt={dt:}/', day, /is empty/],
    ["s3://l/dt={dt:yyyy'}/", day, /which is neither|without/],
    ['s3://l/y={dt:yyyy}/m={dt:MM}/', day, /does not tell every day of 'dt' apart: 'dd' is missing/],
    ['s3://l/dt={dt:YYYY-MM-dd}/', day, /'yyyy' is missing/],
    ['s3://l/dt={dt:yyyy-MM-dd-HH}/', day, /which a day does not determine/],
    ['s3://l/dt={dt:yyyy-MM-ddZ}/', day, /'Z', which is no token/],
    ['s3://l/dt={dt:yyyyM}-{dt:dd}/', day, /unpadded {dt:M}/],
    ['s3://l/dt={dt:yyyyMd}/', day, /unpadded {dt:M}/],
    ['s3://l/dt={dt:yyyy-MM-d}{r}/', { ...day, r: text }, /unpadded {dt:d}/],
    ['s3://l/{dt:yyyy/MM/dd}/', day, /'\/' within the pattern/],
    ['s3://l/{a}{b}/', { a: text, b: text }, /nothing says where one ends/],
    ['s3://l/{r:MM}/', { r: text }, /only time has patterns/],
    ['s3://l/dt={dt}/', { ...day, r: text }, /does not contain the variable 'r'/],
    ['s3://l/all/', day, /does not contain the variable 'dt'/],
    ['s3://l/dt={dt}/*/', day, /a target has no globs/],
    ['s3://l//dt={dt}//', day, /empty segment/],
    ['s3://{dt}/', day, /before the first folder/],
    ['dt={dt}/', day, /no folder before its first variable/],
    ['', {}, /no folder before/],
    ['s3://l/dt={dt}/_x/', day, /readers skip names/],
    ['s3://l/dt={dt}/../', day, /after a variable/],
    ['s3://l/a={dt}/A={dt}/', day, /two folders for the column 'A'/],
    ['s3://l/h={dt}/', { dt: time('hour', 'Europe/Berlin') }, /cuts hours in Europe\/Berlin/],
  ] as [string, TemplateVariables, RegExp][])('%s', (template, variables, message) => {
    try {
      layoutOf(template, variables);
      expect.fail('no error');
    } catch (error) {
      expect(isLakefillError(error, 'DEFINITION_INVALID') ? error.message : error).toMatch(message);
      expect((error as { hint: string }).hint).toBeTruthy();
    }
  });

  it('names the nearest variable', () => {
    expect(() => layoutOf('s3://l/{regoin}/', { region: text })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Did you mean {region}?') as string }) as Error,
    );
  });
});

describe('the law parse(format(values)) = values', () => {
  const ZONES = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Apia',
    'Australia/Lord_Howe',
  ];
  const TEMPLATES: Record<Grain, string[]> = {
    hour: ['h={t}/', '{t:yyyy}/{t:M}/{t:d}/{t:H}/', "{t:yyyyMMdd'T'HHXXX}/"],
    day: ['dt={t}/', 'y={t:yyyy}/m={t:M}/d={t:d}/', '{t:yyyy}/{t:YYYY-ww}/{t:dd.MM.}/', 'x{t:yyyyMMdd}y/'],
    week: ['w={t}/', 'y={t:YYYY}/w={t:w}/'],
    month: ['m={t}/', '{t:yyyy}/Q{t:Q}/{t:MM}/'],
    quarter: ['q={t}/', '{t:yyyy}{t:Q}/'],
    year: ['y={t}/', '{t:yyyy}/'],
  };

  for (const grain of GRAINS) {
    it(`holds for ${grain}s of two centuries`, () => {
      const at = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) });
      for (const timezone of ZONES.filter((z) => grain !== 'hour' || isFixedOffset(z))) {
        for (const template of TEMPLATES[grain]) {
          const layout = layoutOf(`/lake/${template}`, { t: time(grain, timezone) });
          fc.assert(
            fc.property(at, (instant) => {
              const values = { t: unitAt(grain, instant, timezone) };
              expect(layout.parse(layout.format(values))).toEqual(values);
            }),
          );
        }
      }
    });
  }

  it('holds for every text that can be written, and nothing else parses', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('/', '.', '%', '=', '[', '*', ' ', '_', '-', '2', 'F', 'é', '\0', '\n', '\\'),
      }),
      fc.constantFrom('..', '.', '', '__HIVE_DEFAULT_PARTITION__', '%2F', 'dt=1'),
    );
    const layouts = ['a={a}/b={b}/', '{a}/{b}/', '{a}-{b}/', 'x={a}_{b}.v/'].map((t) =>
      layoutOf(`/lake/${t}`, { a: text, b: text }),
    );
    let written = 0;
    fc.assert(
      fc.property(value, value, fc.constantFrom(...layouts), (a, b, layout) => {
        let key: string;
        try {
          key = layout.format({ a, b });
        } catch (error) {
          return isLakefillError(error, 'DEFINITION_INVALID');
        }
        written++;
        expect(key.split('/')).toHaveLength(layout.depth);
        expect(layout.parse(key)).toEqual({ a, b });
        expect(layout.decodeLoosely(key)).toEqual({ a, b });
        return true;
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(500);
  });

  it('whatever parses formats back to itself', () => {
    const layout = layoutOf('/lake/dt={dt:yyyy-M-d}/r={r}/{r}/', { ...day, r: text });
    const near = fc
      .tuple(
        fc.constantFrom('2025-1-3', '2025-01-3', '2024-2-29', '2025-2-29'),
        fc.constantFrom('a', 'a%2Fb', 'é', '%C3%A9', 'a b', '%20'),
        fc.constantFrom('a', 'a/b', 'é', 'a b', ' '),
      )
      .map(([d, r, s]) => `dt=${d}/r=${r}/${s}`);
    fc.assert(
      fc.property(near, (key) => {
        const values = layout.parse(key);
        if (values !== null) expect(layout.format(values)).toBe(key);
      }),
    );
    expect(layout.parse('dt=2025-1-3/r=a b/a b')).not.toBeNull();
  });

  it('formats and parses 20,000 keys quickly', () => {
    const layout = layoutOf('s3://l/year={dt:yyyy}/month={dt:MM}/day={dt:dd}/region={r}/', {
      ...day,
      r: text,
    });
    const units = unitsBetween('day', '1970-01-01', '2024-10-03');
    expect(units).toHaveLength(20_000);
    const used = () => process.cpuUsage().user / 1000;
    const started = used();
    const keys = units.map((dt) => layout.format({ dt, r: 'eu west' }));
    const parsed = keys.map((key) => layout.parse(key)!.dt);
    const took = used() - started;
    expect(parsed).toEqual(units);
    // Generous: what this guards against is work that grows with the calendar, not a busy machine.
    expect(took).toBeLessThan(1000);
  });
});
