/** Columns of the query's result that are written under another name. */
import { LakefillError } from '../../core/errors.js';
import type { Column, TransformJob } from '../transform-engine.js';
import { find } from './belongs.js';
import { name } from './literal.js';
import { frame } from './user-sql.js';
import type { FramedSql } from './user-sql.js';

/** Columns as they are written, and what a `SELECT *` over the query needs for it: empty where nothing is renamed. */
export interface Renamed {
  readonly columns: readonly Column[];
  readonly clause: string;
}

/** A column that has its new name already stays. Throws TRANSFORM_REFUSED when it has both names, or neither. */
export function renameColumns({ rename = {} }: TransformJob, columns: readonly Column[]): Renamed {
  const found = Object.entries(rename).flatMap(([from, to]) => {
    const [before, after] = [find(columns, from), find(columns, to)];
    if (before !== undefined && after !== undefined)
      throw refused(
        `has both ${before.name} and ${after.name}, and schema.rename makes one of the other`,
        'Leave one of them out in the SQL.',
      );
    if (before === undefined && after === undefined) throw missing(from, to, columns);
    return before === undefined ? [] : [{ before: before.name, to }];
  });
  if (found.length === 0) return { columns, clause: '' };
  const names = new Map(found.map(({ before, to }) => [before, to]));
  return {
    columns: columns.map((column) => ({ ...column, name: names.get(column.name) ?? column.name })),
    clause: ` RENAME (${found.map(({ before, to }) => `${name(before)} AS ${name(to)}`).join(', ')})`,
  };
}

/** `before` (the query, its columns renamed) `after`. */
export function frameRenamed(clause: string, before: string, sql: string, after: string): FramedSql {
  if (clause === '') return frame(before, sql, after);
  return frame(`${before} (SELECT *${clause} FROM`, sql, `AS named_rows) ${after}`);
}

function missing(from: string, to: string, columns: readonly Column[]): LakefillError {
  return refused(
    `has neither ${from} nor ${to}, which schema.rename names`,
    `Select one of them, or correct schema.rename; the output has ${columns.map((c) => c.name).join(', ')}.`,
  );
}

function refused(what: string, hint: string): LakefillError {
  return new LakefillError('TRANSFORM_REFUSED', `The output ${what}.`, { hint });
}
