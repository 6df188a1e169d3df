import { describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import { parseInputTemplate } from '../../src/core/input-template.js';
import { parseLocation } from '../../src/core/location.js';
import type { Grain } from '../../src/core/grain.js';
import type { TemplateVariables } from '../../src/core/layout.js';
import type { KeyValues } from '../../src/core/partition-key.js';

const resolve = (text: string) => parseLocation(text, '/base');
const time = (grain: Grain, timezone = 'UTC') => ({ kind: 'time', grain, timezone }) as const;
const variables: TemplateVariables = { dt: time('day'), region: { kind: 'text' } };
const input = (template: string) => parseInputTemplate(template, resolve, variables);

describe('resembles', () => {
  it.each([
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=2025-02-30/r=eu/a.parquet', true],
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=2025-01-03/r=/a.parquet', true],
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=x/r=eu/a.parquet', true],
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=2025-01-03/r=/a.csv', false],
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=2025-01-03/r=/_a.parquet', false],
    ['s3://l/raw/dt={dt}/r={region}/*.parquet', 'raw/dt=2025-01-03/a.parquet', false],
    ['s3://l/raw/r={region}/', 'raw/r=/x/a', true],
    ['s3://l/raw/**/o_{dt:yyyyMMdd}.csv', 'raw/a/o_20250230.csv', true],
    ['s3://l/raw/{dt:yyyy}/{dt:MM}/{dt:dd}/**', 'raw/25/a/b/c/d', true],
  ])('%s with %s', (template, path, expected) => {
    expect(input(template).resembles(path)).toBe(expected);
  });
});

describe('match', () => {
  it.each([
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-01-03/a.parquet', { dt: '2025-01-03' }],
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-01-03/x/a.parquet', null],
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-01-03/_a.parquet', null],
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-01-03/a.csv', null],
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-02-30/a.parquet', null],
    ['s3://l/raw/dt={dt}/*.parquet', 'raw/dt=2025-1-3/a.parquet', null],
    ['s3://l/raw/dt={dt}/*.parquet', 'other/dt=2025-01-03/a.parquet', null],
    ['s3://l/raw/dt={dt}/', 'raw/dt=2025-01-03/x/a', { dt: '2025-01-03' }],
    ['s3://l/raw/dt={dt}/', 'raw/dt=2025-01-03/', null],
    ['s3://l/raw/dt={dt}/', 'raw/dt=2025-01-03/_temporary/a', null],
    ['s3://l/raw/dt={dt}/', 'raw/dt=2025-01-03/x_$folder$', null],
    ['s3://l/raw/{dt:yyyy}/{dt:MM}/{dt:dd}/**', 'raw/2025/01/03/a/b/c', { dt: '2025-01-03' }],
    ['s3://l/raw/{dt:yyyy}/{dt:MM}/{dt:dd}/**', 'raw/2025/01/03/c', { dt: '2025-01-03' }],
    ['s3://l/raw/**/dt={dt}/*', 'raw/dt=2025-01-03/c', { dt: '2025-01-03' }],
    ['s3://l/raw/**/dt={dt}/*', 'raw/a/b/dt=2025-01-03/c', { dt: '2025-01-03' }],
    ['s3://l/crm/orders_{dt:yyyyMMdd}_*.csv.gz', 'crm/orders_20250103_7.csv.gz', { dt: '2025-01-03' }],
    ['s3://l/crm/orders_{dt:yyyyMMdd}_*.csv.gz', 'crm/orders_20250103.csv.gz', null],
    ['s3://l/crm/*_{dt:yyyyMMdd}.csv', 'crm/20240101_20250103.csv', { dt: '2025-01-03' }],
    ['s3://l/crm/{region}_*.csv', 'crm/eu_2025_x.csv', { region: 'eu' }],
    ['s3://l/crm/*_{region}.csv', 'crm/2025_x_eu.csv', { region: 'eu' }],
    ['s3://l/r={region}/part-??.parquet', 'r=caf%C3%A9/part-01.parquet', { region: 'café' }],
    ['s3://l/r={region}/part-??.parquet', 'r=café/part-01.parquet', { region: 'café' }],
    ['s3://l/r={region}/part-??.parquet', 'r=eu/part-1.parquet', null],
    ['s3://l/r={region}/', 'r=__HIVE_DEFAULT_PARTITION__/a', { region: null }],
    ['s3://l/r={region}/x/{region}/', 'r=a/x/b/f', null],
    ['s3://l/dim/customers.parquet', 'dim/customers.parquet', {}],
    ['s3://l/dim/customers.parquet', 'dim/customers.parquet.bak', null],
    ['s3://l/dim/', 'dim/a/b.csv', {}],
    ['s3://l/{region}/', '_x/a', null],
  ] as [string, string, KeyValues | null][])('%s and %s', (template, path, values) => {
    expect(input(template).match(path)).toEqual(values);
  });
});

describe('an input', () => {
  it.each([
    [
      's3://l/raw/dt={dt}/*.parquet',
      { dt: '2025-01-03' },
      'raw/dt=2025-01-03/',
      's3://l/raw/dt=2025-01-03/*.parquet',
    ],
    ['s3://l/raw/dt={dt}/*.parquet', {}, 'raw/', 's3://l/raw/dt={dt}/*.parquet'],
    [
      's3://l/raw/dt={dt}/r={region}/',
      { dt: '2025-01-03', region: 'eu' },
      'raw/dt=2025-01-03/r=eu/',
      's3://l/raw/dt=2025-01-03/r=eu/',
    ],
    // Another program may have written north%20america.
    [
      's3://l/raw/dt={dt}/r={region}/',
      { dt: '2025-01-03', region: 'a b' },
      'raw/dt=2025-01-03/',
      's3://l/raw/dt=2025-01-03/r=a b/',
    ],
    ['s3://l/raw/{region}/', { region: 'a b' }, 'raw/a b/', 's3://l/raw/a b/'],
    [
      's3://l/raw/r={region}/',
      { region: null },
      'raw/r=__HIVE_DEFAULT_PARTITION__/',
      's3://l/raw/r=__HIVE_DEFAULT_PARTITION__/',
    ],
    [
      './crm/orders_{dt:yyyyMMdd}_*.csv.gz',
      { dt: '2025-01-03' },
      'base/crm/',
      '/base/crm/orders_20250103_*.csv.gz',
    ],
    ['./crm/{dt:yyyyMMdd}.csv', {}, 'base/crm/', '/base/crm/{dt:yyyyMMdd}.csv'],
    ['s3://l/a*/dt={dt}/', { dt: '2025-01-03' }, '', 's3://l/a*/dt=2025-01-03/'],
    ['s3://l/dim/', {}, 'dim/', 's3://l/dim/'],
    ['s3://l/dim/a.csv', {}, 'dim/', 's3://l/dim/a.csv'],
  ] as [string, KeyValues, string, string][])('%s for %j', (template, values, prefix, text) => {
    expect(input(template).listPrefix(values)).toBe(prefix);
    expect(input(template).describe(values)).toBe(text);
  });

  it('lists a prefix that holds whatever it matches', () => {
    const template = input('s3://l/raw/dt={dt}/r={region}/**/*.csv');
    for (const path of [
      'raw/dt=2025-01-03/r=a%20b/x/f.csv',
      'raw/dt=2025-01-03/r=a b/f.csv',
      'raw/dt=2025-01-03/r=a%2Bb/f.csv',
    ]) {
      const values = template.match(path);
      expect(values).not.toBeNull();
      expect(path.startsWith(template.listPrefix(values!))).toBe(true);
    }
  });

  it('reads the columns of the path', () => {
    const template = input('s3://l/env=prod/dt={dt}/country=*/**/src=x/{region}_*.csv');
    expect(template.root).toEqual({ store: 's3://l/', path: 'env=prod/' });
    expect(template.variables).toEqual(['dt', 'region']);
    expect(template.pathColumns).toEqual([
      { name: 'env', type: 'text', variable: null },
      { name: 'dt', type: 'date', variable: 'dt' },
      { name: 'country', type: 'text', variable: null },
      { name: 'src', type: 'text', variable: null },
    ]);
    expect(template.columns('env=prod/dt=2025-01-03/country=c%C3%B4te/a/b/src=x/eu_1.csv')).toEqual({
      env: 'prod',
      dt: '2025-01-03',
      country: 'côte',
      src: 'x',
    });
    expect(template.columns('elsewhere')).toEqual({ env: 'prod' });
  });

  it('takes no file name for a column', () => {
    expect(input('s3://l/raw/dt={dt}').pathColumns).toEqual([]);
  });

  it.each([
    ['s3://l/raw/a**/x', /'\*\*' beside other text/],
    ['s3://l/raw/***', /'\*\*\*'/],
    ['s3://l/raw/[ab].csv', /sets of characters/],
    ['s3://l/raw/{region}*.csv', /nothing says where one ends/],
    ['s3://l/raw/*{dt:d}{dt:yyyyMM}', /unpadded/],
    ['s3://l/raw/{dt:yyyy}/*.csv', /does not tell every day/],
    ['s3://l/raw/{dat}/*.csv', /'dat', which is not defined/],
    ['s3://l/raw/{dt}/_x/*.csv', /readers skip names/],
    ['s3://*/raw/', /before the first folder/],
    ['*.csv', /no folder before/],
  ])('refuses %s', (template, message) => {
    try {
      input(template);
      expect.fail('no error');
    } catch (error) {
      expect(isLakefillError(error, 'DEFINITION_INVALID') ? error.message : error).toMatch(message);
    }
  });
});
