/** The run document of an adoption, kept for history: which keys were taken over, by whom, and why. */
import { formatInstant } from '../core/instant.js';
import type { Instant } from '../core/instant.js';
import type { AdoptedFact } from '../journal/entry.js';
import { bytesOf } from '../journal/fold.js';
import type { AdoptResult } from '../publish/adopt.js';
import type { RunContext } from './context.js';
import type { OpenDataset } from './open-dataset.js';
import { countOutcomes, exitCodeOf, interruptedBy, outcomeOf } from './outcome.js';
import { RUN_FORMAT } from './run-document.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { saveRun } from './run-store.js';

export interface AdoptedKey {
  readonly open: OpenDataset;
  readonly fact: Omit<AdoptedFact, 'attempt'>;
  readonly result: AdoptResult;
}

export interface AdoptionRun {
  readonly run: string;
  readonly startedAt: Instant;
  readonly reason: string | null;
  readonly done: readonly AdoptedKey[];
}

/** Writes it beside the journal of each dataset; nothing where nothing was tried. */
export async function saveAdoption(context: RunContext, adoption: AdoptionRun): Promise<void> {
  const opened = [...new Set(adoption.done.map(({ open }) => open))];
  if (opened.length === 0) return;
  const outcomes = new Map(opened.map((open) => [open, outcomesOf(adoption, open)]));
  const all = [...outcomes.values()].flat();
  const document: RunDocument = {
    format: RUN_FORMAT,
    id: adoption.run,
    plan: 'adopt',
    command: 'adopt',
    requestedBy: context.by,
    reason: adoption.reason,
    startedAt: formatInstant(adoption.startedAt),
    endedAt: formatInstant(context.clock.now()),
    exitCode: exitCodeOf(all, interruptedBy(context.signal)),
    guarantee: 'Readers find what they found before.',
    engine: 'none',
    counts: countOutcomes(all),
    datasets: opened.map((open) => ({
      dataset: open.dataset.name,
      target: open.dataset.target,
      partitions: outcomes.get(open)!,
    })),
  };
  const stored = { document, stagingExpires: document.endedAt };
  await Promise.all(opened.map(({ store, control }) => saveRun(store, control, stored)));
}

function outcomesOf({ done }: AdoptionRun, open: OpenDataset): PartitionOutcome[] {
  return done.filter((one) => one.open === open).map(({ fact, result }) => outcome(fact, result));
}

function outcome(fact: AdoptedKey['fact'], result: AdoptResult): PartitionOutcome {
  const { key, generation, files } = fact;
  switch (result.outcome) {
    case 'adopted':
      return outcomeOf(key, 'adopted', { generation, files: files.length, bytes: bytesOf(files) });
    case 'conflict':
      return outcomeOf(key, 'conflict', {
        error: {
          code: 'base-moved',
          message: `Another run moved the partition first: it ${result.why}.`,
          hint: 'Look again with lakefill scan.',
        },
      });
    case 'cancelled':
      return outcomeOf(key, 'cancelled', {
        error: {
          code: 'interrupted',
          message: 'Interrupted before it was recorded.',
          hint: 'Give the same command again.',
        },
      });
  }
}
