/** A person's query inside a statement of ours: built by framing, so that an error's position can be told in the person's text. */
import { LakefillError } from '../../core/errors.js';
import type { DuckDbError, Place } from './duckdb-error.js';
import { limitError, placeOf, readDuckDbError } from './duckdb-error.js';
import { trimStatement } from '../../core/sql-tokens.js';

export interface FramedSql {
  readonly statement: string;
  /** The person's SQL without its end, and the lines before it. */
  readonly sql: string;
  readonly linesBefore: number;
}

/** `before` (sql) `after`: the SQL stands in parentheses on lines of its own, so a closing comment in it ends with it. */
export function frame(before: string, sql: string, after: string): FramedSql {
  return {
    statement: `${before} (\n${trimStatement(sql)}\n) ${after}`,
    sql: trimStatement(sql),
    linesBefore: 1,
  };
}

/** `before` sql, the SQL as the statement's own query: its columns keep their names, repeated ones too. */
export function follow(before: string, sql: string): FramedSql {
  return {
    statement: `${before}\n${trimStatement(sql)}`,
    sql: trimStatement(sql),
    linesBefore: before.split('\n').length,
  };
}

/** Where in the person's SQL; null when the error is outside of it or its place is unknown. */
function placeIn({ statement, sql, linesBefore }: FramedSql, { position, kind }: DuckDbError): Place | null {
  if (position === null) return null;
  const { line, column } = placeOf(statement, position, kind);
  const own = line - linesBefore;
  return own >= 1 && own <= sql.split('\n').length ? { line: own, column } : null;
}

export interface UserSqlContext {
  /** What the SQL is called in messages: `The transform`, `The check sql(...)`. */
  readonly subject: string;
  /** Names that the SQL can read. */
  readonly tables: readonly string[];
  /** Inputs without objects and without known columns. */
  readonly emptyInputs: readonly string[];
}

/** DuckDB's error while it bound or ran the person's SQL, in the words of this project. */
export function userSqlError(cause: unknown, framed: FramedSql, context: UserSqlContext): LakefillError {
  const error = readDuckDbError(cause);
  const place = placeIn(framed, error);
  const at = place === null ? '' : ` at line ${place.line}, column ${place.column}`;
  const details = { context: { ...place }, cause };
  const { subject } = context;
  const limit = limitError(subject, error, cause);
  if (limit !== null) return limit;
  if (error.kind === 'Parser') {
    return new LakefillError(
      'TRANSFORM_SYNTAX',
      `${subject} is not valid SQL${at}: ${error.message}`,
      details,
    );
  }
  if (error.kind === 'Permission') {
    return new LakefillError('TRANSFORM_REFUSED', `${subject} may not do that${at}: ${error.message}`, {
      ...details,
      hint: 'SQL reads its inputs and nothing else. Declare what it needs under inputs.',
    });
  }
  const missing = /^Table with name (.+?) does not exist/.exec(error.message)?.[1];
  if (missing !== undefined) return missingTable(missing, at, details, context);
  return new LakefillError('TRANSFORM_FAILED', `${subject} failed${at}: ${error.message}`, {
    ...details,
    hint: 'Correct the SQL, or the data that it reads.',
  });
}

function missingTable(
  table: string,
  at: string,
  details: { context: object; cause: unknown },
  { subject, tables, emptyInputs }: UserSqlContext,
): LakefillError {
  const options = { cause: details.cause, context: { ...details.context, table } };
  if (emptyInputs.some((input) => input.toLowerCase() === table.toLowerCase())) {
    const message = `${subject} reads ${table}${at}, but that input has no objects, so its columns are not known.`;
    return new LakefillError('TRANSFORM_FAILED', message, {
      ...options,
      hint: `Give inputs.${table}.options.columns, or require the input so that the partition waits for it.`,
    });
  }
  return new LakefillError('TRANSFORM_FAILED', `${subject} reads ${table}${at}, which is no input.`, {
    ...options,
    hint: tables.length > 0 ? `It can read ${tables.join(', ')}.` : 'Declare it under inputs.',
  });
}
