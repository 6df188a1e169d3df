/**
 * The SQL of a comparison, over views `before` and `after`; a side without files has no view and stands as no rows. Joins and
 * groupings only, which the engine spills to disk, so partitions may be larger than memory. Pure.
 */
import type { Column } from '../engine/transform-engine.js';
import { quoteName } from '../check/sql.js';

export type SideName = 'before' | 'after';

/** Columns of both sides, in the order of `after`; compared as text where their types differ. */
export interface SharedColumn {
  readonly name: string;
  readonly asText: boolean;
}

export interface Comparison {
  readonly shared: readonly SharedColumn[];
  /** Columns that tell rows apart, all of them shared; null: whole rows. */
  readonly by: readonly string[] | null;
  /** Sides that have files. */
  readonly present: ReadonlySet<SideName>;
}

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL.*)$/;
const FLOATING = /^(FLOAT|DOUBLE)$/;

export function isNumeric({ type }: Column): boolean {
  return NUMERIC.test(type) || FLOATING.test(type);
}

export function sharedColumns(before: readonly Column[], after: readonly Column[]): SharedColumn[] {
  const types = new Map(before.map(({ name, type }) => [name, type]));
  return after
    .filter(({ name }) => types.has(name))
    .map(({ name, type }) => ({ name, asText: types.get(name) !== type }));
}

export function describeSql(side: SideName): string {
  return `SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM ${side})`;
}

/** One row: `rows`, `repeated` (rows beyond the first of their key) and `s0`, `s1` ... for the numeric columns. */
export function sideSql(side: SideName, columns: readonly Column[], by: readonly string[] | null): string {
  const sums = columns
    .filter(isNumeric)
    .map(({ name, type }, i) => `${FLOATING.test(type) ? 'fsum' : 'sum'}(${quoteName(name)}) AS s${i}`);
  const keys = by?.map(quoteName).join(', ');
  const repeated = keys
    ? `(SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${side} GROUP BY ${keys} HAVING count(*) > 1))`
    : '0';
  return `SELECT ${['count(*) AS rows', `${repeated} AS repeated`, ...sums].join(', ')} FROM ${side}`;
}

/** One row: `only_before`, `only_after`, `changed`, `same`, and with a key `m0`, `m1` ... rows that agree in each shared column. */
export function totalsSql(comparison: Comparison): string {
  const { shared, by } = comparison;
  if (by === null) {
    return `${groups(comparison)} SELECT coalesce(sum(greatest(nb - na, 0)), 0) AS only_before,
      coalesce(sum(greatest(na - nb, 0)), 0) AS only_after, 0 AS changed,
      coalesce(sum(least(na, nb)), 0) AS same FROM g`;
  }
  const both = 'b.here AND a.here';
  const agree = shared.map((_, i) => `b.c${i} IS NOT DISTINCT FROM a.c${i}`);
  return `${sides(comparison)} SELECT count(*) FILTER (a.here IS NULL) AS only_before,
    count(*) FILTER (b.here IS NULL) AS only_after,
    count(*) FILTER (${both} AND NOT (${agree.join(' AND ')})) AS changed,
    count(*) FILTER (${both} AND ${agree.join(' AND ')}) AS same,
    ${agree.map((same, i) => `count(*) FILTER (${both} AND ${same}) AS m${i}`).join(', ')}
    FROM b FULL JOIN a ON ${onKey(comparison)}`;
}

/** Rows of one side only, under `c0`, `c1` ... */
export function onlySql(comparison: Comparison, side: SideName): string {
  const columns = comparison.shared.map((_, i) => `c${i}`).join(', ');
  if (comparison.by === null) {
    const more = side === 'before' ? 'nb > na' : 'na > nb';
    return `${groups(comparison)} SELECT ${columns} FROM g WHERE ${more} ORDER BY ${columns} LIMIT 5`;
  }
  const [own, other] = side === 'before' ? ['b', 'a'] : ['a', 'b'];
  return `${sides(comparison)} SELECT ${own}.* EXCLUDE (here) FROM ${own} LEFT JOIN ${other} ON ${onKey(comparison)}
    WHERE ${other}.here IS NULL ORDER BY ${keysOf(comparison, own)} LIMIT 5`;
}

/** Rows of one key that differ: `b0`, `b1` ... and `a0`, `a1` ... Only with a key. */
export function changedSql(comparison: Comparison): string {
  const { shared } = comparison;
  const columns = shared.flatMap((_, i) => [`b.c${i} AS b${i}`, `a.c${i} AS a${i}`]).join(', ');
  const differs = shared.map((_, i) => `b.c${i} IS DISTINCT FROM a.c${i}`).join(' OR ');
  return `${sides(comparison)} SELECT ${columns} FROM b JOIN a ON ${onKey(comparison)}
    WHERE ${differs} ORDER BY ${keysOf(comparison, 'b')} LIMIT 5`;
}

/** `b` and `a`: the shared columns as `c0`, `c1` ... and `here`, so that no name of a column can collide. */
function sides({ shared, present }: Comparison): string {
  const one = (side: SideName, alias: string) => {
    const from = present.has(side) ? side : side === 'before' ? 'after' : 'before';
    const columns = shared.map(({ name, asText }, i) =>
      asText ? `CAST(${quoteName(name)} AS VARCHAR) AS c${i}` : `${quoteName(name)} AS c${i}`,
    );
    const where = present.has(side) ? '' : ' WHERE false';
    return `${alias} AS (SELECT ${['true AS here', ...columns].join(', ')} FROM ${from}${where})`;
  };
  return `WITH ${one('before', 'b')}, ${one('after', 'a')}`;
}

/** `g`: each distinct row with how often each side has it. */
function groups(comparison: Comparison): string {
  const columns = comparison.shared.map((_, i) => `c${i}`).join(', ');
  return `${sides(comparison)}, u AS (SELECT 0 AS side, ${columns} FROM b UNION ALL SELECT 1, ${columns} FROM a),
    g AS (SELECT ${columns}, count(*) FILTER (side = 0) AS nb, count(*) FILTER (side = 1) AS na FROM u GROUP BY ${columns})`;
}

function keyIndexes({ shared, by }: Comparison): number[] {
  return (by ?? []).map((key) => shared.findIndex(({ name }) => name === key));
}

function onKey(comparison: Comparison): string {
  return keyIndexes(comparison)
    .map((i) => `b.c${i} IS NOT DISTINCT FROM a.c${i}`)
    .join(' AND ');
}

function keysOf(comparison: Comparison, alias: string): string {
  return keyIndexes(comparison)
    .map((i) => `${alias}.c${i}`)
    .join(', ');
}
