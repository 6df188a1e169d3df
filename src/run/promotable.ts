/**
 * What stands against publishing staged output, the first that holds:
 *
 *     another live run works on the key, or an attempt is in flight       skipped    in-flight
 *     published before, and readers find it                               unchanged  already-promoted
 *     published before, and replaced since                                conflict   replaced-since
 *     discarded                                                           skipped    discarded       (blocked if asked for by name)
 *     its checks refused it                                               rejected   checks-refused  (skipped unless asked for by name)
 *     now is at or past its expiry                                        blocked    staging-expired
 *     what readers find is not what it was staged against                 conflict   base-moved
 *
 * Pure. The journal decides again when the publication is recorded.
 */
import type { Instant } from '../core/instant.js';
import type { KeyState, Outcome } from '../journal/entry.js';
import type { PartitionOutcome } from './run-document.js';
import type { StagedRecord } from './staged-record.js';

export interface Refusal {
  readonly outcome: Exclude<Outcome, 'promoted' | 'staged'>;
  readonly error: NonNullable<PartitionOutcome['error']>;
}

export interface PromotableFacts {
  readonly record: StagedRecord;
  readonly state: KeyState;
  /** Digest of what readers find now. */
  readonly version: string;
  /** Another live run that works on the key. */
  readonly holder: string | null;
  /** The person named this key. */
  readonly named: boolean;
  readonly now: Instant;
}

export function refusalOf(facts: PromotableFacts): Refusal | null {
  const { record, state } = facts;
  return (
    heldBy(facts.holder, state) ??
    decidedBefore(record, state, facts.named) ??
    (record.passed ? null : refusedByChecks(record, facts.named)) ??
    (Date.parse(record.expires) <= facts.now ? expired(record) : null) ??
    (state.generation === record.base.generation && facts.version === record.base.version
      ? null
      : refuse(
          'conflict',
          'base-moved',
          'What readers find at this partition changed after its output was staged. Nothing was published; the staged output is kept.',
          `Compare them with 'lakefill diff ${record.run}', then run the partition again, or discard the staged output.`,
        ))
  );
}

/** As far as its record and the journal say: it can still be published. */
export function isWaiting(
  { passed, decided, expires, base }: StagedRecord,
  generation: number | null,
  now: Instant,
): boolean {
  return passed && decided === null && Date.parse(expires) > now && generation === base.generation;
}

export function heldBy(holder: string | null, state: KeyState): Refusal | null {
  if (holder !== null)
    return refuse('skipped', 'in-flight', `Run ${holder} is working on it.`, 'Wait for that run.');
  if (state.phase === 'stable') return null;
  const by = `run ${state.attempt?.run ?? ''}`;
  return refuse(
    'skipped',
    'in-flight',
    `It is ${state.phase} by ${by}.`,
    "Wait for that run, or run 'lakefill recover' if its process died.",
  );
}

/** The generation that the staged output became; null when it did not. The journal knows, also when the record could not be written. */
export function promotedAs(record: StagedRecord, state: KeyState): number | null {
  if (record.decided?.what === 'promoted') return record.decided.generation;
  const isCurrent =
    state.madeBy?.plan === record.plan &&
    state.generation !== record.base.generation &&
    state.record?.contentHash === record.partition.record.contentHash;
  return isCurrent ? state.generation : null;
}

function decidedBefore(record: StagedRecord, state: KeyState, named: boolean): Refusal | null {
  const generation = promotedAs(record, state);
  if (generation !== null && generation === state.generation)
    return refuse('unchanged', 'already-promoted', `It was promoted before, as generation ${generation}.`);
  if (generation !== null)
    return refuse(
      'conflict',
      'replaced-since',
      `It was promoted as generation ${generation}, which was replaced since. Nothing was changed.`,
      'Run the partition again.',
    );
  if (record.decided === null) return null;
  const { by, at } = record.decided;
  const outcome = named ? 'blocked' : 'skipped';
  return refuse(outcome, 'discarded', `It was discarded by ${by} at ${at}.`, 'Run the partition again.');
}

function refusedByChecks(record: StagedRecord, named: boolean): Refusal {
  const why = record.outcome.error?.message ?? 'Its checks refused it.';
  return refuse(
    named ? 'rejected' : 'skipped',
    'checks-refused',
    `Output that its checks refused is never published. ${why}`,
    record.outcome.error?.hint ?? null,
  );
}

function expired(record: StagedRecord): Refusal {
  return refuse(
    'blocked',
    'staging-expired',
    `Its staged output was kept until ${record.expires}, which is past. Nothing was published.`,
    'Run the partition again.',
  );
}

function refuse(
  outcome: Refusal['outcome'],
  code: string,
  message: string,
  hint: string | null = null,
): Refusal {
  return { outcome, error: { code, message, hint } };
}
