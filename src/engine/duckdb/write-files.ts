/**
 * The COPY that writes the output. A fresh folder each time; a file that was cut short never mixes with a later one.
 *
 * The same rows give the same bytes: one thread writes in the order of the query, split by DuckDB near the wanted size.
 * Several threads are used only where that order survives them (parallel.ts); they cannot split, so only for outputs that
 * stay below the wanted size.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LakefillError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import type { Column, TransformJob, WriteOptions } from '../transform-engine.js';
import { find } from './belongs.js';
import { name, text } from './literal.js';

/** Name of the error that the COPY raises at its first foreign row. */
export const FOREIGN_ROW = 'lakefill: a row of another partition';
/** The same at the first row of which something would be lost. */
export const LOSSY_ROW = 'lakefill: a row that holds more than the path';

/** Conditions on the query's rows at which the COPY stops; null where no row can meet one. */
export interface RowStops {
  readonly foreign: string | null;
  readonly lossy: string | null;
}

export function outputFolder(job: TransformJob): string {
  return path.join(job.folder, 'output');
}

/** Removes what an earlier try left. DuckDB makes the folder itself when it splits. */
export async function clearOutput(job: TransformJob, split: boolean): Promise<void> {
  await rm(outputFolder(job), { recursive: true, force: true });
  if (!split) await mkdir(outputFolder(job));
}

/** What stands around the person's query in the COPY. */
export interface CopyFrame {
  readonly before: string;
  readonly after: string;
}

export function copyFrame(
  job: TransformJob,
  columns: readonly Column[],
  stops: RowStops,
  split: boolean,
): CopyFrame {
  const dropped = job.dropColumns.flatMap((column) => find(columns, column)?.name ?? []);
  if (dropped.length === columns.length) {
    throw new LakefillError(
      'TRANSFORM_REFUSED',
      'The output has no column beside those of the path, which are left out of the files.',
      {
        hint: 'Select data columns too, or set partitionColumns: keep.',
      },
    );
  }
  const exclude = dropped.length === 0 ? '' : ` EXCLUDE (${dropped.map(name).join(', ')})`;
  const cases = [
    ...(stops.foreign === null ? [] : [`WHEN ${stops.foreign} THEN error(${text(FOREIGN_ROW)})`]),
    ...(stops.lossy === null ? [] : [`WHEN ${stops.lossy} THEN error(${text(LOSSY_ROW)})`]),
  ];
  const where = cases.length === 0 ? '' : ` WHERE CASE ${cases.join(' ')} ELSE true END`;
  const folder = outputFolder(job);
  const target = split ? folder : path.join(folder, 'data_0.parquet');
  return {
    before: `COPY (SELECT *${exclude} FROM`,
    after: `AS output_rows${where}${orderBy(job.write.sortBy, columns)}) TO ${text(target)} (${options(job.write, split)})`,
  };
}

function options(write: WriteOptions, split: boolean): string {
  const compression = write.compression === 'lz4' ? 'lz4_raw' : write.compression;
  const given = [
    'FORMAT parquet',
    // Spark 4.1 cannot read BYTE_STREAM_SPLIT, which V2 brings.
    'PARQUET_VERSION V1',
    `COMPRESSION ${compression}`,
    ...(write.compression === 'zstd' ? [`COMPRESSION_LEVEL ${write.compressionLevel ?? 3}`] : []),
    ...(write.rowGroupRows === null ? [] : [`ROW_GROUP_SIZE ${write.rowGroupRows}`]),
    ...(split ? [`FILE_SIZE_BYTES ${write.maxFileBytes}`] : []),
  ];
  return given.join(', ');
}

/** `a`, `a asc`, `a desc`; NULLs last. */
function orderBy(sortBy: readonly string[], columns: readonly Column[]): string {
  const keys = sortBy.map((entry) => {
    const [, wanted, direction] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(entry.trim())!;
    const column = find(columns, wanted!);
    if (column !== undefined) return `${name(column.name)} ${direction ?? 'asc'} NULLS LAST`;
    const near = nearest(
      wanted!,
      columns.map((c) => c.name),
    );
    throw new LakefillError(
      'TRANSFORM_REFUSED',
      `The output has no column ${wanted}, which target.sortBy names.`,
      {
        hint: near === null ? 'Select it, or correct sortBy.' : `Did you mean ${near}?`,
      },
    );
  });
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}

/** Gives the written files their names, `part-00000.parquet` and on in the order of their rows; absolute paths. */
export async function nameParts(job: TransformJob): Promise<string[]> {
  const folder = outputFolder(job);
  const numbers = (await readdir(folder))
    .flatMap((file) => /^data_(\d+)\.parquet$/.exec(file)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b));
  const parts: string[] = [];
  for (const [i, number] of numbers.entries()) {
    const part = path.join(folder, `part-${String(i).padStart(5, '0')}.parquet`);
    await rename(path.join(folder, `data_${number}.parquet`), part);
    parts.push(part);
  }
  return parts;
}
