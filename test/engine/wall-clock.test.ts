import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTree } from '../../src/engine/duckdb/canonical-tree.js';
import { plainComparisons } from '../../src/engine/duckdb/wall-clock.js';
import type { Fixture } from './fixture.js';
import { openFixture } from './fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ processes: 1 });
});
afterAll(() => fixture.close());

/** The parameters that may be bound as readings, where `ts` has no zone and `text` and `payload` are other columns. */
async function plain(sql: string): Promise<string[]> {
  const [row] = await fixture.sql(`SELECT json_serialize_sql($q$${sql}$q$) AS tree`);
  const columns = new Set(['ts', 'text', 'payload', 'tz']);
  return [...plainComparisons(parseTree(String(row!['tree'])), new Set(['ts']), columns)].sort();
}

describe('a parameter is bound as a wall clock reading', () => {
  it.each([
    ['SELECT * FROM raw WHERE ts >= $a AND ts < $b', ['a', 'b']],
    ['SELECT r.* FROM raw AS r WHERE r.TS >= $A AND $b > r.ts', ['a', 'b']],
    ['SELECT ts AS ts, text FROM raw WHERE ts BETWEEN $a AND $b', ['a', 'b']],
    [
      'WITH x AS (SELECT * FROM raw WHERE ts >= $a) SELECT text AS t FROM x JOIN other USING (id) WHERE x.ts < $b',
      ['a', 'b'],
    ],
    ['SELECT ts, $b AS upto FROM raw WHERE ts >= $a AND ts < $b', ['a']],
  ])('%s', async (sql, expected) => {
    expect(await plain(sql)).toEqual(expected);
  });
});

describe('a parameter stays an instant where it might mean something else', () => {
  it.each([
    ['another column', 'SELECT * FROM raw WHERE text >= $a'],
    ['a column with a zone', 'SELECT * FROM raw WHERE tz >= $a'],
    ['used elsewhere too', 'SELECT epoch($a) AS e FROM raw WHERE ts >= $a'],
    ['an expression', 'SELECT * FROM raw WHERE ts + INTERVAL 1 DAY >= $a'],
    ['a column made anew', 'SELECT * FROM (SELECT text AS ts FROM raw) WHERE ts >= $a'],
    ['a column replaced', 'SELECT * FROM (SELECT * REPLACE (text AS ts) FROM raw) WHERE ts >= $a'],
    ['a column renamed', 'SELECT * FROM (SELECT * RENAME (text AS ts) FROM raw) WHERE ts >= $a'],
    ['a column list', 'SELECT * FROM (SELECT text FROM raw) AS x(ts) WHERE ts >= $a'],
    ['a column list of a CTE', 'WITH x(ts) AS (SELECT text FROM raw) SELECT * FROM x WHERE ts >= $a'],
    [
      'a union that may change its type',
      'SELECT * FROM (SELECT ts FROM raw UNION ALL SELECT text FROM raw) WHERE ts >= $a',
    ],
    ['a field of a struct', 'SELECT * FROM raw WHERE payload.ts >= $a'],
    [
      'a field of a struct made here',
      'SELECT * FROM (SELECT from_json(text, \'{"ts":"VARCHAR"}\') AS p FROM raw) WHERE p.ts >= $a',
    ],
    ['fields of a struct as columns', 'SELECT * FROM (SELECT payload.* FROM raw) WHERE ts >= $a'],
    ['unnested fields', 'SELECT * FROM (SELECT unnest(payload) FROM raw) WHERE ts >= $a'],
    ['a table function', "SELECT * FROM raw, read_csv('x') WHERE ts >= $a"],
    ['a pivot', 'SELECT * FROM (PIVOT raw ON text IN (1) USING max(payload)) WHERE ts >= $a'],
  ])('%s', async (_what, sql) => {
    expect(await plain(sql)).toEqual([]);
  });
});

describe('rows are the same, bound either way', () => {
  const readings =
    "SELECT TIMESTAMP '2025-03-29' + INTERVAL (i * 10) MINUTE AS ts, i AS id FROM range(500) t(i)";
  const window = (start: string, end: string) => ({
    partition_start: { type: 'instant', value: Date.parse(start) } as const,
    partition_end: { type: 'instant', value: Date.parse(end) } as const,
  });

  it.each([
    ['a day of 23 hours', '2025-03-29T23:00:00Z', '2025-03-30T22:00:00Z'],
    ['an hour that begins as the clocks change', '2025-03-30T01:00:00Z', '2025-03-30T02:00:00Z'],
    ['an hour after it', '2025-03-30T04:00:00Z', '2025-03-30T05:00:00Z'],
  ])('%s', async (_what, start, end) => {
    const rows = async (where: string) => {
      const sql = `SELECT id, ts FROM raw WHERE ${where}`;
      const parameters = window(start, end);
      const job = await fixture.job({
        raw: readings,
        sql,
        parameters,
        timezone: 'Europe/Berlin',
        expectRange: null,
        expectColumns: {},
      });
      const { files } = await fixture.engine.transform(job);
      return fixture.sql(`SELECT id FROM '${files[0]!.file}'`);
    };
    const asReadings = await rows('ts >= $partition_start AND ts < $partition_end');
    const asInstants = await rows(
      'ts >= $partition_start AND ts < $partition_end AND $partition_end IS NOT NULL AND $partition_start IS NOT NULL',
    );
    expect(asReadings).toEqual(asInstants);
    expect(asReadings.length).toBeGreaterThan(0);
  });
});
