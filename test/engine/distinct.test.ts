import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aggregateSql, bitMaps } from '../../src/engine/duckdb/distinct.js';
import { Session } from '../../src/engine/duckdb/session.js';
import type { AroundDistinct } from '../../src/engine/transform-engine.js';

const ROWS = 100_000;

/** Expression of `i` from 0, its type, whether its values lie close together. */
const COLUMNS: readonly [name: string, sql: string, type: string, close: boolean][] = [
  ['running ids', '400000 + i', 'BIGINT', true],
  ['ids in any order', '(i * 7919) % 100000', 'BIGINT', true],
  ['each value twice', 'i // 2', 'INTEGER', true],
  ['one of them twice', 'CASE i WHEN 99999 THEN 5 ELSE i END', 'INTEGER', true],
  ['a few values', 'i % 100', 'UTINYINT', true],
  ['some NULLs', 'CASE WHEN i % 3 > 0 THEN i END', 'BIGINT', true],
  ['nothing but NULLs', 'NULL', 'BIGINT', false],
  ['the least of all', '-9223372036854775808 + i', 'BIGINT', true],
  ['the greatest of all', '18446744073709551615 - i', 'UBIGINT', true],
  ['greater than those', '170141183460469231731687303715884105727 - i', 'HUGEINT', true],
  [
    'from end to end',
    'CASE i WHEN 0 THEN -9223372036854775808 ELSE 9223372036854775807 - i END',
    'BIGINT',
    false,
  ],
  ['far apart', 'i * 1000', 'BIGINT', false],
  ['texts', "'order ' || i", 'VARCHAR', false],
  ['prices', 'i / 100', 'DECIMAL(9,2)', false],
];

let connection: DuckDBConnection;
let session: Session;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  session = new Session(connection, () => undefined);
  const select = COLUMNS.map(([name, sql, type]) => `CAST(${sql} AS ${type}) AS "${name}"`).join(', ');
  await session.run(
    `CREATE TEMP TABLE output AS SELECT ${select} FROM (SELECT i::HUGEINT AS i FROM range(${ROWS}) r(i))`,
  );
});
afterAll(() => connection.closeSync());

const of = (distinct: string): AroundDistinct => ({ distinct, before: '2 * ', after: ' + 1' });
const TYPES = new Map(COLUMNS.map(([name, , type]) => [name.toLowerCase(), type]));
const first = async (sql: string) => Object.values((await session.rows(sql))[0]!)[0];

it.each(COLUMNS)('%s are counted as DISTINCT counts them', async (name, _sql, _type, close) => {
  const maps = await bitMaps(session, ['count(*)', of(name)], TYPES, ROWS);
  expect([...maps.keys()]).toEqual(close ? [name.toLowerCase()] : []);
  const counted = await first(`SELECT ${aggregateSql(of(name), maps)} FROM output`);
  expect(Number(counted)).toBe(1 + 2 * Number(await first(`SELECT count(DISTINCT "${name}") FROM output`)));
});

it('several columns share the scan for the bounds; of few rows there is none', async () => {
  const both = [of('running ids'), of('a few values'), of('texts'), of('running ids')];
  expect([...(await bitMaps(session, both, TYPES, ROWS)).keys()]).toEqual(['running ids', 'a few values']);
  expect(await bitMaps(session, both, TYPES, ROWS - 1)).toEqual(new Map());
});
