import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUCKDB_VERSION } from '../../src/engine/duckdb/version.js';
import type { Fixture } from './fixture.js';
import { openFixture } from './fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ processes: 1 });
});
afterAll(() => fixture.close());

const inspect = (sql: string) => fixture.engine.inspect(sql);

describe('inspect', () => {
  it('names the version of the library that runs', async () => {
    const [row] = await fixture.sql('SELECT version() AS v');
    expect(row).toEqual({ v: `v${DUCKDB_VERSION}` });
    expect(fixture.engine.name).toBe(`duckdb ${DUCKDB_VERSION}`);
    expect((await inspect('SELECT 1')).treeAlgorithm).toBe(`tree/duckdb-${DUCKDB_VERSION}`);
  });

  it.each([
    'SELECT a FROM raw',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'FROM raw',
    'VALUES (1)',
    '(SELECT 1)',
    'PIVOT raw ON region IN (1, 2) USING sum(qty)',
    'TABLE raw;;',
    '-- leading\nSELECT 1 -- trailing ; comment',
  ])('takes %s', async (sql) => {
    expect((await inspect(sql)).problem).toBeNull();
  });

  it.each([
    ['SELECT a\nFROM raw WHER x = 1', 'TRANSFORM_SYNTAX', 2, 15],
    ["SELECT 'é', FROM FROM raw", 'TRANSFORM_SYNTAX', 1, 18],
    ['SELECT 1;\n SELECT 2', 'TRANSFORM_REFUSED', 2, 2],
    ["COPY (SELECT 1) TO 'x'", 'TRANSFORM_REFUSED', 1, 1],
    ['INSERT INTO raw VALUES (1)', 'TRANSFORM_REFUSED', 1, 1],
    ['PRAGMA version', 'TRANSFORM_REFUSED', 1, 1],
    ['SET threads = 1', 'TRANSFORM_REFUSED', 1, 1],
    ["ATTACH 'x.db'", 'TRANSFORM_REFUSED', 1, 1],
    ['INSTALL httpfs', 'TRANSFORM_REFUSED', 1, 1],
    ['LOAD httpfs', 'TRANSFORM_REFUSED', 1, 1],
    ['CALL pragma_version()', 'TRANSFORM_REFUSED', 1, 1],
    ['EXPLAIN SELECT 1', 'TRANSFORM_REFUSED', 1, 1],
    ['DESCRIBE raw', 'TRANSFORM_REFUSED', 1, 1],
    ['  -- nothing\n', 'TRANSFORM_REFUSED', null, null],
    ['PIVOT raw ON region USING sum(qty)', 'TRANSFORM_REFUSED', null, null],
  ])('refuses %j', async (sql, code, line, column) => {
    const { problem, tree } = await inspect(sql);
    expect(problem).toMatchObject({ code, line, column });
    expect(tree).toBeNull();
  });

  it('names parameters and tables, CTEs left out where they are in scope', async () => {
    const { parameters, tables } = await inspect(
      `WITH raw AS (SELECT * FROM raw WHERE ts >= $Partition_Start), x AS (SELECT * FROM raw)
       SELECT * FROM x JOIN Items USING (id) WHERE EXISTS (SELECT 1 FROM x) AND dt = $dt`,
    );
    expect(parameters).toEqual(['partition_start', 'dt']);
    expect(tables).toEqual(['raw', 'Items']);
  });

  it('keeps a recursive CTE out of the tables', async () => {
    const { tables } = await inspect(
      'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t, raw',
    );
    expect(tables).toEqual(['raw']);
  });

  const tree = async (sql: string) => (await inspect(sql)).tree;

  it('gives one tree for formatting, comments and the case of names', async () => {
    const a = await tree("SELECT Region, upper(name) FROM RAW WHERE kind = 'Big'");
    const b = await tree("select region /* c */,\n  UPPER(NAME)\nfrom raw -- x\nwhere KIND='Big';");
    expect(a).not.toBeNull();
    expect(b).toBe(a);
  });

  it.each([
    ["SELECT 'a'", "SELECT 'A'"],
    ['SELECT 12345678901234567890123', 'SELECT 12345678901234567890124'],
    ['SELECT a, b FROM raw', 'SELECT b, a FROM raw'],
    ['SELECT a FROM raw', 'SELECT DISTINCT a FROM raw'],
  ])('gives %s and %s different trees', async (a, b) => {
    expect(await tree(a)).not.toBe(await tree(b));
  });
});
