/** Before anything is written: the inputs as views, the SQL found to be one query, its parameters and its columns. */
import { LakefillError } from '../../core/errors.js';
import type { Column, TransformJob } from '../transform-engine.js';
import { find } from './belongs.js';
import { guarded, guardInputs } from './blame.js';
import type { Json } from './canonical-tree.js';
import type { InputView } from './input-view.js';
import { createInputView } from './input-view.js';
import { inspectSql } from './inspect.js';
import { name } from './literal.js';
import type { Parameters } from './parameters.js';
import { renameColumns } from './rename.js';
import type { Session } from './session.js';
import type { UserSqlContext } from './user-sql.js';
import { follow } from './user-sql.js';
import { withWallClock } from './wall-clock.js';

/** The job's query and what it may name. */
export interface PreparedQuery {
  readonly sql: string;
  readonly parameters: Parameters;
  /** As they are written. */
  readonly columns: readonly Column[];
  /** What renames the columns of the SQL; see rename.ts. */
  readonly rename: string;
  readonly context: UserSqlContext;
}

export async function prepareQuery(session: Session, job: TransformJob): Promise<PreparedQuery> {
  const views: InputView[] = [];
  for (const input of job.inputs) {
    const view = await guardInputs(session, job, () => createInputView(session, input));
    if (view !== null) views.push(view);
  }
  const named = new Set(views.map((view) => view.name));
  const context = {
    subject: 'The transform',
    tables: [...named],
    emptyInputs: job.inputs.map((input) => input.name).filter((input) => !named.has(input)),
  };
  const tree = job.sql === null ? null : await parsedQuery(session, job.sql);
  const sql = job.sql ?? passThrough(job, views);
  const parameters = await withWallClock(
    session,
    job,
    tree,
    views.map((view) => view.columns),
  );
  const framed = follow('DESCRIBE', sql);
  const rows = await guarded(session, job, framed, context, () => session.rows(framed.statement, parameters));
  const given = rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  const { columns, clause } = renameColumns(job, given);
  return { sql, parameters, columns, rename: clause, context };
}

/** DuckDB's tree of the SQL, null where there is none. Throws what is wrong when it is not one query. */
async function parsedQuery(session: Session, sql: string): Promise<Json | null> {
  const { problem, parsed } = await inspectSql(session, sql);
  if (problem === null) return parsed;
  const { line, column } = problem;
  const at = line === null ? '' : ` (line ${line}, column ${column})`;
  throw new LakefillError(problem.code, `The transform cannot be run${at}: ${problem.message}`, {
    hint: 'Correct the SQL.',
    context: { line, column },
  });
}

/** The columns of the input's files, and those of its path that the target checks. */
function passThrough(job: TransformJob, views: readonly InputView[]): string {
  const [input, second] = job.inputs;
  if (input === undefined || second !== undefined) {
    throw new LakefillError(
      'TRANSFORM_REFUSED',
      `Without SQL exactly one input passes through; there are ${job.inputs.length}.`,
      {
        hint: 'Write a transform that says how the inputs become the output.',
      },
    );
  }
  const expected = Object.keys(job.expectColumns).map((column) => ({ name: column, type: '' }));
  const left = views[0]?.pathColumns.filter((column) => find(expected, column) === undefined) ?? [];
  const exclude = left.length === 0 ? '' : ` EXCLUDE (${left.map(name).join(', ')})`;
  return `SELECT *${exclude} FROM ${name(input.name)}`;
}
