/**
 * One transform, start to end, inside a child: views of the inputs, the COPY, and the check of what was written. Every
 * figure of the result is taken from the files, not from the query.
 */
import type { TransformJob, TransformResult } from '../transform-engine.js';
import { foreignCondition } from './belongs.js';
import { blame } from './blame.js';
import { readDuckDbError } from './duckdb-error.js';
import { countInputRows, parquetFiles, parquetRows } from './input-rows.js';
import { refuseInexact } from './output-types.js';
import { mayRunInParallel } from './parallel.js';
import type { PreparedQuery } from './prepare-query.js';
import { prepareQuery } from './prepare-query.js';
import { countForeign, readBack } from './read-back.js';
import { frameRenamed } from './rename.js';
import type { Session } from './session.js';
import { userSqlError } from './user-sql.js';
import { clearOutput, copyFrame, FOREIGN_ROW, nameParts } from './write-files.js';

export async function runTransform(session: Session, job: TransformJob): Promise<TransformResult> {
  const began = performance.now();
  const query = await prepareQuery(session, job);
  refuseInexact(query.columns);
  const foreign = foreignCondition(job, query.columns);
  const written = await write(session, job, query, foreign);
  const wrote = performance.now();
  const parts = written ? await nameParts(job) : [];
  const rowsOf = await parquetRows(session, [...parts, ...parquetFiles(job.inputs)]);
  const checked = written
    ? await readBack(session, job, query, parts, rowsOf)
    : await countForeign(session, job, query, foreign!);
  const inputRows = await countInputRows(session, job.inputs, rowsOf);
  const seconds = { transform: (wrote - began) / 1000, check: (performance.now() - wrote) / 1000 };
  return { ...checked, inputRows, seconds };
}

/** False when the first foreign row stopped it: nothing is left in the output folder that anyone uses. */
async function write(
  session: Session,
  job: TransformJob,
  query: PreparedQuery,
  foreign: string | null,
): Promise<boolean> {
  const { sql, rename, columns, parameters, context } = query;
  const whole = frameRenamed(rename, 'SELECT * FROM', sql, 'AS output_rows').statement;
  const parallel = await mayRunInParallel(session, job, whole, parameters);
  if (parallel) await session.useThreads(job.limits.threads);
  const split = !parallel && job.write.maxFileBytes !== null;
  const { before, after } = copyFrame(job, columns, foreign, split);
  await clearOutput(job, split);
  const framed = frameRenamed(rename, before, sql, after);
  try {
    await session.run(framed.statement, parameters);
    return true;
  } catch (error) {
    if (foreign !== null && readDuckDbError(error).message === FOREIGN_ROW) return false;
    throw await blame(session, job, error, () => userSqlError(error, framed, context));
  }
}
