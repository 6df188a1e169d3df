/** Parameters of a job's SQL as bound values. */
import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { DuckDBDateValue, DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';
import type { EngineValue } from '../transform-engine.js';

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
