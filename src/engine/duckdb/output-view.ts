/** The view `output`: the written files, with the path columns that they leave out as constants, as a reader of the lake sees them. */
import type { Column, EngineValue } from '../transform-engine.js';
import { literal, name, textList } from './literal.js';
import { describe } from './reader.js';
import type { Session } from './session.js';

/** Columns of the files themselves. */
export async function createOutputView(
  session: Session,
  files: readonly string[],
  constants: Readonly<Record<string, EngineValue>>,
): Promise<Column[]> {
  const from = `read_parquet(${textList(files)}, union_by_name = true, hive_partitioning = false)`;
  const columns = await describe(session, `SELECT * FROM ${from}`);
  const own = new Set(columns.map((column) => column.name.toLowerCase()));
  const added = Object.entries(constants)
    .filter(([column]) => !own.has(column.toLowerCase()))
    .map(([column, value]) => `, ${literal(value)} AS ${name(column)}`);
  await session.run(`CREATE TEMP VIEW output AS SELECT *${added.join('')} FROM ${from}`);
  return columns;
}
