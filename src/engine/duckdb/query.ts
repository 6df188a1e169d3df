/** One query over inputs and written files, for samples and comparisons. */
import { isLakefillError } from '../../core/errors.js';
import type { QueryJob } from '../transform-engine.js';
import { createInputView } from './input-view.js';
import { createOutputView } from './output-view.js';
import type { Session } from './session.js';
import { frame, userSqlError } from './user-sql.js';
import { unreadableInput } from './unreadable.js';

export async function runQuery(session: Session, job: QueryJob): Promise<readonly Record<string, unknown>[]> {
  const context = { subject: 'The query', tables: job.inputs.map((input) => input.name), emptyInputs: [] };
  const framed = frame('SELECT * FROM', job.sql, 'AS query_rows');
  try {
    for (const input of job.inputs) await createInputView(session, input);
    if (job.output !== null) await createOutputView(session, job.output, job.outputColumns ?? {});
    return await session.rows(framed.statement, job.parameters, job.maxRows);
  } catch (error) {
    if (isLakefillError(error)) throw error;
    throw (await unreadableInput(session, job.inputs, error)) ?? userSqlError(error, framed, context);
  }
}
