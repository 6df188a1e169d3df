/** Whose fault an error of DuckDB is: a file of the inputs, the SQL, or a limit. */
import { isLakefillError } from '../../core/errors.js';
import type { TransformJob } from '../transform-engine.js';
import { isOutOfMemory, readDuckDbError } from './duckdb-error.js';
import type { Session } from './session.js';
import { unnamedInput, unreadableInput } from './unreadable.js';
import type { FramedSql, UserSqlContext } from './user-sql.js';
import { userSqlError } from './user-sql.js';

/** Work with the person's SQL: its errors come out in the words of `user-sql.ts`, or name the input to blame. */
export async function guarded<T>(
  session: Session,
  job: TransformJob,
  framed: FramedSql,
  context: UserSqlContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await blame(session, job, error, () => userSqlError(error, framed, context));
  }
}

/** Work with inputs alone: what DuckDB finds wrong with them is never a fault of the engine, even where no file can be named. */
export async function guardInputs<T>(
  session: Session,
  job: TransformJob,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await blame(session, job, error, () => unnamedInput(job.inputs, error) ?? error);
  }
}

/** An input's file if it is to blame, else what `otherwise` makes of the error. */
export async function blame(
  session: Session,
  job: TransformJob,
  error: unknown,
  otherwise: () => unknown,
): Promise<unknown> {
  if (isLakefillError(error)) return error;
  const { kind, message } = readDuckDbError(error);
  if (kind === 'INTERRUPT' || isOutOfMemory({ kind, message, position: null })) return otherwise();
  return (await unreadableInput(session, job.inputs, error)) ?? otherwise();
}
