/** A folder of jobs, an engine over it, and an independent DuckDB that makes inputs and reads outputs back. */
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDuckDbEngine } from '../../src/engine/duckdb/engine.js';
import type {
  EngineFile,
  EngineInput,
  EngineValue,
  TransformJob,
} from '../../src/engine/transform-engine.js';

export const DAY = 86_400_000;
export const START = Date.parse('2025-01-03T00:00:00Z');

export const date = (value: string): EngineValue => ({ type: 'date', value });

export async function openFixture(options: { processes?: number; memoryBytes?: number } = {}) {
  const root = mkdtempSync(path.join(tmpdir(), 'lakefill-engine-'));
  const reader = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await reader.connect();
  const engine = createDuckDbEngine({ processes: 2, memoryBytes: 2e9, folder: root, ...options });
  let jobs = 0;

  const sql = async (text: string) => (await connection.runAndReadAll(text)).getRowObjectsJson();
  const newFolder = () => {
    const folder = path.join(root, `t${++jobs}`);
    mkdirSync(path.join(folder, 'in'), { recursive: true });
    return folder;
  };

  /** One input file of the job, from a query or as bytes. */
  const file = async (
    folder: string,
    name: string,
    content: string | { bytes: Uint8Array | string },
    pathColumns: EngineFile['pathColumns'] = {},
  ): Promise<EngineFile> => {
    const local = path.join(folder, 'in', name);
    if (typeof content === 'string') await sql(`COPY (${content}) TO '${local}' (FORMAT parquet)`);
    else writeFileSync(local, content.bytes);
    return { file: local, shownAs: `s3://lake/raw/${name}`, pathColumns };
  };

  /** A job over one Parquet input `raw` made by the query, unless told otherwise. */
  const job = async (
    over: Partial<Omit<TransformJob, 'folder'>> & {
      raw?: string;
      prepare?: (folder: string) => Promise<EngineInput[]>;
    } = {},
  ): Promise<TransformJob> => {
    const { raw, prepare, ...rest } = over;
    const folder = newFolder();
    const rows =
      raw ??
      `SELECT i AS id, TIMESTAMP '2025-01-03' + INTERVAL (i) SECOND AS ts, 'r' || (i % 3) AS region FROM range(1000) t(i)`;
    const inputs = prepare
      ? await prepare(folder)
      : [
          {
            name: 'raw',
            format: 'parquet' as const,
            options: {},
            files: [await file(folder, 'a.parquet', rows, { dt: date('2025-01-03') })],
          },
        ];
    return {
      folder,
      inputs,
      sql: 'SELECT * FROM raw',
      parameters: {
        partition_start: { type: 'instant', value: START },
        partition_end: { type: 'instant', value: START + DAY },
        dt: date('2025-01-03'),
      },
      timezone: 'UTC',
      dropColumns: ['dt'],
      write: {
        compression: 'zstd',
        compressionLevel: null,
        rowGroupRows: null,
        maxFileBytes: 512 * 1024 * 1024,
        sortBy: [],
      },
      measures: [],
      expectColumns: { dt: date('2025-01-03') },
      expectRange: { column: 'ts', start: START, end: START + DAY },
      limits: { memoryBytes: 500e6, threads: 1, timeoutMs: 60_000 },
      ...rest,
    };
  };

  const close = async () => {
    await engine.close();
    connection.closeSync();
    reader.closeSync();
    rmSync(root, { recursive: true, force: true });
  };

  return { root, engine, sql, file, job, close };
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** True while a process with this id exists and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  } catch {
    return false;
  }
}

/** Waits for a condition that another process brings about. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
