import { describe, expect, it } from 'vitest';
import { compareFingerprints } from '../../src/core/fingerprint.js';
import { checksDigest, fingerprintOf, writeOptionsDigest } from '../../src/dataset/fingerprint.js';
import { load, loadSales } from './project.js';

const SQL = 'SELECT id, ts FROM raw WHERE ts >= $partition_start AND ts < $partition_end';
const KEYS = {
  target: 's3://lake/clean/sales/dt={dt}/',
  partition: '{ dt: { grain: day, start: 2025-01-01 } }',
  inputs: '{ raw: "s3://lake/raw/dt={dt}/*.csv" }',
};
const yamlOf = (keys: Readonly<Record<string, string>>) =>
  Object.entries(keys)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
const dataset = (change: Readonly<Record<string, string>> = {}, sql: string | null = SQL) =>
  loadSales(yamlOf({ ...KEYS, ...change }), sql);
const textOf = async (...args: Parameters<typeof dataset>) =>
  fingerprintOf(await dataset(...args)).digests['text/1'];

describe('fingerprintOf', () => {
  it.each([
    ['formatting and comments of the SQL', {}, `-- the sales\n${SQL.replaceAll(' ', '\n  ')} ; /* end */\n`],
    ['checks', { checks: '[{ notNull: [id] }]' }, SQL],
    ['texts for people', { owner: 'me', description: 'x', tags: '[a]' }, SQL],
    [
      'how files are written',
      { target: '{ url: "s3://lake/clean/sales/dt={dt}/", compression: snappy, sortBy: [id] }' },
      SQL,
    ],
    ['where the lake stands', { target: 's3://other/place/dt={dt}/' }, SQL],
    [
      'which keys are expected',
      { partition: '{ dt: { grain: day, start: 2024, end: 2026, exclude: [sat], availableAfter: 1h } }' },
      SQL,
    ],
    [
      'the column that is checked',
      { partition: '{ dt: { grain: day, start: 2025-01-01, column: ts } }' },
      SQL,
    ],
    [
      'limits and staleness',
      { limits: '{ partitions: 1 }', stale: '{ olderThan: 1d }', schema: '{ policy: any }' },
      SQL,
    ],
    [
      'what an input must have',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", require: any, onChange: ignore } }' },
      SQL,
    ],
    [
      'what a source does',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", marker: _SUCCESS, keeps: 90d } }' },
      SQL,
    ],
    ['small files', { stale: '{ smallFiles: 1MiB }' }, SQL],
    [
      'defaults written out',
      {
        inputs:
          '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", grain: day, timezone: UTC, window: 0..0, format: csv, options: {} } }',
      },
      SQL,
    ],
  ])('does not cover %s', async (_what, change, sql) => {
    expect(await textOf(change as Record<string, string>, sql)).toBe(await textOf());
  });

  it.each([
    ['the SQL', {}, SQL.replace('id', 'id + 1')],
    ['the case of words', {}, SQL.replace('SELECT', 'select')],
    ['space in literals', {}, `${SQL} AND 'a  b' = 'a b'`],
    ['no SQL', {}, null],
    ['the layout', { target: 's3://lake/clean/sales/day={dt}/' }, SQL],
    ['the time zone', { partition: '{ dt: { grain: day, start: 2025-01-01, timezone: Asia/Tokyo } }' }, SQL],
    [
      'columns kept in the files',
      { target: '{ url: "s3://lake/clean/sales/dt={dt}/", partitionColumns: keep }' },
      SQL,
    ],
    ['the place of an input', { inputs: '{ raw: "s3://lake/raw2/dt={dt}/*.csv" }' }, SQL],
    ['columns that get another name', { schema: '{ rename: { a: b } }' }, SQL],
    ['the name of an input', { inputs: '{ row: "s3://lake/raw/dt={dt}/*.csv" }' }, SQL],
    [
      'the zone of an input',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", timezone: Asia/Tokyo } }' },
      SQL,
    ],
    [
      'the window of an input',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", window: -1..0 } }' },
      SQL,
    ],
    [
      'the format of an input',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", format: json } }' },
      SQL,
    ],
    [
      'how an input is read',
      { inputs: '{ raw: { url: "s3://lake/raw/dt={dt}/*.csv", options: { header: false } } }' },
      SQL,
    ],
  ])('covers %s', async (_what, change, sql) => {
    expect(await textOf(change as Record<string, string>, sql)).not.toBe(await textOf());
  });

  it('covers the grain, and another dataset by name and layout', async () => {
    const project = (name: string, root: string) => ({
      [`partitions/${name}.yaml`]: `target: ${root}\npartition: ${KEYS.partition}\ninputs: { x: "s3://lake/x/{dt}/*.csv" }\n`,
      'partitions/zz.yaml': yamlOf({ ...KEYS, inputs: `{ raw: { dataset: ${name} } }` }),
    });
    const last = async (name: string, root: string) => {
      const { datasets } = await load(project(name, root));
      return fingerprintOf(datasets.at(-1)!).digests['text/1'];
    };
    const base = await last('up', 's3://lake/up/dt={dt}/');
    expect(await last('up', 's3://moved/elsewhere/dt={dt}/')).toBe(base);
    expect(await last('up', 's3://lake/up/{dt}/')).not.toBe(base);
    expect(await last('ap', 's3://lake/up/dt={dt}/')).not.toBe(base);
  });

  it('covers what of itself a dataset reads, and not where it stands', async () => {
    const own = (self: number, target = KEYS.target) =>
      textOf({ target, inputs: `{ raw: "s3://lake/raw/dt={dt}/*.csv", own: { self: ${self} } }` });
    expect(await own(-1, 's3://moved/elsewhere/dt={dt}/')).toBe(await own(-1));
    expect(await own(0)).not.toBe(await own(-1));
    expect(await own(0)).not.toBe(await textOf());
  });

  it("adds the engine's tree under its own name, so that either may agree", async () => {
    const [a, b] = [await dataset(), await dataset({}, SQL.toLowerCase())];
    const tree = { algorithm: 'tree/engine-1', tree: 'T' };
    expect(compareFingerprints(fingerprintOf(a), fingerprintOf(b))).toBe('different');
    expect(compareFingerprints(fingerprintOf(a, tree), fingerprintOf(b, tree))).toBe('equal');
    const other = await dataset({ partition: '{ dt: { grain: day, start: 2025, timezone: Asia/Tokyo } }' });
    expect(compareFingerprints(fingerprintOf(a, tree), fingerprintOf(other, tree))).toBe('different');
    expect(Object.keys(fingerprintOf(await dataset({}, null), tree).digests)).toEqual(['text/1']);
  });
});

describe('digests that plans pin', () => {
  it('tell checks and write options apart', async () => {
    const plain = await dataset();
    const checked = await dataset({ checks: '[{ notNull: [id] }]' });
    const warned = await dataset({ checks: '[{ notNull: [id], severity: warn }]' });
    const written = await dataset({
      target: '{ url: "s3://lake/clean/sales/dt={dt}/", compression: snappy }',
    });
    expect(new Set([plain, checked, warned].map(checksDigest)).size).toBe(3);
    expect(checksDigest(written)).toBe(checksDigest(plain));
    expect(writeOptionsDigest(written)).not.toBe(writeOptionsDigest(plain));
    expect(writeOptionsDigest(checked)).toBe(writeOptionsDigest(plain));
  });
});
