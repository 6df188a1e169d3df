/** The columns of a sample file, and which of them says to which partition a row belongs: read with the engine, in a folder of its own. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LakefillError } from '../core/errors.js';
import type { Interval } from '../core/interval.js';
import type { InputFormat, QueryJob, TransformEngine } from '../engine/transform-engine.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';

export interface Sample {
  readonly store: ObjectStore;
  readonly object: ObjectInfo;
  readonly format: InputFormat;
  /** Of the partition that holds the sample, UTC; null without time. */
  readonly interval: Interval | null;
}

export interface SampleColumns {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** A date or timestamp whose values all lie in the partition; null when there is none. */
  readonly timeColumn: string | null;
  /** Of a CSV whose first line is not separated by commas; null for any other. */
  readonly delimiter: string | null;
}

const LIMITS = { memoryBytes: 1024 ** 3, threads: 1, timeoutMs: 120_000 } as const;

/** @throws what the store and the engine throw; INPUT_CHANGED when the sample was replaced meanwhile */
export async function readColumns(
  sample: Sample,
  engine: TransformEngine,
  signal?: AbortSignal,
): Promise<SampleColumns> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lakefill-init-'));
  try {
    const file = path.join(folder, `sample${/(\.\w+)*$/.exec(path.basename(sample.object.path))?.[0] ?? ''}`);
    const { outcome } = await sample.store.download(
      sample.object.path,
      sample.object.etag,
      file,
      signal ? { signal } : {},
    );
    if (outcome !== 'done')
      throw new LakefillError(
        'INPUT_CHANGED',
        `${sample.object.path} was replaced or removed while it was read; nothing was written.`,
        {
          hint: 'Try again.',
        },
      );
    const delimiter = sample.format === 'csv' ? await delimiterOf(file) : null;
    const job = jobOf(sample, folder, file, delimiter === null ? {} : { delimiter });
    const query = (sql: string, parameters: QueryJob['parameters'] = {}) =>
      engine.query({ ...job, sql, parameters }, signal);
    const rows = await query('SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM sample)');
    const columns = rows.map((row) => ({
      name: String(row['column_name']),
      type: String(row['column_type']),
    }));
    return { columns, timeColumn: await findTimeColumn(columns, sample.interval, query), delimiter };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Longer first lines are not looked at further. */
const FIRST_LINE_BYTES = 65_536;

/** What separates the names in the first line, when no comma does; null for commas, one column, and compressed files. */
async function delimiterOf(file: string): Promise<string | null> {
  if (/\.(gz|zst)$/i.test(file)) return null;
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(FIRST_LINE_BYTES) });
    const line = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0]!;
    return line.includes(',') ? null : ([';', '\t', '|'].find((one) => line.includes(one)) ?? null);
  } finally {
    await handle.close();
  }
}

function jobOf(
  sample: Sample,
  folder: string,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Omit<QueryJob, 'sql' | 'parameters'> {
  const shownAs = `${sample.store.url}${sample.object.path}`;
  return {
    folder,
    inputs: [{ name: 'sample', format: sample.format, files: [{ file, shownAs, pathColumns: {} }], options }],
    output: null,
    timezone: 'UTC',
    maxRows: 10_000,
    limits: LIMITS,
  };
}

async function findTimeColumn(
  columns: SampleColumns['columns'],
  interval: Interval | null,
  query: (sql: string, parameters: QueryJob['parameters']) => Promise<readonly Record<string, unknown>[]>,
): Promise<string | null> {
  const candidates = columns.filter(({ type }) => /^(DATE|TIMESTAMP)/.test(type)).map(({ name }) => name);
  if (interval === null || candidates.length === 0) return null;
  const inside = candidates.map((name, i) => {
    const column = quoteName(name);
    return `bool_and(${column} >= $partition_start AND ${column} < $partition_end) AND count(${column}) = count(*) AS inside${i}`;
  });
  const [row] = await query(`SELECT ${inside.join(', ')} FROM sample`, {
    partition_start: { type: 'instant', value: interval.start },
    partition_end: { type: 'instant', value: interval.end },
  });
  return candidates.find((_, i) => row?.[`inside${i}`] === true) ?? null;
}

/** A column's name in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
