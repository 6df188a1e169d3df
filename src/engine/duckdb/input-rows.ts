/** Rows of files: from the footers of Parquet files, by reading texts. */
import type { EngineInput } from '../transform-engine.js';
import { name, textList } from './literal.js';
import type { Session } from './session.js';

/** Rows of each Parquet file, by path. One query for all of them. */
export async function parquetRows(session: Session, files: readonly string[]): Promise<Map<string, number>> {
  if (files.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT file_name, num_rows FROM parquet_file_metadata(${textList(files)})`,
  );
  return new Map(rows.map((row) => [String(row['file_name']), Number(row['num_rows'])]));
}

/** Paths of the inputs' Parquet files. */
export function parquetFiles(inputs: readonly EngineInput[]): string[] {
  return inputs
    .filter(({ format }) => format === 'parquet')
    .flatMap(({ files }) => files.map(({ file }) => file));
}

/** Rows of each input by name. The inputs' views must exist. */
export async function countInputRows(
  session: Session,
  inputs: readonly EngineInput[],
  parquet: ReadonlyMap<string, number>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const input of inputs) counts[input.name] = await countRows(session, input, parquet);
  return counts;
}

async function countRows(
  session: Session,
  input: EngineInput,
  parquet: ReadonlyMap<string, number>,
): Promise<number> {
  if (input.files.length === 0) return 0;
  if (input.format === 'parquet')
    return input.files.reduce((sum, { file }) => sum + (parquet.get(file) ?? 0), 0);
  const [row] = await session.rows(`SELECT count(*) AS n FROM ${name(input.name)}`);
  return Number(row!['n']);
}
