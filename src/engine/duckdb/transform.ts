/**
 * One transform, start to end, inside a child: views of the inputs, the COPY, and the check of what was written. Every
 * figure of the result is taken from the files, not from the query.
 */
import { isLakefillError, LakefillError } from '../../core/errors.js';
import type { Column, EngineValue, TransformJob, TransformResult } from '../transform-engine.js';
import { find, foreignCondition } from './belongs.js';
import { isOutOfMemory, readDuckDbError } from './duckdb-error.js';
import { hashFiles } from './hash-files.js';
import { countInputRows, parquetFiles, parquetRows } from './input-rows.js';
import type { InputView } from './input-view.js';
import { createInputView } from './input-view.js';
import { inspectSql } from './inspect.js';
import { name } from './literal.js';
import { measureOutput } from './measure-output.js';
import { createOutputView } from './output-view.js';
import { asHeld, refuseChanged, refuseInexact } from './output-types.js';
import { mayRunInParallel } from './parallel.js';
import type { Parameters } from './parameters.js';
import type { Session } from './session.js';
import { unreadableInput } from './unreadable.js';
import type { FramedSql, UserSqlContext } from './user-sql.js';
import { follow, frame, userSqlError } from './user-sql.js';
import { clearOutput, copyFrame, FOREIGN_ROW, nameParts } from './write-files.js';

/** The job's query and what it may name. */
interface Prepared {
  readonly sql: string;
  readonly parameters: Parameters;
  readonly columns: readonly Column[];
  readonly context: UserSqlContext;
}

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

async function prepareQuery(session: Session, job: TransformJob): Promise<Prepared> {
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
  if (job.sql !== null) await refuseOtherThanQuery(session, job.sql);
  const sql = job.sql ?? passThrough(job, views);
  const parameters = job.parameters;
  const framed = follow('DESCRIBE', sql);
  const rows = await guarded(session, job, framed, context, () => session.rows(framed.statement, parameters));
  const columns = rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  return { sql, parameters, columns, context };
}

async function refuseOtherThanQuery(session: Session, sql: string): Promise<void> {
  const { problem } = await inspectSql(session, sql);
  if (problem === null) return;
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

/** False when the first foreign row stopped it: nothing is left in the output folder that anyone uses. */
async function write(
  session: Session,
  job: TransformJob,
  query: Prepared,
  foreign: string | null,
): Promise<boolean> {
  const { sql, columns, parameters, context } = query;
  const whole = frame('SELECT * FROM', sql, 'AS output_rows').statement;
  const parallel = await mayRunInParallel(session, job, whole, parameters);
  if (parallel) await session.useThreads(job.limits.threads);
  const split = !parallel && job.write.maxFileBytes !== null;
  const { before, after } = copyFrame(job, columns, foreign, split);
  await clearOutput(job, split);
  const framed = frame(before, sql, after);
  try {
    await session.run(framed.statement, parameters);
    return true;
  } catch (error) {
    if (foreign !== null && readDuckDbError(error).message === FOREIGN_ROW) return false;
    throw await blame(session, job, error, () => userSqlError(error, framed, context));
  }
}

type Checked = Omit<TransformResult, 'inputRows' | 'seconds'>;

const NOTHING = { measures: {}, unmeasured: {}, samples: {} };

async function readBack(
  session: Session,
  job: TransformJob,
  query: Prepared,
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
  const known = new Set(
    [...schema.map((c) => c.name), ...Object.keys(constants)].map((c) => c.toLowerCase()),
  );
  const measured = await measureOutput(session, job.measures, known, query.parameters);
  const files = await hashFiles(filled, rowsOf);
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { files, rows, schema, foreignRows, ...measured };
}

/** Path columns that the files leave out: every row has the expected value, or the COPY would have stopped. */
function droppedColumns(job: TransformJob): Record<string, EngineValue> {
  const dropped = new Set(job.dropColumns.map((column) => column.toLowerCase()));
  return Object.fromEntries(
    Object.entries(job.expectColumns).filter(([column]) => dropped.has(column.toLowerCase())),
  );
}

async function countForeign(
  session: Session,
  job: TransformJob,
  { sql, parameters, context, columns }: Prepared,
  foreign: string,
): Promise<Checked> {
  await clearOutput(job, false);
  const counted = frame(
    `SELECT count(*) AS all_rows, count(*) FILTER (${foreign}) AS found FROM`,
    sql,
    'AS output_rows',
  );
  const [row] = await guarded(session, job, counted, context, () =>
    session.rows(counted.statement, parameters),
  );
  const shown = frame('SELECT * FROM', sql, `AS output_rows WHERE ${foreign} LIMIT 5`);
  const samples = await guarded(session, job, shown, context, () =>
    session.rows(shown.statement, parameters),
  );
  const schema = columns.map(({ name, type }) => ({ name, type: asHeld(type) }));
  const foreignRows = { count: Number(row!['found']), samples };
  return { files: [], rows: Number(row!['all_rows']), schema, foreignRows, ...NOTHING };
}

async function guarded<T>(
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

async function guardInputs<T>(session: Session, job: TransformJob, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await blame(session, job, error, () => error);
  }
}

/** An input's file if it is to blame, else what `otherwise` makes of the error. */
async function blame(
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
