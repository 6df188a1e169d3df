/**
 * A decision on staged output, from opening the datasets to the run document: which keys, one after the other or side by side, is
 * the same for promote and discard; what is done to a key is theirs.
 */
import { timedId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import type { Dataset } from '../dataset/dataset.js';
import type { RunContext } from './context.js';
import { Reporter } from './context.js';
import { withNewPartitions } from './new-partitions.js';
import { openDataset, takeLease } from './open-dataset.js';
import type { OpenDataset } from './open-dataset.js';
import { countOutcomes, exitCodeOf, interruptedBy, NO_SECONDS } from './outcome.js';
import { downstreamOf } from './downstream.js';
import { RUN_FORMAT, withDownstream } from './run-document.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { saveRun } from './run-store.js';
import type { Refusal } from './promotable.js';
import { saveStaged } from './staged-record.js';
import type { Decision, StagedRecord } from './staged-record.js';

/** Staged output of one dataset that a person chose, at least one. */
export interface ChosenStaged {
  readonly dataset: Dataset;
  readonly records: readonly StagedRecord[];
  /** True for keys that were asked for by name. */
  readonly named: (key: string) => boolean;
}

export interface DecisionRequest {
  readonly command: 'promote' | 'discard';
  readonly reason: string | null;
  readonly chosen: readonly ChosenStaged[];
}

/** What deciding about the keys of one dataset works with. */
export interface Deciding {
  readonly context: RunContext;
  readonly open: OpenDataset;
  readonly run: string;
  readonly chosen: ChosenStaged;
}

/** Outcomes in the order of the records; must not reject. */
export type Decide = (deciding: Deciding) => readonly Promise<PartitionOutcome>[];

const GUARANTEES = {
  promote: 'Each partition changes as in any other run: readers find one whole generation at every instant.',
  discard: 'Readers find what they found before.',
};

/** Throws only when nothing could be begun. */
export async function decideStaged(
  context: RunContext,
  request: DecisionRequest,
  decide: Decide,
): Promise<RunDocument> {
  const { command, chosen, reason } = request;
  const startedAt = context.clock.now();
  const run = timedId(startedAt);
  const reporter = new Reporter(context, run);
  const tasks = chosen.reduce((sum, { records }) => sum + records.length, 0);
  const opened: OpenDataset[] = [];
  const datasets: RunDocument['datasets'][number][] = [];
  for (const { dataset } of chosen) {
    const open = await openDataset(context, dataset, run);
    opened.push(open);
    for (const { key, result, message } of open.recovered)
      if (result !== 'in-flight')
        reporter.tell({ event: 'recovered', dataset: dataset.name, key, how: `${result}: ${message}` });
  }
  reporter.tell({ event: 'run-started', tasks });
  let done = 0;
  for (const [i, one] of chosen.entries()) {
    const open = opened[i]!;
    const { name, target } = one.dataset;
    const keys = one.records.map(({ key }) => key).filter((key) => !open.inFlight.has(key));
    const lease = await takeLease(context, open, run, keys);
    try {
      const outcomes = decide({ context, open, run, chosen: one }).map(async (outcome) => {
        const result = await outcome;
        reporter.tell({ event: 'partition-ended', dataset: name, done: ++done, tasks, result });
        return result;
      });
      const partitions = await Promise.all(outcomes);
      datasets.push({ dataset: name, target, partitions, ...withNewPartitions(one.dataset, partitions) });
    } finally {
      await lease.release();
    }
  }
  const all = datasets.flatMap(({ partitions }) => partitions);
  const document: RunDocument = {
    format: RUN_FORMAT,
    id: run,
    plan: chosen[0]!.records[0]!.plan,
    command,
    requestedBy: context.by,
    reason,
    startedAt: formatInstant(startedAt),
    endedAt: formatInstant(context.clock.now()),
    exitCode: exitCodeOf(all, interruptedBy(context.signal)),
    guarantee: GUARANTEES[command],
    engine: 'none',
    counts: countOutcomes(all),
    ...withDownstream(downstreamOf(context.project, datasets, startedAt)),
    datasets,
  };
  if (!context.dryRun) {
    const stored = { document, stagingExpires: document.endedAt };
    await Promise.all(opened.map(({ store, control }) => saveRun(store, control, stored)));
  }
  reporter.tell({ event: 'run-ended', document });
  return document;
}

/** The outcome of a key on which nothing was done. */
export function leftAlone(
  { open }: Pick<Deciding, 'open'>,
  record: StagedRecord,
  { outcome, error }: Refusal,
): PartitionOutcome {
  const { generation } = open.journal.key(record.key);
  return { ...record.outcome, outcome, generation, attempts: 0, seconds: NO_SECONDS, error };
}

export const INTERRUPTED: Refusal = {
  outcome: 'cancelled',
  error: {
    code: 'interrupted',
    message: 'The command was interrupted before this partition. Its staged output is kept.',
    hint: 'Give the same command again.',
  },
};

export function dryRun(message: string): Refusal {
  return { outcome: 'skipped', error: { code: 'dry-run', message, hint: null } };
}

/** Notes down what became of the staged output: from here on it is not decided again. */
export async function noteDecision(
  { context, open, run }: Deciding,
  record: StagedRecord,
  what: Decision['what'],
  generation: number | null,
): Promise<void> {
  const decided = { what, run, by: context.by, at: formatInstant(context.clock.now()), generation };
  await saveStaged(open.store, open.control, { ...record, decided });
}
