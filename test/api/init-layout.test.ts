import { describe, expect, test } from 'vitest';
import { proposeLayout } from '../../src/api/init-layout.js';

/** Levels as a listing gives them; the first and last names are the ends of each. */
function propose(...levels: (readonly string[])[]) {
  return proposeLayout({
    levels,
    first: levels.map((names) => names[0] as string),
    last: levels.map((names) => names.at(-1) as string),
  });
}

describe('a layout from folder names', () => {
  test.each<[string, (readonly string[])[], string, string, string, string]>([
    ['a day', [['dt=2025-01-03', 'dt=2025-02-01']], 'dt={dt}/', 'day', '2025-01-03', '2025-02-01'],
    ['a day without marks', [['date=20250103']], 'date={date:yyyyMMdd}/', 'day', '2025-01-03', '2025-01-03'],
    ['an hour', [['h=2025-01-03T07']], 'h={h}/', 'hour', '2025-01-03T07', '2025-01-03T07'],
    ['an hour without marks', [['2025010307']], '{dt:yyyyMMddHH}/', 'hour', '2025-01-03T07', '2025-01-03T07'],
    ['a month', [['month=2025-01']], 'month={month}/', 'month', '2025-01', '2025-01'],
    ['a month without marks', [['m=202501']], 'm={m:yyyyMM}/', 'month', '2025-01', '2025-01'],
    ['a week', [['w=2025-W01']], 'w={w}/', 'week', '2025-W01', '2025-W01'],
    ['a quarter', [['q=2025-Q1']], 'q={q}/', 'quarter', '2025-Q1', '2025-Q1'],
    ['a year', [['year=2024', 'year=2025']], 'year={dt:yyyy}/', 'year', '2024', '2025'],
    [
      'split columns',
      [
        ['year=2024', 'year=2025'],
        ['month=01', 'month=12'],
        ['day=03', 'day=31'],
      ],
      'year={dt:yyyy}/month={dt:MM}/day={dt:dd}/',
      'day',
      '2024-01-03',
      '2025-12-31',
    ],
    [
      'split columns that are not padded',
      [['year=2025'], ['month=1', 'month=10'], ['day=3', 'day=30']],
      'year={dt:yyyy}/month={dt:M}/day={dt:d}/',
      'day',
      '2025-01-03',
      '2025-10-30',
    ],
    [
      'folders without names',
      [['2025'], ['01'], ['03'], ['07']],
      '{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/',
      'hour',
      '2025-01-03T07',
      '2025-01-03T07',
    ],
    [
      'a day and its hours',
      [['dt=2025-01-03'], ['hour=07', 'hour=23']],
      'dt={dt}/hour={dt:HH}/',
      'hour',
      '2025-01-03T07',
      '2025-01-03T23',
    ],
  ])('%s', (_, levels, template, grain, first, last) => {
    const layout = propose(...levels);
    expect(layout.template).toBe(template);
    expect(layout.time).toMatchObject({ grain, first, last });
    expect(layout.values).toEqual([]);
  });

  test('values are decoded, and NULL is left out and told', () => {
    const layout = propose(
      ['dt=2025-01-03'],
      ['region=__HIVE_DEFAULT_PARTITION__', 'region=a%3Ab', 'region=us'],
    );
    expect(layout).toMatchObject({
      template: 'dt={dt}/region={region}/',
      values: [{ name: 'region', values: ['a:b', 'us'] }],
      pathColumns: ['dt', 'region'],
    });
    expect(layout.unsure).toContain('region: its NULL partition was left out');
  });

  test('a number below a day is no hour unless its column says so', () => {
    const layout = propose(['dt=2025-01-03'], ['bucket=0', 'bucket=3']);
    expect(layout.time?.grain).toBe('day');
    expect(layout.values).toEqual([{ name: 'bucket', values: ['0', '3'] }]);
  });

  test.each([
    ['no such day', ['dt=2025-02-30']],
    ['one name that is no day', ['dt=2025-02-01', 'dt=latest']],
    ['a number that is no year', ['code=4711']],
  ])('%s is a value', (_, names) => {
    expect(propose(names)).toMatchObject({ time: null, values: [{}] });
  });

  test('padding that cannot be seen is assumed and told', () => {
    const layout = propose(['year=2025'], ['month=10', 'month=12']);
    expect(layout.template).toBe('year={dt:yyyy}/month={dt:MM}/');
    expect(layout.unsure).toEqual(['zeros: no one-digit month was seen, two digits were assumed']);
  });

  test('names that are no variables become some', () => {
    const layout = propose(['my-region=eu'], ['apac'], ['dt=x']);
    expect(layout.template).toBe('my-region={my_region}/{part2}/dt={dt_3}/');
  });

  test('nothing partitions', () => {
    expect(propose()).toMatchObject({ template: '', time: null, values: [], unsure: [] });
  });
});
