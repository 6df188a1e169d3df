/** Parameters of a job's SQL as bound values. */
import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { DuckDBDateValue, DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';
import { sqlTokens } from '../../core/sql-tokens.js';
import type { EngineValue } from '../transform-engine.js';
import { SQL_TYPES } from './literal.js';

/** `wall`: a wall clock reading, milliseconds as if it were UTC, bound as TIMESTAMP without zone (see wall-clock.ts). */
export type Parameter = EngineValue | { readonly type: 'wall'; readonly value: number };

/** By name without `$`, in any case. */
export type Parameters = Readonly<Record<string, Parameter>>;

const DAY = 86_400_000;

export function bind(prepared: DuckDBPreparedStatement, index: number, parameter: Parameter): void {
  if (parameter.value === null) return prepared.bindNull(index);
  switch (parameter.type) {
    case 'text':
      return prepared.bindVarchar(index, parameter.value);
    case 'integer':
      return prepared.bindBigInt(index, BigInt(parameter.value));
    case 'date':
      return prepared.bindDate(index, new DuckDBDateValue(Date.parse(`${parameter.value}T00:00:00Z`) / DAY));
    case 'instant':
      return prepared.bindTimestampTZ(index, new DuckDBTimestampTZValue(BigInt(parameter.value) * 1000n));
    case 'wall':
      return prepared.bindTimestamp(index, new DuckDBTimestampValue(BigInt(parameter.value) * 1000n));
  }
}

/** The SQL with a cast around each parameter that is NULL: it is bound without a type, and a column of it would be an INTEGER. */
export function withTypedNulls(sql: string, parameters: Parameters): string {
  const nulls = new Map<string, string>(
    Object.entries(parameters).flatMap(([key, { type, value }]) =>
      value === null && type !== 'wall' ? [[`$${key.toLowerCase()}`, SQL_TYPES[type]] as const] : [],
    ),
  );
  if (nulls.size === 0) return sql;
  const uses = sqlTokens(sql).filter(
    ({ kind, text }) => kind === 'parameter' && nulls.has(text.toLowerCase()),
  );
  return uses.reduceRight((typed, { text, offset }) => {
    const cast = `CAST(${text} AS ${nulls.get(text.toLowerCase())!})`;
    return typed.slice(0, offset) + cast + typed.slice(offset + text.length);
  }, sql);
}
