/**
 * One task up to its publication: look whether anything moved since the plan, then make the partition. Nothing that readers see
 * changes here. How it ends early is a value; only faults of the machine or the store are thrown.
 */
import { isLakefillError } from '../core/errors.js';
import type { LakefillError } from '../core/errors.js';
import { versionDigest } from '../core/digest.js';
import { keyOf } from '../dataset/expected-keys.js';
import type { KeyState } from '../journal/entry.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { Task } from '../plan/plan.js';
import { triedDigest } from '../plan/tried.js';
import { ended } from './dataset-run.js';
import type { DatasetRun, TaskEnd } from './dataset-run.js';
import { makePartition } from './make-partition.js';
import type { Passage } from './passage.js';
import type { PartitionOutcome } from './run-document.js';
import { lookAtStanding } from './standing.js';
import { taskInputs } from './task-inputs.js';

/**
 * Stages the task; `passage` is where the schedule has a say. An aborted signal ends it with a thrown CANCELLED; its folder is
 * removed in any case.
 */
export async function stageTask(shared: DatasetRun, task: Task, passage: Passage): Promise<TaskEnd> {
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
    return await makePartition(shared, task, { partition, state, base, inputs, tried, folder, passage });
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
