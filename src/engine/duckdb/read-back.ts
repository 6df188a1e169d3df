/** After the COPY: what the files hold, or which rows kept it from being written. */
import type { EngineValue, TransformJob, TransformResult } from '../transform-engine.js';
import { guarded } from './blame.js';
import { hashFiles } from './hash-files.js';
import { measureOutput } from './measure-output.js';
import { createOutputView } from './output-view.js';
import { asHeld, refuseChanged } from './output-types.js';
import type { PreparedQuery } from './prepare-query.js';
import { frameRenamed } from './rename.js';
import type { Session } from './session.js';
import { clearOutput } from './write-files.js';

export type Checked = Omit<TransformResult, 'inputRows' | 'seconds'>;

const NOTHING = { measures: {}, unmeasured: {}, samples: {} };

/** Every figure is taken from the files: their footers, a scan for the measures, their bytes. */
export async function readBack(
  session: Session,
  job: TransformJob,
  query: PreparedQuery,
  parts: readonly string[],
  rowsOf: ReadonlyMap<string, number>,
): Promise<Checked> {
  const foreignRows = { count: 0, samples: [] };
  const kept = query.columns.filter(
    ({ name }) => !job.dropColumns.some((d) => d.toLowerCase() === name.toLowerCase()),
  );
  const filled = parts.filter((part) => rowsOf.get(part)! > 0);
  if (filled.length === 0) {
    const schema = kept.map(({ name, type }) => ({ name, type: asHeld(type) }));
    return { files: [], rows: 0, schema, foreignRows, ...NOTHING };
  }
  if (job.limits.threads > 1) await session.useThreads(job.limits.threads);
  const constants = droppedColumns(job);
  const schema = await createOutputView(session, filled, constants);
  refuseChanged(kept, schema);
  const types = new Map([
    ...Object.entries(constants).map(([column, { type }]) => [column.toLowerCase(), type] as const),
    ...schema.map(({ name, type }) => [name.toLowerCase(), type] as const),
  ]);
  const rows = filled.reduce((sum, part) => sum + rowsOf.get(part)!, 0);
  // Side by side: the measures are taken on DuckDB's threads, the bytes are hashed on this one.
  const [measured, files] = await Promise.all([
    measureOutput(session, job.measures, types, job.parameters, rows),
    hashFiles(filled, rowsOf),
  ]);
  return { files, rows, schema, foreignRows, ...measured };
}

/** Path columns that the files leave out: every row has the expected value, or the COPY would have stopped. */
function droppedColumns(job: TransformJob): Record<string, EngineValue> {
  const dropped = new Set(job.dropColumns.map((column) => column.toLowerCase()));
  return Object.fromEntries(
    Object.entries(job.expectColumns).filter(([column]) => dropped.has(column.toLowerCase())),
  );
}

/** The query again, to count and show the rows that do not belong. */
export async function countForeign(
  session: Session,
  job: TransformJob,
  { sql, rename, parameters, context, columns }: PreparedQuery,
  foreign: string,
): Promise<Checked> {
  await clearOutput(job, false);
  const counted = frameRenamed(
    rename,
    `SELECT count(*) AS all_rows, count(*) FILTER (${foreign}) AS found FROM`,
    sql,
    'AS output_rows',
  );
  const [row] = await guarded(session, job, counted, context, () =>
    session.rows(counted.statement, parameters),
  );
  const shown = frameRenamed(rename, 'SELECT * FROM', sql, `AS output_rows WHERE ${foreign} LIMIT 5`);
  const samples = await guarded(session, job, shown, context, () =>
    session.rows(shown.statement, parameters),
  );
  const schema = columns.map(({ name, type }) => ({ name, type: asHeld(type) }));
  const foreignRows = { count: Number(row!['found']), samples };
  return { files: [], rows: Number(row!['all_rows']), schema, foreignRows, ...NOTHING };
}
