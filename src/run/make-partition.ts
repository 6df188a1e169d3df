/**
 * Making one partition: fetch, transform, check, stage. What is written goes under the staging prefix, where no reader looks; what
 * stays there beyond the run, refused or waiting for a decision, gets a record beside it.
 */
import type { Current } from '../check/rule.js';
import { isLakefillError, throwIfAborted } from '../core/errors.js';
import type { PartitionKey } from '../core/partition-key.js';
import { versionDigest } from '../core/digest.js';
import { formatInstant } from '../core/instant.js';
import type { GenerationRecord, KeyState } from '../journal/entry.js';
import type { Task } from '../plan/plan.js';
import { contentHash, validated } from '../publish/content.js';
import type { ObjectInfo } from '../store/object-store.js';
import { ended } from './dataset-run.js';
import type { DatasetRun, TaskEnd } from './dataset-run.js';
import { fetchInputs, movedSince, unverifiedInputs } from './fetch.js';
import type { FetchedInput, MovedInput } from './fetch.js';
import { countsOf } from './footer-facts.js';
import { judgeOutput } from './judge-output.js';
import type { Judgement } from './judge-output.js';
import { appears, outcomeOf } from './outcome.js';
import type { Passage, Stop } from './passage.js';
import type { PartitionOutcome, UnverifiedInput } from './run-document.js';
import { stageFiles } from './stage-files.js';
import { saveStaged, STAGED_FORMAT } from './staged-record.js';
import type { StagedRecord } from './staged-record.js';
import { Stopwatch } from './stopwatch.js';
import type { TaskInput } from './task-inputs.js';
import { taskJob } from './task-job.js';

export interface Making {
  readonly partition: PartitionKey;
  readonly state: KeyState;
  readonly base: readonly ObjectInfo[];
  readonly inputs: readonly TaskInput[];
  readonly tried: string;
  readonly folder: string;
  readonly passage: Passage;
}

/** From looked-at inputs to a verdict and staged files. Throws CANCELLED, the engine's errors and the store's. */
export async function makePartition(shared: DatasetRun, task: Task, making: Making): Promise<TaskEnd> {
  const { context } = shared;
  const { folder, inputs } = making;
  const watch = new Stopwatch(context.clock);
  const changedWhileRead = (what: string) => {
    const message = `${what} changed while it was being read. Nothing was published.`;
    return ended(task, 'conflict', { code: 'input-changed', message, hint: 'Plan again.' });
  };

  shared.step(task.key, 'fetch');
  const fetched = await watch.time(
    'fetch',
    fetchInputs({
      folder,
      inputs,
      limit: context.transfers,
      baseline: shared.baseline.columns,
      signal: context.signal,
    }),
  );
  if ('moved' in fetched) return changedWhileRead(fetched.moved);

  throwIfAborted(context.signal);
  const current = await currentOf(shared, making);
  const judgement = await judged(shared, task, { ...making, current, fetched });
  if ('moved' in judgement) return changedWhileRead(judgement.moved);
  if (!('verdict' in judgement)) return ended(task, 'cancelled', judgement);

  throwIfAborted(context.signal);
  return conclude(
    shared,
    task,
    { ...making, rowsNow: current?.rows ?? null, unverified: unverifiedInputs(fetched) },
    judgement,
    watch,
  );
}

/** A verdict over what was planned. What was replaced while it was read can fail in any way: that it was replaced is what is told. */
async function judged(
  shared: DatasetRun,
  task: Task,
  making: Making & { readonly current: Current | null; readonly fetched: readonly FetchedInput[] },
): Promise<Judgement | Stop | MovedInput> {
  const { partition, folder, passage, current, fetched } = making;
  const work = () => {
    shared.step(task.key, 'transform');
    const job = taskJob(shared, partition, fetched, folder);
    return judgeOutput(shared, { partition, job, current, turn: passage.turn });
  };
  try {
    const judgement = await passage.transform(work);
    if (!('verdict' in judgement)) return judgement;
    const moved = await movedSince(fetched, shared.limit);
    return moved === null ? judgement : { moved };
  } catch (error) {
    if (!isLakefillError(error, 'INPUT_UNREADABLE') && !isLakefillError(error, 'TRANSFORM_FAILED'))
      throw error;
    const moved = await movedSince(fetched, shared.limit);
    if (moved === null) throw error;
    return { moved };
  }
}

/** As recorded; what nothing recorded (rows of files that lakefill did not write, NULLs of any) by the footers of what stands there. */
async function currentOf(
  { context, open, checks }: DatasetRun,
  { state, base }: Making,
): Promise<Current | null> {
  if (state.generation === null && base.length === 0) return null;
  const rows = state.record?.rows ?? null;
  const isAsked = base.length > 0 && (rows === null || checks.comparesNulls);
  const counts = isAsked ? await countsOf(context, open.store, base) : null;
  return { rows: rows ?? counts?.rows ?? null, nullRatios: counts?.nullRatios ?? new Map() };
}

/** Refused, unchanged, or staged: what is written goes under the staging prefix, where no reader looks. */
async function conclude(
  shared: DatasetRun,
  task: Task,
  making: Making & { readonly rowsNow: number | null; readonly unverified: readonly UnverifiedInput[] },
  { result, verdict }: Judgement,
  watch: Stopwatch,
): Promise<TaskEnd> {
  const { state, tried, base, rowsNow, unverified } = making;
  const record: GenerationRecord = {
    inputs: making.inputs.map(({ facts }) => facts.record),
    definition: shared.definition,
    rows: result.rows,
    schema: result.schema,
    contentHash: contentHash(result.files),
    assumed: false,
  };
  const outcomeWith = (outcome: PartitionOutcome['outcome'], error: PartitionOutcome['error']) =>
    outcomeOf(task.key, outcome, {
      generation: state.generation,
      attempts: 1,
      rows: { input: result.inputRows, output: result.rows, previous: rowsNow },
      files: result.files.length,
      bytes: result.files.reduce((sum, file) => sum + file.size, 0),
      contentHash: record.contentHash,
      checks: verdict.outcomes,
      seconds: { ...watch.seconds, transform: result.seconds.transform, check: result.seconds.check },
      ...(unverified.length > 0 ? { unverified } : {}),
      error,
    });
  if (verdict.passed && isUnchanged(state, record, task)) {
    const error = { code: 'same-content', message: 'The output is what readers find already.', hint: null };
    return { ended: true, tried: null, refreshed: record, outcome: outcomeWith('unchanged', error) };
  }
  shared.step(task.key, 'stage');
  const files = await watch.time('stage', stageFiles(shared, task.key, result));
  const partition = { key: task.key, files, record };
  const content = validated(partition, verdict);
  const { code, message, hint } = verdict;
  const outcome =
    content === null ? outcomeWith('rejected', { code, message, hint }) : outcomeWith('staged', null);
  if (content === null || shared.stageOnly) {
    const left = { key: task.key, partition, passed: verdict.passed, tried, outcome };
    await remember(shared, { ...left, base: { generation: state.generation, objects: base } });
  }
  if (content === null) return { ended: true, tried, outcome };
  return {
    ended: false,
    staged: {
      outcome,
      tried,
      base: { generation: state.generation, objects: base },
      appears: appears({ state, objects: base }, files),
      partition: content,
    },
  };
}

type Left = Pick<StagedRecord, 'key' | 'partition' | 'passed' | 'tried' | 'outcome'> & {
  readonly base: Omit<StagedRecord['base'], 'version'>;
};

/** Output that stays: for a decision, or (refused) to be looked at. */
async function remember(shared: DatasetRun, left: Left): Promise<void> {
  const { context, open, run, plan, together, stagingExpires } = shared;
  if (context.dryRun) return;
  await saveStaged(open.store, open.control, {
    format: STAGED_FORMAT,
    run,
    plan,
    dataset: open.dataset.name,
    ...left,
    base: { ...left.base, version: versionDigest(left.base.objects) },
    stagedAt: formatInstant(context.clock.now()),
    expires: stagingExpires,
    together,
    decided: null,
  });
}

/** Same bytes and schema as what readers find; a physical reason (file sizes) asks for other files, never for other content. */
function isUnchanged(state: KeyState, record: GenerationRecord, task: Task): boolean {
  if (state.generation === null || state.record === null) return false;
  if (task.reasons.some((reason) => PHYSICAL.has(reason.code))) return false;
  const sameSchema = JSON.stringify(state.record.schema) === JSON.stringify(record.schema);
  return sameSchema && state.record.contentHash === record.contentHash;
}

/** Reasons that are about the files themselves: the same content must be written again. */
const PHYSICAL: ReadonlySet<string> = new Set([
  'small-files',
  'modified-outside',
  'removed-outside',
  'unreadable',
  'truncated',
  'absent',
]);
