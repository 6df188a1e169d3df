/** Rollback of a run: its keys, one publication each, with outcomes like any other run. */
import { compareBytes } from '../core/byte-order.js';
import { timedId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import type { Dataset } from '../dataset/dataset.js';
import { keysMadeBy, rollbackStep } from '../publish/rollback.js';
import type { RollbackStep } from '../publish/rollback.js';
import type { KeyState, Outcome } from '../journal/entry.js';
import { triedDigest } from '../plan/tried.js';
import type { RunContext } from './context.js';
import { Reporter } from './context.js';
import { neverPublished } from './never-published.js';
import { withNewPartitions } from './new-partitions.js';
import { openDataset, takeLease } from './open-dataset.js';
import type { OpenDataset } from './open-dataset.js';
import { appears, countOutcomes, exitCodeOf, interruptedBy, outcomeOf } from './outcome.js';
import { downstreamOf } from './downstream.js';
import { RUN_FORMAT, withDownstream } from './run-document.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { saveRun } from './run-store.js';
import { lookAtStanding } from './standing.js';

export interface RollbackOptions {
  readonly run: string;
  readonly reason: string | null;
  /** Keys to undo; null: all of the run's. */
  readonly wanted: ((dataset: Dataset, key: string) => boolean) | null;
}

/** Undoes the run key by key. Throws RUN_UNKNOWN when no selected key was published by it. */
export async function rollbackRun(context: RunContext, options: RollbackOptions): Promise<RunDocument> {
  const startedAt = context.clock.now();
  const run = timedId(startedAt);
  const reporter = new Reporter(context, run);
  const opened: { open: OpenDataset; keys: KeyState[] }[] = [];
  let inJournal = false;
  for (const dataset of context.project.datasets) {
    const open = await openDataset(context, dataset, run);
    const made = keysMadeBy(open.publish, options.run);
    inJournal ||= made.length > 0;
    const keys = made.filter(({ key }) => options.wanted?.(dataset, key) ?? true);
    if (keys.length > 0) opened.push({ open, keys });
  }
  const total = opened.reduce((sum, { keys }) => sum + keys.length, 0);
  if (total === 0) throw await neverPublished(context, options.run, inJournal);
  reporter.tell({ event: 'run-started', tasks: total });
  const results: RunDocument['datasets'][number][] = [];
  let done = 0;
  for (const { open, keys } of opened) {
    const lease = await takeLease(
      context,
      open,
      run,
      keys.map(({ key }) => key),
    );
    const partitions: PartitionOutcome[] = [];
    try {
      for (const state of keys) {
        const result = await undo(context, open, state, options.run);
        partitions.push(result);
        reporter.tell({
          event: 'partition-ended',
          dataset: open.dataset.name,
          done: ++done,
          tasks: total,
          result,
        });
      }
    } finally {
      await lease.release();
    }
    partitions.sort((a, b) => compareBytes(a.key, b.key));
    const { name, target } = open.dataset;
    results.push({ dataset: name, target, partitions, ...withNewPartitions(open.dataset, partitions) });
  }
  const all = results.flatMap(({ partitions }) => partitions);
  const document: RunDocument = {
    format: RUN_FORMAT,
    id: run,
    plan: `rollback-of-${options.run}`,
    command: 'rollback',
    requestedBy: context.by,
    reason: options.reason,
    startedAt: formatInstant(startedAt),
    endedAt: formatInstant(context.clock.now()),
    exitCode: exitCodeOf(all, interruptedBy(context.signal)),
    guarantee:
      'Each partition changes as in any other run: readers find one whole generation at every instant.',
    engine: 'none',
    counts: countOutcomes(all),
    ...withDownstream(downstreamOf(context.project, results, startedAt)),
    datasets: results,
  };
  if (!context.dryRun) {
    await Promise.all(
      opened.map(({ open }) =>
        saveRun(open.store, open.control, { document, stagingExpires: document.endedAt }),
      ),
    );
  }
  reporter.tell({ event: 'run-ended', document });
  return document;
}

async function undo(
  context: RunContext,
  open: OpenDataset,
  state: KeyState,
  undone: string,
): Promise<PartitionOutcome> {
  const { key } = state;
  const base = {
    generation: state.generation,
    rows: { input: {}, output: null, previous: state.record?.rows ?? null },
  };
  if (context.signal?.aborted) {
    return outcomeOf(key, 'cancelled', {
      ...base,
      error: {
        code: 'interrupted',
        message: 'The rollback was interrupted before this partition.',
        hint: 'Run it again.',
      },
    });
  }
  const holder = open.inFlight.get(key);
  if (holder)
    return outcomeOf(key, 'skipped', {
      ...base,
      error: {
        code: 'in-flight',
        message: `Run ${holder.run} is working on it.`,
        hint: 'Wait for that run.',
      },
    });
  const tried = state.record ? triedDigest(state.record.definition, state.record.inputs) : '';
  const step = await rollbackStep(open.publish, state, undone, `rollback-of-${undone}`, tried);
  if (!step.possible) {
    const outcome = refused(step, base);
    return outcome.outcome === 'conflict'
      ? { ...outcome, ...(await lookAtStanding(context, open, key)) }
      : outcome;
  }
  if (context.dryRun) {
    return outcomeOf(key, 'skipped', {
      ...base,
      error: {
        code: 'dry-run',
        message: `It would go back to ${step.to === null ? 'what stood there before' : `generation ${step.to}`}; nothing was written.`,
        hint: null,
      },
    });
  }
  const begun = context.clock.monotonic();
  const [result] = await context.publisher.promote(open.publish, [step.request], context.signal);
  const promote = (context.clock.monotonic() - begun) / 1000;
  if (result?.outcome !== 'promoted') {
    const error = result ? { code: result.code, message: result.message, hint: result.hint } : null;
    const standing = await lookAtStanding(context, open, key);
    return outcomeOf(key, 'conflict', { ...base, ...standing, attempts: 1, error });
  }
  const now = open.journal.key(key);
  return outcomeOf(key, 'promoted', {
    generation: now.generation,
    attempts: 1,
    rows: {
      input: {},
      output: now.generation === null ? 0 : step.rows,
      previous: state.record?.rows ?? null,
    },
    files: now.files.length,
    bytes: now.files.reduce((sum, file) => sum + file.size, 0),
    contentHash: now.record?.contentHash ?? null,
    ...(appears({ state, objects: step.request.base.objects }, now.files) ? { appeared: true } : {}),
    seconds: { fetch: 0, transform: 0, check: 0, stage: 0, promote },
  });
}

/** How a key ends that is not restored: what was undone before stays so, and a rollback can be gone on with; the rest is no success. */
const ENDS: Readonly<Record<string, Outcome>> = {
  'already-undone': 'unchanged',
  'modified-outside': 'conflict',
  'in-flight': 'conflict',
  'replaced-since': 'blocked',
};

function refused(
  step: Extract<RollbackStep, { possible: false }>,
  base: Partial<PartitionOutcome>,
): PartitionOutcome {
  const { code, message, hint } = step;
  return outcomeOf(step.key, ENDS[code] ?? 'failed', { ...base, error: { code, message, hint } });
}
