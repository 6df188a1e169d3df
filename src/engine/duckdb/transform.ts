/**
 * One transform, start to end, inside a child: views of the inputs, the COPY, and the check of what was written. Every
 * figure of the result is taken from the files, not from the query.
 */
import type { TransformJob, TransformResult } from '../transform-engine.js';
import { foreignCondition } from './belongs.js';
import { blame, guardInputs } from './blame.js';
import { readDuckDbError } from './duckdb-error.js';
import { countInputRows, parquetFiles, parquetRows } from './input-rows.js';
import { lossError, lossyCondition } from './lost-values.js';
import { refuseInexact } from './output-types.js';
import { mayRunInParallel } from './parallel.js';
import type { PreparedQuery } from './prepare-query.js';
import { prepareQuery } from './prepare-query.js';
import { countForeign, readBack } from './read-back.js';
import { frameRenamed } from './rename.js';
import type { Session } from './session.js';
import { userSqlError } from './user-sql.js';
import { clearOutput, copyFrame, FOREIGN_ROW, LOSSY_ROW, nameParts } from './write-files.js';
import type { RowStops } from './write-files.js';

export async function runTransform(session: Session, job: TransformJob): Promise<TransformResult> {
  const began = performance.now();
  const query = await prepareQuery(session, job);
  refuseInexact(query.columns);
  const stops = {
    foreign: foreignCondition(job, query.columns),
    lossy: lossyCondition(job, query.columns),
  };
  const stopped = await write(session, job, query, stops);
  const wrote = performance.now();
  const parts = stopped === null ? await nameParts(job) : [];
  const rowsOf = await guardInputs(session, job, () =>
    parquetRows(session, [...parts, ...parquetFiles(job.inputs)]),
  );
  const checked =
    stopped === null
      ? await readBack(session, job, query, parts, rowsOf)
      : await countForeign(session, job, query, stops.foreign!);
  // Rows of another partition are the greater fault, whichever row came first.
  if (stopped === LOSSY_ROW && checked.foreignRows.count === 0) throw await lossError(session, job, query);
  const inputRows = await guardInputs(session, job, () => countInputRows(session, job.inputs, rowsOf));
  const seconds = { transform: (wrote - began) / 1000, check: (performance.now() - wrote) / 1000 };
  return { ...checked, inputRows, seconds };
}

/** Null, or what stopped it at a row: nothing is left in the output folder then that anyone uses. */
async function write(
  session: Session,
  job: TransformJob,
  query: PreparedQuery,
  stops: RowStops,
): Promise<string | null> {
  const { sql, rename, columns, parameters, context } = query;
  const whole = frameRenamed(rename, 'SELECT * FROM', sql, 'AS output_rows').statement;
  const parallel = await mayRunInParallel(session, job, whole, parameters);
  if (parallel) await session.useThreads(job.limits.threads);
  const split = !parallel && job.write.maxFileBytes !== null;
  const { before, after } = copyFrame(job, columns, stops, split);
  await clearOutput(job, split);
  const framed = frameRenamed(rename, before, sql, after);
  try {
    await session.run(framed.statement, parameters);
    return null;
  } catch (error) {
    const { message } = readDuckDbError(error);
    if (stops.foreign !== null && message === FOREIGN_ROW) return FOREIGN_ROW;
    if (stops.lossy !== null && message === LOSSY_ROW) return LOSSY_ROW;
    throw await blame(session, job, error, () => userSqlError(error, framed, context));
  }
}
