/**
 * Judging output: the engine's job with the measures of every check, then one verdict over rows that do not belong, emptiness,
 * schema and checks. The job is I/O; the verdict is pure, and is made when the output's turn has come. What passes binds the schema
 * of the rest of the run.
 */
import { compileChecks } from '../check/compile.js';
import type { CompiledChecks } from '../check/compile.js';
import type { CheckOutcome } from '../check/outcome.js';
import type { Current } from '../check/rule.js';
import { formatLocation } from '../core/location.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { TransformJob, TransformResult } from '../engine/transform-engine.js';
import type { Dataset } from '../dataset/dataset.js';
import type { DatasetRun } from './dataset-run.js';

export interface Verdict {
  readonly passed: boolean;
  readonly outcomes: readonly CheckOutcome[];
  /** Why it did not pass; texts are empty when it did. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface JudgeRequest {
  readonly partition: PartitionKey;
  readonly job: Omit<TransformJob, 'measures'>;
  /** What readers find now; null: nothing. */
  readonly current: Current | null;
  /** Resolves when what is judged before it has been. */
  readonly turn: Promise<void>;
}

export interface Judgement {
  readonly result: TransformResult;
  readonly verdict: Verdict;
}

/** The checks of a dataset, once for all of its partitions. */
export function checksOf(dataset: Dataset): CompiledChecks {
  return compileChecks(dataset.checks, {
    inputs: dataset.inputs.map((input) => input.name),
    pathColumns: pathColumnsOf(dataset),
  });
}

/** Runs the job and judges what came out. Throws the engine's errors. */
export async function judgeOutput(shared: DatasetRun, request: JudgeRequest): Promise<Judgement> {
  const job: TransformJob = { ...request.job, measures: shared.checks.measures };
  const result = await shared.engine.transform(job, shared.context.signal);
  await request.turn;
  const verdict = verdictOf(shared, request, result);
  // No rows were not held against the baseline, and their columns may be guesses.
  if (verdict.passed && result.rows > 0) shared.baseline.bind(request.partition.key, result.schema);
  return { result, verdict };
}

function verdictOf(shared: DatasetRun, request: JudgeRequest, result: TransformResult): Verdict {
  const { dataset } = shared.open;
  const { key } = request.partition;
  if (result.foreignRows.count > 0) return foreignRows(dataset, key, result);
  if (result.rows === 0) return noRows(key, result, dataset.allowEmpty);
  const schema = shared.baseline.judge(result.schema);
  const checks = shared.checks.judge(result, {
    current: request.current,
    until: Math.min(request.partition.interval?.end ?? Infinity, shared.context.clock.now()),
    accept: shared.accept,
  });
  const outcomes = schema.outcome === null ? checks.outcomes : [schema.outcome, ...checks.outcomes];
  if (!schema.passed) return refuse('schema', schema.message, schema.hint, outcomes);
  if (checks.passed) return { passed: true, outcomes, code: '', message: '', hint: null };
  const failed = outcomes.filter((o) => !o.passed && o.severity === 'error' && o.accepted !== true);
  const names = failed.map((o) => (o.message ? `${o.check}: ${o.message}` : o.check)).join('; ');
  return refuse(
    'checks',
    `${failed.length === 1 ? 'A check' : `${failed.length} checks`} refused the output: ${names}. Readers find what they found before.`,
    remedyOf(
      shared,
      key,
      failed.map(({ check }) => check),
    ),
    outcomes,
  );
}

/** Where the refused output is, how to look at it, and how to publish it all the same. A dry run leaves none. */
function remedyOf({ context, open, run }: DatasetRun, key: string, checks: readonly string[]): string {
  if (context.dryRun) return 'Correct the SQL, the input or the check.';
  const path = `${open.control.staging}${run}/${key}/`;
  const place = formatLocation({ ...open.dataset.layout.root, path });
  const accept = checks.map((check) => `--accept ${quoted(check)}`).join(' ');
  return (
    `Look at the refused output: 'lakefill diff ${run} --partition ${quoted(key)}' (its files: ${place}). ` +
    `To publish it all the same: 'lakefill retry ${run} ${accept} --reason TEXT'.`
  );
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/["$`\\]/g, '\\$&')}"`;
}

/** Of the target and of its inputs. */
function pathColumnsOf({ layout, inputs }: Dataset): string[] {
  return [layout, ...inputs.map((input) => input.template)].flatMap((one) =>
    one.pathColumns.map((column) => column.name),
  );
}

function foreignRows(
  { time, values }: Dataset,
  key: string,
  { foreignRows: { count, samples } }: TransformResult,
): Verdict {
  const message = `${count === 1 ? 'A row does' : `${count} rows do`} not belong to ${key}`;
  const outcome: CheckOutcome = {
    check: 'rows belong to the partition',
    severity: 'error',
    passed: false,
    failures: count,
    message,
    samples,
  };
  return refuse(
    'foreign-rows',
    `${message}. Nothing was published.`,
    time === null && values[0] !== undefined
      ? `Limit the query to its partition, such as WHERE ${values[0].column ?? values[0].name} = $${values[0].name}.`
      : 'Limit the query to its window: WHERE ts >= $partition_start AND ts < $partition_end.',
    [outcome],
  );
}

function noRows(key: string, result: TransformResult, allowed: boolean): Verdict {
  const passed = allowed;
  const outcome: CheckOutcome = {
    check: 'not empty',
    severity: 'error',
    passed,
    failures: passed ? 0 : 1,
    ...(passed ? {} : { message: 'the query gave no row' }),
    samples: [],
  };
  if (passed) return { passed, outcomes: [outcome], code: '', message: '', hint: null };
  const read = Object.values(result.inputRows).reduce((sum, rows) => sum + rows, 0);
  return refuse(
    'no-rows',
    `The query gave no row for ${key} (${read} rows were read). Nothing was published.`,
    'If no rows is a good result here, set allowEmpty: true.',
    [outcome],
  );
}

function refuse(
  code: string,
  message: string,
  hint: string | null,
  outcomes: readonly CheckOutcome[],
): Verdict {
  return { passed: false, outcomes, code, message, hint };
}
