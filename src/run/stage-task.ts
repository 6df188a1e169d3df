/**
 * One task up to its publication: look whether anything moved, fetch, transform, check, stage. Nothing that readers see
 * changes here. How it ends early is a value; only faults of the machine or the store are thrown.
 */
import { isLakefillError, throwIfAborted } from '../core/errors.js';
import type { LakefillError } from '../core/errors.js';
import type { PartitionKey } from '../core/partition-key.js';
import { versionDigest } from '../core/digest.js';
import { formatInstant } from '../core/instant.js';
import { keyOf } from '../dataset/expected-keys.js';
import type { GenerationRecord, KeyState } from '../journal/entry.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { Task } from '../plan/plan.js';
import { triedDigest } from '../plan/tried.js';
import { contentHash, validated } from '../publish/content.js';
import type { ObjectInfo } from '../store/object-store.js';
import { ended } from './dataset-run.js';
import type { DatasetRun, TaskEnd } from './dataset-run.js';
import { fetchInputs, movedSince, unverifiedInputs } from './fetch.js';
import { judgeOutput } from './judge-output.js';
import type { Judgement } from './judge-output.js';
import { outcomeOf } from './outcome.js';
import type { PartitionOutcome, UnverifiedInput } from './run-document.js';
import { stageFiles } from './stage-files.js';
import { lookAtStanding } from './standing.js';
import { saveStaged, STAGED_FORMAT } from './staged-record.js';
import type { StagedRecord } from './staged-record.js';
import { Stopwatch } from './stopwatch.js';
import { taskInputs } from './task-inputs.js';
import type { TaskInput } from './task-inputs.js';
import { taskJob } from './task-job.js';

/** Stages the task. An aborted signal ends it with a thrown CANCELLED; its folder is removed in any case. */
export async function stageTask(shared: DatasetRun, task: Task): Promise<TaskEnd> {
  const { open, context } = shared;
  // Other keys were refused when the plan was opened.
  const partition = keyOf(open.dataset, task.key)!;
  const state = open.journal.key(task.key);
  if (state.phase === 'stable' && state.madeBy?.plan === shared.plan) {
    const done = {
      code: 'already-applied',
      message: 'This plan has already made the current generation.',
      hint: null,
    };
    return ended(task, 'unchanged', done, { generation: state.generation, ...sizeOf(state) });
  }
  const holder = open.inFlight.get(task.key);
  if (holder) return inFlight(task, holder.run);

  const { failure } = shared;
  if (failure !== null)
    return ended(task, 'failed', { code: failure.code, message: failure.message, hint: failure.hint });

  const [base, inputs] = await Promise.all([
    context.publisher.current(open.publish, task.key),
    taskInputs(shared, task, partition),
  ]);
  if (
    state.generation !== task.base.generation ||
    versionDigest(base) !== task.base.version ||
    state.phase !== 'stable'
  )
    return moved(shared, task);
  if ('changed' in inputs)
    return ended(task, 'conflict', { code: 'input-changed', message: inputs.changed, hint: 'Plan again.' });

  const tried = triedDigest(
    shared.definition,
    inputs.map(({ facts }) => facts.record),
  );
  shared.begin(task.key, tried);
  const folder = await shared.workspace.taskFolder();
  try {
    return await make(shared, task, partition, { state, base, inputs, tried, folder });
  } catch (error) {
    if (!isPartitionError(error)) throw error;
    return ended(task, 'failed', { code: error.code, message: error.message, hint: error.hint }, {}, tried);
  } finally {
    await shared.workspace.remove(folder);
  }
}

function inFlight(task: Task, run: string): TaskEnd {
  const message = `Run ${run} is working on it.`;
  return ended(task, 'skipped', { code: 'in-flight', message, hint: 'Wait for that run.' });
}

/** Another run that is at it, or that was; or something that is not lakefill. What is told is what stands there now. */
async function moved({ context, open, run }: DatasetRun, task: Task): Promise<TaskEnd> {
  await open.journal.refresh();
  const { phase, attempt, generation, madeBy } = open.journal.key(task.key);
  if (phase !== 'stable' && attempt !== null && attempt.run !== run) {
    const live = liveKeys(await readLeases(open.store, open.control), run);
    if (live.get(task.key)?.run === attempt.run) return inFlight(task, attempt.run);
  }
  const what =
    generation !== task.base.generation && madeBy !== null
      ? `Run ${madeBy.run} published generation ${generation} meanwhile, after the plan was made.`
      : 'What readers find at this partition changed after the plan was made.';
  const error = { code: 'base-moved', message: `${what} It was left alone.`, hint: 'Plan again.' };
  const standing = await lookAtStanding(context, open, task.key);
  return ended(task, 'conflict', error, { generation, ...standing });
}

interface Making {
  readonly state: KeyState;
  readonly base: readonly ObjectInfo[];
  readonly inputs: readonly TaskInput[];
  readonly tried: string;
  readonly folder: string;
}

async function make(
  shared: DatasetRun,
  task: Task,
  partition: PartitionKey,
  making: Making,
): Promise<TaskEnd> {
  const { context } = shared;
  const { folder, inputs, state } = making;
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
  shared.step(task.key, 'transform');
  const judgement = await judgeOutput(shared, {
    partition,
    job: taskJob(shared, partition, fetched, folder),
    previous: state,
  });
  const moved = await movedSince(fetched, shared.limit);
  if (moved !== null) return changedWhileRead(moved);

  throwIfAborted(context.signal);
  return conclude(shared, task, { ...making, unverified: unverifiedInputs(fetched) }, judgement, watch);
}

/** Refused, unchanged, or staged: what is written goes under the staging prefix, where no reader looks. */
async function conclude(
  shared: DatasetRun,
  task: Task,
  making: Making & { readonly unverified: readonly UnverifiedInput[] },
  { result, verdict }: Judgement,
  watch: Stopwatch,
): Promise<TaskEnd> {
  const { state, tried, base, unverified } = making;
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
      rows: { input: result.inputRows, output: result.rows, previous: state.record?.rows ?? null },
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

function sizeOf(state: KeyState): Pick<PartitionOutcome, 'files' | 'bytes' | 'contentHash'> {
  return {
    files: state.files.length,
    bytes: state.files.reduce((sum, file) => sum + file.size, 0),
    contentHash: state.record?.contentHash ?? null,
  };
}

/** Errors that are about this partition alone; anything else stops the run. */
function isPartitionError(error: unknown): error is LakefillError {
  return isLakefillError(error) && error.code !== 'CANCELLED' && error.code !== 'INTERNAL';
}
