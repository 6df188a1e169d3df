/** Text as SQL: quoted names, literals of values, lists of paths. Everything that is put into a statement passes here. */
import type { EngineValue } from '../transform-engine.js';

/** A name in double quotes: any text is safe. */
export function name(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A text literal. NUL cannot stand in SQL. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function textList(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}

export const SQL_TYPES = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  date: 'DATE',
  instant: 'TIMESTAMP WITH TIME ZONE',
} as const satisfies Record<EngineValue['type'], string>;

/** A typed literal of the value, NULL included. */
export function literal(value: EngineValue): string {
  const type = SQL_TYPES[value.type];
  if (value.value === null) return `CAST(NULL AS ${type})`;
  if (value.type === 'instant') return instant(value.value);
  return `CAST(${text(String(value.value))} AS ${type})`;
}

/** An instant as a literal of TIMESTAMP WITH TIME ZONE, the same in every session zone. */
export function instant(milliseconds: number): string {
  return `make_timestamptz(${BigInt(milliseconds) * 1000n})`;
}
