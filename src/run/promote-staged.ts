/** Promote: publishes output that an earlier run staged, exactly where it was staged against, key by key or (together) all or none. */
import pLimit from 'p-limit';
import { isLakefillError, throwIfAborted } from '../core/errors.js';
import { versionDigest } from '../core/digest.js';
import { reviveStaged, stagedDamage } from '../publish/staged.js';
import type { PromoteRequest } from '../publish/publisher.js';
import { faultOf } from './conclude.js';
import type { RunContext } from './context.js';
import { decideStaged, dryRun, INTERRUPTED, leftAlone, noteDecision } from './decision.js';
import type { ChosenStaged, Deciding } from './decision.js';
import { appears, NO_SECONDS } from './outcome.js';
import { refusalOf } from './promotable.js';
import type { Refusal } from './promotable.js';
import { PromoteGroup } from './promote-group.js';
import type { Departure } from './promote-group.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { discard } from './stage-files.js';
import type { StagedRecord } from './staged-record.js';
import { lookAtStanding, standingOf } from './standing.js';

/** Partitions that are verified and promoted at the same time; their journal entries are shared. */
const PROMOTING = 16;

export interface PromoteStaged {
  readonly chosen: readonly ChosenStaged[];
  readonly reason: string | null;
  /** All chosen partitions of a dataset or none; also where the staging run or the dataset asked for it. */
  readonly together: boolean;
}

/** The promoted keys are the content of this run: a rollback of it restores what stood there before. */
export function promoteStaged(context: RunContext, request: PromoteStaged): Promise<RunDocument> {
  return decideStaged(context, { ...request, command: 'promote' }, (deciding) =>
    promoteDataset(deciding, request.together),
  );
}

function promoteDataset(deciding: Deciding, together: boolean): Promise<PartitionOutcome>[] {
  const { context, open, chosen } = deciding;
  const { records } = chosen;
  const promoting = pLimit(PROMOTING);
  const verifying = pLimit(PROMOTING);
  const asUnit = together || chosen.dataset.together || records.some((record) => record.together);
  const groupOf = (size: number) =>
    new PromoteGroup({
      size,
      together: asUnit,
      promote: (requests) =>
        promoting(async () => {
          const begun = context.clock.monotonic();
          const results = await context.publisher.promote(open.publish, requests, context.signal);
          return { results, seconds: (context.clock.monotonic() - begun) / 1000 };
        }),
    });
  const unit = asUnit ? groupOf(records.length) : null;
  return records.map(async (record) => {
    const { base, key, partition } = record;
    const before = { state: open.journal.key(key), objects: base.objects };
    const ready = await verifying(() => prepare(deciding, record, asUnit)).catch((error: unknown) =>
      faultRefusal(deciding, record, error),
    );
    const isReady = 'content' in ready;
    const passed = isReady || ready.outcome === 'unchanged';
    const departure = await (unit ?? groupOf(1)).arrive(isReady ? ready : null, passed);
    if (!isReady) return told(deciding, record, ready);
    const outcome = await conclude(deciding, record, departure);
    const appeared = outcome.outcome === 'promoted' && appears(before, partition.files);
    return appeared ? { ...outcome, appeared } : outcome;
  });
}

/** What is to be published, verified; or why it is not. Changes nothing. */
async function prepare(
  deciding: Deciding,
  record: StagedRecord,
  asUnit: boolean,
): Promise<PromoteRequest | Refusal> {
  const { context, open, chosen } = deciding;
  if (context.signal?.aborted) return INTERRUPTED;
  const refusal = refusalOf({
    record,
    state: open.journal.key(record.key),
    version: versionDigest(await context.publisher.current(open.publish, record.key)),
    holder: open.inFlight.get(record.key)?.run ?? null,
    named: asUnit || chosen.named(record.key),
    now: context.clock.now(),
  });
  if (refusal !== null) return refusal;
  const { partition, passed, plan, tried, base } = record;
  if (context.dryRun) {
    const damage = await stagedDamage(open.store, partition.files);
    return damage === null ? dryRun('It would be promoted; nothing was written.') : damaged(damage);
  }
  throwIfAborted(context.signal);
  const content = await context.transfers(() => reviveStaged(open.store, partition, { passed }));
  return typeof content === 'string' ? damaged(content) : { content, plan, tried, base, restores: null };
}

async function conclude(
  deciding: Deciding,
  record: StagedRecord,
  departure: Departure,
): Promise<PartitionOutcome> {
  switch (departure.outcome) {
    case 'promoted': {
      const { generation, seconds } = departure;
      // Best effort, both: the journal knows, and gc removes what stays.
      await noteDecision(deciding, record, 'promoted', generation).catch(() => undefined);
      await discard(deciding, record.partition.files);
      const times = { ...NO_SECONDS, promote: seconds };
      return { ...record.outcome, outcome: 'promoted', generation, attempts: 1, error: null, seconds: times };
    }
    case 'conflict': {
      const { code, message, hint, foreign } = departure;
      const outcome = code === 'in-flight' ? 'skipped' : 'conflict';
      const refusal: Refusal = { outcome, error: { code, message, hint } };
      if (foreign.length > 0) return { ...leftAlone(deciding, record, refusal), attempts: 1, foreign };
      return { ...(await told(deciding, record, refusal)), attempts: 1 };
    }
    case 'error':
      return told(deciding, record, faultRefusal(deciding, record, departure.error));
    case 'not-promoted':
      return leftAlone(deciding, record, {
        outcome: 'blocked',
        error: {
          code: 'together',
          message: 'Another partition could not be promoted, so none was. The staged output is kept.',
          hint: 'See about that one, or choose the others with --partition.',
        },
      });
  }
}

/** With what is known of the files there, where that is in doubt. */
async function told(deciding: Deciding, record: StagedRecord, refusal: Refusal): Promise<PartitionOutcome> {
  const { context, open } = deciding;
  const { outcome } = refusal;
  const standing =
    outcome === 'conflict'
      ? await lookAtStanding(context, open, record.key)
      : outcome === 'failed'
        ? standingOf(open.journal.key(record.key))
        : {};
  return { ...leftAlone(deciding, record, refusal), ...standing };
}

function faultRefusal({ open }: Deciding, record: StagedRecord, error: unknown): Refusal {
  if (isLakefillError(error, 'CANCELLED')) return INTERRUPTED;
  return { outcome: 'failed', error: faultOf(error, open.journal.key(record.key)) };
}

function damaged(what: string): Refusal {
  return {
    outcome: 'failed',
    error: {
      code: 'staged-damaged',
      message: `The staged output is not what was checked: ${what}. Nothing was published.`,
      hint: 'Run the partition again. Something else removes or changes objects under the control prefix.',
    },
  };
}
