/** Rows belong to their partition: the SQL condition that is true for a row that does not. */
import { LakefillError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import type { Column, EngineValue, TransformJob } from '../transform-engine.js';
import { instant, literal, name, SQL_TYPES, text } from './literal.js';

/** Null when nothing of the output says where a row belongs. Throws TRANSFORM_REFUSED when a column that the definition names cannot be used. */
export function foreignCondition(job: TransformJob, columns: readonly Column[]): string | null {
  for (const [variable, column] of Object.entries(job.namedColumns ?? {}))
    if (find(columns, column) === undefined)
      throw lacks(columns, column, `by which its rows are placed in ${variable}`, variable);
  const conditions = Object.entries(job.expectColumns).flatMap(([column, expected]) => {
    const own = find(columns, column);
    return own === undefined ? [] : [disagrees(own, expected)];
  });
  if (job.expectRange !== null) conditions.push(outside(job, columns));
  return conditions.length === 0 ? null : conditions.join(' OR ');
}

/** By name, in any case. */
export function find(columns: readonly Column[], wanted: string): Column | undefined {
  return columns.find((column) => column.name.toLowerCase() === wanted.toLowerCase());
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;

/** The column's value, read as the path's type, is not the path's. NULL agrees with NULL only. */
function disagrees(column: Column, expected: EngineValue): string {
  const own = name(column.name);
  if (expected.type === 'text') return `CAST(${own} AS VARCHAR) IS DISTINCT FROM ${literal(expected)}`;
  const same =
    expected.type === 'integer' ? NUMBER.test(column.type) : column.type === SQL_TYPES[expected.type];
  return `${same ? own : `TRY_CAST(${own} AS ${SQL_TYPES[expected.type]})`} IS DISTINCT FROM ${literal(expected)}`;
}

/**
 * Not in `[start, end)`, NULL included. A column without a zone is compared as wall clock readings: a cast of each row to an
 * instant costs more than writing it. The bounds are those readings that a clock reaches by running on from the instant
 * before, so that a midnight which a DST jump skips still separates two days.
 */
function outside({ expectRange, timezone }: TransformJob, columns: readonly Column[]): string {
  const { column: wanted, start, end } = expectRange!;
  const column = find(columns, wanted);
  if (column === undefined)
    throw lacks(columns, wanted, 'by which its rows are placed in time', '<variable>');
  const wall = (at: number) => `(timezone(${text(timezone)}, ${instant(at - 1)}) + INTERVAL 1 MILLISECOND)`;
  const inside = (value: string, bound: (at: number) => string) =>
    `(${value} >= ${bound(start)} AND ${value} < ${bound(end)}) IS NOT TRUE`;
  const own = name(column.name);
  if (column.type === 'TIMESTAMP WITH TIME ZONE') return inside(own, instant);
  if (column.type === 'DATE' || /^TIMESTAMP(_S|_MS|_NS)?$/.test(column.type)) return inside(own, wall);
  if (column.type === 'VARCHAR') return inside(`TRY_CAST(${own} AS TIMESTAMP WITH TIME ZONE)`, instant);
  throw new LakefillError(
    'TRANSFORM_REFUSED',
    `Column ${column.name} of the output is ${column.type}, so it does not place rows in time.`,
    { hint: 'Name a column of type DATE or TIMESTAMP as partition.<variable>.column, or cast it.' },
  );
}

function lacks(columns: readonly Column[], wanted: string, why: string, variable: string): LakefillError {
  const names = columns.map((column) => column.name);
  const near = nearest(wanted, names);
  return new LakefillError('TRANSFORM_REFUSED', `The output has no column ${wanted}, ${why}.`, {
    hint: `${near === null ? '' : `Did you mean ${near}? `}Select it, or correct partition.${variable}.column.`,
    context: { column: wanted, columns: names },
  });
}
