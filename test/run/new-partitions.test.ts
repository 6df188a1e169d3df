/** The statements that tell a Hive catalogue of new partitions: quoting, columns, and for which layouts there are any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLayout } from '../../src/core/layout.js';
import type { TemplateVariables } from '../../src/core/layout.js';
import { parseLocation } from '../../src/core/location.js';
import { newPartitionsOf, withNewPartitions } from '../../src/run/new-partitions.js';
import { outcomeOf } from '../../src/run/outcome.js';

const day = { kind: 'time', grain: 'day', timezone: 'UTC' } as const;
const text = { kind: 'text' } as const;
const resolve = (root: string) => parseLocation(root, '/base');
const layoutOf = (template: string, variables: TemplateVariables = { dt: day }) =>
  parseLayout(template, resolve, variables);
const HEAD = 'ALTER TABLE sales ADD IF NOT EXISTS ';

/** The only statement of these keys, after its head. */
function clauses(template: string, keys: readonly string[], variables?: TemplateVariables): string {
  const [statement, ...more] = newPartitionsOf('sales', layoutOf(template, variables), keys)!.statements;
  expect(more).toEqual([]);
  expect(statement!.slice(0, HEAD.length)).toBe(HEAD);
  return statement!.slice(HEAD.length);
}

describe('statements for new partitions', () => {
  it.each<[string, string, TemplateVariables, string, string]>([
    [
      'one column',
      's3://lake/clean/sales/dt={dt}/',
      { dt: day },
      'dt=2025-01-03',
      "PARTITION (dt='2025-01-03') LOCATION 's3://lake/clean/sales/dt=2025-01-03/'",
    ],
    [
      'a time that is split',
      's3://lake/s/year={dt:yyyy}/month={dt:M}/day={dt:dd}/',
      { dt: day },
      'year=2025/month=1/day=03',
      "PARTITION (year='2025', month='1', day='03') LOCATION 's3://lake/s/year=2025/month=1/day=03/'",
    ],
    [
      'two dimensions, an escaped value, letters of any script',
      's3://lake/s/dt={dt}/region={r}/',
      { dt: day, r: text },
      'dt=2025-01-03/region=Zürich %2F 東%3D%25',
      "PARTITION (dt='2025-01-03', region='Zürich / 東=%') LOCATION 's3://lake/s/dt=2025-01-03/region=Zürich %2F 東%3D%25/'",
    ],
    [
      'quotes and backslashes',
      's3://lake/s/r={r}/',
      { r: text },
      'r=O%27Hara%5C',
      String.raw`PARTITION (r='O\'Hara\\') LOCATION 's3://lake/s/r=O%27Hara%5C/'`,
    ],
    [
      'a quote in the place, a control character in the value',
      "s3://lake/joe's/r={r}/",
      { r: text },
      'r=a%0Ab',
      String.raw`PARTITION (r='a\u000ab') LOCATION 's3://lake/joe\'s/r=a%0Ab/'`,
    ],
    [
      'NULL',
      's3://lake/s/r={r}/',
      { r: text },
      'r=__HIVE_DEFAULT_PARTITION__',
      "PARTITION (r='__HIVE_DEFAULT_PARTITION__') LOCATION 's3://lake/s/r=__HIVE_DEFAULT_PARTITION__/'",
    ],
    [
      'columns that are words of the language or no plain names',
      's3://lake/s/date={dt}/Order={r}/order-id={o}/_x={x}/',
      { dt: day, r: text, o: text, x: text },
      'date=2025-01-03/Order=a/order-id=b/_x=c',
      "PARTITION (`date`='2025-01-03', `Order`='a', `order-id`='b', `_x`='c') LOCATION 's3://lake/s/date=2025-01-03/Order=a/order-id=b/_x=c/'",
    ],
    [
      'literal columns right above and below the variables, and none further up',
      's3://lake/team=a/s/source=web/dt={dt}/kind=raw/',
      { dt: day },
      'dt=2025-01-03/kind=raw',
      "PARTITION (source='web', dt='2025-01-03', kind='raw') LOCATION 's3://lake/team=a/s/source=web/dt=2025-01-03/kind=raw/'",
    ],
    [
      'a local directory',
      './lake/dt={dt}/',
      { dt: day },
      'dt=2025-01-03',
      "PARTITION (dt='2025-01-03') LOCATION '/base/lake/dt=2025-01-03/'",
    ],
  ])('%s', (_what, template, variables, key, expected) => {
    expect(layoutOf(template, variables).parse(key)).not.toBeNull();
    expect(clauses(template, [key], variables)).toBe(expected);
  });

  it('there are none where a folder of the key is no col=value, nothing partitions, or nothing is new', () => {
    expect(newPartitionsOf('sales', layoutOf('s3://l/{dt}/'), ['2025-01-03'])).toBeNull();
    const mixed = layoutOf('s3://l/dt={dt}/{r}/', { dt: day, r: text });
    expect(newPartitionsOf('sales', mixed, ['dt=2025-01-03/a=b'])).toBeNull();
    expect(newPartitionsOf('sales', layoutOf('s3://l/dt={dt}/v1/'), ['dt=2025-01-03/v1'])).toBeNull();
    expect(newPartitionsOf('sales', layoutOf('s3://l/a=b/', {}), ['all'])).toBeNull();
    expect(newPartitionsOf('sales', layoutOf('s3://l/dt={dt}/'), [])).toBeNull();
  });

  it('the table is called as the dataset, with a dot for a slash', () => {
    const tableOf = (name: string) =>
      newPartitionsOf(name, layoutOf('s3://l/dt={dt}/'), ['dt=2025-01-03'])!.repair.replace(
        'MSCK REPAIR TABLE ',
        '',
      );
    expect(tableOf('sales')).toBe('sales');
    expect(tableOf('shop/sales')).toBe('shop.sales');
    expect(tableOf('shop/daily-sales')).toBe('shop.`daily-sales`');
    expect(tableOf('2024/or`der')).toBe('`2024`.`or``der`');
  });

  it('a statement has at most 100 partitions, each of them once and in order', () => {
    const keys = Array.from({ length: 250 }, (_, i) => `r=v${i}`);
    const made = newPartitionsOf('sales', layoutOf('s3://l/r={r}/', { r: text }), keys)!;
    expect(made.partitions).toBe(250);
    expect(made.repair).toBe('MSCK REPAIR TABLE sales');
    const named = made.statements.map((statement) => {
      expect(statement.startsWith(HEAD)).toBe(true);
      return [...statement.matchAll(/PARTITION \(r='(v\d+)'\) LOCATION 's3:\/\/l\/r=\1\/'/g)].map(
        ([, value]) => `r=${value}`,
      );
    });
    expect(named.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(named.flat()).toEqual(keys);
  });

  it('reads back as the value and the place, whatever they are', () => {
    const layout = layoutOf("s3://lake/o'x\\/r={r}/", { r: text });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (r) => {
        fc.pre(r !== '__HIVE_DEFAULT_PARTITION__' && !/\0|\p{Surrogate}/u.test(r));
        const key = layout.format({ r });
        fc.pre(layout.parse(key)?.['r'] === r);
        const [statement] = newPartitionsOf('sales', layout, [key])!.statements;
        expect(statement).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        const literal = String.raw`('(?:[^'\\]|\\[^])*')`;
        const [, value, place] = new RegExp(`^${HEAD}PARTITION \\(r=${literal}\\) LOCATION ${literal}$`).exec(
          statement!,
        )!;
        expect(readText(value!)).toBe(r);
        expect(readText(place!)).toBe(`s3://lake/o'x\\/${key}/`);
      }),
    );
  });

  it('only outcomes that appeared are named', () => {
    const layout = layoutOf('s3://l/r={r}/', { r: text });
    const outcomes = [
      outcomeOf('r=a', 'promoted', { files: 1 }),
      outcomeOf('r=b', 'promoted', { files: 1, appeared: true }),
    ];
    const { newPartitions } = withNewPartitions({ name: 'sales', layout }, outcomes);
    expect(newPartitions).toMatchObject({ partitions: 1, statements: [expect.stringContaining("r='b'")] });
    expect(withNewPartitions({ name: 'sales', layout }, outcomes.slice(0, 1))).toEqual({});
  });
});

/** A string literal as Hive and Spark read it. */
function readText(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\u([0-9a-f]{4})|\\([^])/g, (_, hex: string | undefined, char: string) =>
      hex === undefined ? char : String.fromCharCode(parseInt(hex, 16)),
    );
}
