/** Result rows as JSON-safe objects: whole numbers as numbers where they are safe, as digits where not; dates and decimals as text. */
import type { DuckDBResultReader } from '@duckdb/node-api';
import { DuckDBTypeId } from '@duckdb/node-api';

const WHOLE = new Set<DuckDBTypeId>([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

export function jsonRows(reader: DuckDBResultReader): Record<string, unknown>[] {
  const columns = reader.deduplicatedColumnNames();
  const whole = columns.filter((_, i) => WHOLE.has(reader.columnTypeId(i)));
  return reader.getRowObjectsJson().map((row) => {
    const plain: Record<string, unknown> = row;
    for (const column of whole) plain[column] = asNumber(plain[column]);
    return plain;
  });
}

function asNumber(digits: unknown): unknown {
  if (typeof digits !== 'string') return digits;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}
