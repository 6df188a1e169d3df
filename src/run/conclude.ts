/** How a task ends once its group has left: its outcome, and what the journal is told of it at once. */
import { isLakefillError, messageOf } from '../core/errors.js';
import { randomId } from '../core/id.js';
import type { Fact, KeyState } from '../journal/entry.js';
import { ended } from './dataset-run.js';
import type { Ended, TaskEnd } from './dataset-run.js';
import type { Departure } from './promote-group.js';
import type { PartitionOutcome } from './run-document.js';
import { lookAtStanding, standingOf } from './standing.js';
import type { Work } from './work.js';

/** The outcome of the task. A crash loses at most what is in flight: each end is recorded before it is reported. */
export async function concludeTask(
  work: Work,
  end: TaskEnd,
  departure: Departure,
): Promise<PartitionOutcome> {
  if (end.ended) return recordEnd(work, end);
  const { staged } = end;
  switch (departure.outcome) {
    case 'promoted':
      work.shared.leftovers.add(staged.partition.files);
      return {
        ...staged.outcome,
        outcome: 'promoted',
        generation: departure.generation,
        ...(staged.appears ? { appeared: true } : {}),
        seconds: { ...staged.outcome.seconds, promote: departure.seconds },
      };
    case 'conflict': {
      const { code, message, hint, foreign } = departure;
      const { generation } = work.shared.open.journal.key(work.task.key);
      const { context, open } = work.shared;
      // What the publisher's own last listing showed beside a generation that is in place needs no other look.
      const beside = foreign.length > 0 ? { foreign } : await lookAtStanding(context, open, work.task.key);
      return {
        ...staged.outcome,
        ...beside,
        outcome: code === 'in-flight' ? 'skipped' : 'conflict',
        generation,
        error: { code, message, hint: code === 'in-flight' ? 'Wait for that run.' : hint },
      };
    }
    case 'error':
      return failed(work, departure.error).outcome;
    case 'not-promoted':
      return notPromoted(work, staged.outcome, departure.reason);
  }
}

function notPromoted(work: Work, staged: PartitionOutcome, reason: 'ended' | 'together'): PartitionOutcome {
  const { context, stageOnly, run } = work.shared;
  if (reason === 'together' && !stageOnly) {
    const message = 'Another partition of its batch did not pass, so none of the batch was promoted.';
    const hint = context.dryRun ? 'Fix that one first.' : `Fix that one, then 'lakefill retry ${run}'.`;
    return { ...staged, outcome: 'blocked', error: { code: 'together', message, hint } };
  }
  if (!context.dryRun) return staged;
  const message = `It would have been ${stageOnly ? 'staged' : 'promoted'}; nothing was written.`;
  return { ...staged, outcome: 'skipped', error: { code: 'dry-run', message, hint: null } };
}

async function recordEnd(work: Work, { outcome, tried, refreshed }: Ended): Promise<PartitionOutcome> {
  const { context, open, plan } = work.shared;
  const { key } = work.task;
  if (context.dryRun) return outcome;
  if (refreshed) {
    const generation = open.journal.key(key).generation!;
    await open.journal.submit([
      { fact: 'refreshed', key, attempt: randomId(), plan, generation, record: refreshed },
    ]);
  }
  if (
    tried === null ||
    outcome.error === null ||
    outcome.outcome === 'promoted' ||
    outcome.outcome === 'unchanged' ||
    outcome.outcome === 'adopted'
  )
    return outcome;
  const { code, message } = outcome.error;
  const fact: Fact = {
    fact: 'ended',
    key,
    attempt: randomId(),
    outcome: outcome.outcome,
    code,
    message,
    tried,
  };
  await open.journal.submit([fact]);
  return outcome;
}

/** A fault that stopped the task: cancelled, or failed with the fault's own words. */
export function failed(work: Work, error: unknown): Ended {
  const { task, shared } = work;
  if (isLakefillError(error, 'CANCELLED')) {
    const message =
      'The run was interrupted while this partition was being made. Nothing of it was published.';
    return ended(task, 'cancelled', {
      code: 'interrupted',
      message,
      hint: `'lakefill retry ${shared.run}' takes it up again.`,
    });
  }
  const state = shared.open.journal.key(task.key);
  return ended(task, 'failed', faultOf(error, state), { attempts: 1, ...standingOf(state) });
}

/** A fault in a partition's words; what to do depends on whether its publication had begun. */
export function faultOf(error: unknown, state: KeyState): NonNullable<PartitionOutcome['error']> {
  const code = isLakefillError(error) ? error.code : 'INTERNAL';
  const own = isLakefillError(error)
    ? error.hint
    : 'This looks like a bug; please report it with the output of the command.';
  const halfDone = state.phase !== 'stable';
  const hint = halfDone
    ? "Run 'lakefill recover': the publication has begun and is finished or undone by it."
    : own;
  return { code, message: messageOf(error), hint };
}

/** The task cannot be made because of how the tasks that it waits for ended; null when it can. */
export function blockedBy(work: Work, upstream: readonly (PartitionOutcome | undefined)[]): Ended | null {
  const { task, awaits } = work;
  const bad = awaits.filter(
    (_, i) => upstream[i] && upstream[i].outcome !== 'promoted' && upstream[i].outcome !== 'unchanged',
  );
  const reasons = bad.map((id) => upstream[awaits.indexOf(id)]!);
  if (bad.length > 0 && reasons.every(({ outcome }) => outcome === 'cancelled'))
    return ended(task, 'cancelled', reasons[0]!.error!);
  if (bad.length > 0 && reasons.every(({ outcome }) => outcome === 'staged'))
    return ended(task, 'blocked', {
      code: 'upstream-failed',
      message: `It reads ${bad.slice(0, 3).join(', ')}, which this run only staged.`,
      hint: `Promote that with 'lakefill promote ${work.shared.run}', then 'lakefill retry ${work.shared.run}' takes up this one.`,
    });
  if (bad.length > 0) {
    const message = `It reads ${bad.slice(0, 3).join(', ')}, which did not end well in this run.`;
    return ended(task, 'blocked', {
      code: 'upstream-failed',
      message,
      hint: `Fix the upstream partition; 'lakefill retry ${work.shared.run}' then takes up both.`,
    });
  }
  const onlyForUpstream =
    awaits.length > 0 && task.reasons.every((reason) => reason.code === 'upstream-planned');
  const isSame = (outcome: PartitionOutcome | undefined) =>
    outcome?.outcome === 'unchanged' && outcome.error?.code !== 'already-applied';
  if (!onlyForUpstream || !upstream.every(isSame)) return null;
  return ended(task, 'unchanged', {
    code: 'upstream-unchanged',
    message: 'What it reads did not change.',
    hint: null,
  });
}
