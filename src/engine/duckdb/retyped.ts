/**
 * Columns whose type changed from file to file of one input. DuckDB would read them as text without a word when it matches
 * by name; here only changes that lose nothing pass (a wider whole number, FLOAT to DOUBLE), the rest is refused.
 */
import { LakefillError } from '../../core/errors.js';
import type { EngineInput } from '../transform-engine.js';
import { textList } from './literal.js';
import type { Session } from './session.js';

/** Types that all fit into the last of their row. */
const WIDENING = [
  ['UTINYINT', 'USMALLINT', 'UINTEGER', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'],
  ['UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT'],
  ['FLOAT', 'DOUBLE'],
  ['TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP'],
];

interface SchemaRow {
  readonly file_name: string;
  readonly name: string;
  readonly type: string;
  readonly children: number;
}

/** Throws INPUT_UNREADABLE that names the column, two types and a file of each. Columns of `declared` are cast, so they may vary. */
export async function refuseRetyped(
  session: Session,
  input: EngineInput,
  declared: readonly string[],
): Promise<void> {
  const cast = new Set(declared.map((column) => column.toLowerCase()));
  if (input.files.length < 2) return;
  const rows = (await session.rows(
    `SELECT file_name, name, coalesce(duckdb_type, 'nested') AS type, coalesce(num_children, 0) AS children
     FROM parquet_schema(${textList(input.files.map((file) => file.file))}) ORDER BY file_name, column_id`,
  )) as unknown as SchemaRow[];
  for (const [column, files] of typesByColumn(rows)) {
    const [first, ...others] = [...files.keys()];
    if (others.length === 0 || cast.has(column) || widens([...files.keys()])) continue;
    const shown = (type: string) => input.files.find((file) => file.file === files.get(type))?.shownAs;
    throw new LakefillError(
      'INPUT_UNREADABLE',
      `Input ${input.name}: column ${column} is ${first} in ${shown(first!)} and ${others[0]} in ${shown(others[0]!)}.`,
      {
        hint: 'Restate the files of one type, declare the column under options.columns, or read them as two inputs and cast.',
        context: { input: input.name, column, types: [...files.keys()] },
      },
    );
  }
}

/** Column (lower case) -> type -> one file that has it so. Declared rows come depth first: a nested column's parts are skipped. */
function typesByColumn(rows: readonly SchemaRow[]): Map<string, Map<string, string>> {
  const columns = new Map<string, Map<string, string>>();
  for (let i = 0; i < rows.length;) {
    const end = i + sizeOf(rows, i);
    for (let child = i + 1; child < end; child += sizeOf(rows, child)) {
      const { name, type, file_name } = rows[child]!;
      const types = columns.get(name.toLowerCase()) ?? new Map<string, string>();
      columns.set(name.toLowerCase(), types);
      if (!types.has(type)) types.set(type, file_name);
    }
    i = end;
  }
  return columns;
}

/** Rows of the subtree that begins here. */
function sizeOf(rows: readonly SchemaRow[], at: number): number {
  let size = 1;
  for (let child = 0; child < rows[at]!.children; child++) size += sizeOf(rows, at + size);
  return size;
}

function widens(types: readonly string[]): boolean {
  const scale = (type: string) => /^DECIMAL\(\d+,\s*(\d+)\)$/.exec(type)?.[1];
  const scales = new Set(types.map(scale));
  if (scales.size === 1 && !scales.has(undefined)) return true;
  return WIDENING.some((row) => types.every((type) => row.includes(type)));
}
