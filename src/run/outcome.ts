/** Outcomes: how partitions are reported and what exit code their sum has. Pure. */
import type { KeyState, Outcome } from '../journal/entry.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';

/** Outcomes after which there is nothing to do for the key. */
const WELL: ReadonlySet<Outcome> = new Set(['promoted', 'unchanged', 'adopted', 'staged', 'skipped']);

/** Some of the work came through: the run as a whole was not refused. In a dry run: it would have. */
function gotThrough({ outcome, error }: PartitionOutcome): boolean {
  return ['promoted', 'adopted', 'staged'].includes(outcome) || error?.code === 'dry-run';
}

export function endedWell(outcome: Outcome): boolean {
  return WELL.has(outcome);
}

export const NO_SECONDS: PartitionOutcome['seconds'] = {
  fetch: 0,
  transform: 0,
  check: 0,
  stage: 0,
  promote: 0,
};

/** An outcome with nothing done yet; `changes` says what is known. */
export function outcomeOf(
  key: string,
  outcome: Outcome,
  changes: Partial<PartitionOutcome> = {},
): PartitionOutcome {
  return {
    key,
    outcome,
    generation: null,
    attempts: 0,
    rows: { input: {}, output: null, previous: null },
    files: 0,
    bytes: 0,
    contentHash: null,
    checks: [],
    error: null,
    seconds: NO_SECONDS,
    ...changes,
  };
}

/**
 * True when `files` would stand where readers found none: nothing is listed there, and no generation has files that something else
 * removed, of which catalogues know.
 */
export function appears(
  before: { readonly state: Pick<KeyState, 'files'>; readonly objects: readonly unknown[] },
  files: readonly unknown[],
): boolean {
  return files.length > 0 && before.objects.length === 0 && before.state.files.length === 0;
}

export function countOutcomes(outcomes: readonly PartitionOutcome[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** What a plan left alone that matters to the exit code of its run. */
export interface LeftAlone {
  /** Keys of which nothing could be found out. */
  readonly unknown: boolean;
  /** Keys that another live run works on. */
  readonly inFlight: boolean;
}

/**
 * Exit code of a run:
 *
 *     interrupted                                             130 (SIGINT) or 143 (SIGTERM)
 *     every task promoted, unchanged, adopted, staged, skipped  1 if keys are unknown, 11 if other runs are at all there was, else 0
 *     nothing promoted or staged, and the cause: conflict     10
 *     nothing promoted, staged or unchanged, and: rejected    12
 *     otherwise                                               3
 *
 * A key that a dry run would have promoted counts as promoted.
 * What only waited for others (a failed upstream, a bad canary, too many failures) is no cause of its own.
 */
export function exitCodeOf(
  outcomes: readonly PartitionOutcome[],
  interruptedBy: 'SIGINT' | 'SIGTERM' | null,
  left: LeftAlone = { unknown: false, inFlight: false },
): number {
  if (interruptedBy !== null) return interruptedBy === 'SIGTERM' ? 143 : 130;
  const bad = outcomes.filter(({ outcome }) => !endedWell(outcome));
  if (bad.length === 0) return left.unknown ? 1 : allInFlight(outcomes, left) ? 11 : 0;
  if (outcomes.some(gotThrough)) return 3;
  const causes = new Set(bad.filter((one) => !isConsequence(one)).map(({ outcome }) => outcome));
  if (causes.size !== 1) return 3;
  if (causes.has('conflict')) return 10;
  // An unchanged one was not refused.
  return causes.has('rejected') && !outcomes.some(({ outcome }) => outcome === 'unchanged') ? 12 : 3;
}

function isConsequence({ error }: PartitionOutcome): boolean {
  return ['upstream-failed', 'together', 'canary', 'max-failures'].includes(error?.code ?? '');
}

function allInFlight(outcomes: readonly PartitionOutcome[], { inFlight }: LeftAlone): boolean {
  if (outcomes.length === 0) return inFlight;
  return outcomes.every((o) => o.outcome === 'skipped' && o.error?.code === 'in-flight');
}

/** Keys of a run document that did not end well, by dataset: what `retry` takes up again. */
export function unwellKeys(document: RunDocument): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  for (const { dataset, partitions } of document.datasets) {
    const unwell = partitions
      .filter((p) => !endedWell(p.outcome) || p.error?.code === 'in-flight')
      .map((p) => p.key);
    if (unwell.length > 0) keys.set(dataset, unwell);
  }
  return keys;
}

/** Signals that abort a command name themselves as the reason. */
export function interruptedBy(signal: AbortSignal | undefined): 'SIGINT' | 'SIGTERM' | null {
  if (!signal?.aborted) return null;
  return signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
}
