/** The tests' own DuckDB: makes raw files, reads published ones. One instance per test file. */
import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

let connection: Promise<DuckDBConnection> | null = null;

function connect(): Promise<DuckDBConnection> {
  connection ??= DuckDBInstance.create(':memory:', {
    threads: '1',
    enable_external_file_cache: 'false',
  }).then((instance) => instance.connect());
  return connection;
}

/** Rows of a SELECT over `data`, which are the rows of these Parquet files and nothing of their paths. */
export async function query(files: readonly string[], sql: string): Promise<Record<string, unknown>[]> {
  const list = files.map(quoted).join(', ');
  return select(
    `WITH data AS (SELECT * FROM read_parquet([${list}], hive_partitioning = false, union_by_name = true)) ${sql}`,
  );
}

export async function select(sql: string): Promise<Record<string, unknown>[]> {
  const reader = await (await connect()).runAndReadAll(sql);
  return reader.getRowObjectsJson() as Record<string, unknown>[];
}

/** One Parquet file of a SELECT, in place at once and whole. */
export async function writeParquet(file: string, sql: string): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.tmp`);
  await (await connect()).run(`COPY (${sql}) TO ${quoted(temporary)} (FORMAT parquet)`);
  renameSync(temporary, file);
}

/** Sales of one day: ids from `first` on, one a minute. Every row says which version of the day it belongs to. */
export function salesSql(day: string, first: number, version: number, rows: number): string {
  return `SELECT ${first}::BIGINT + r AS order_id, TIMESTAMP '${day}' + to_seconds(r % 86400) AS ts,
    (['eu', 'us ', ' apac'])[1 + r % 3] AS region, 1 + r % 9 AS qty, (r % 50)::DOUBLE AS price, ${version}::INTEGER AS version
    FROM range(${rows}) t(r)`;
}

export async function writeSales(
  file: string,
  day: string,
  first: number,
  version: number,
  rows: number,
): Promise<void> {
  await writeParquet(file, salesSql(day, first, version, rows));
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
