/**
 * Discard: gives up staged output. First the decision is noted, then the files go; readers find what they found before. A discarded
 * key ends `skipped` with the code `discarded`: that is what was asked for, so the exit code is 0.
 */
import pLimit from 'p-limit';
import { faultOf } from './conclude.js';
import type { RunContext } from './context.js';
import { decideStaged, dryRun, INTERRUPTED, leftAlone, noteDecision } from './decision.js';
import type { ChosenStaged, Deciding } from './decision.js';
import { heldBy, promotedAs } from './promotable.js';
import type { Refusal } from './promotable.js';
import type { RunDocument } from './run-document.js';
import { discard } from './stage-files.js';
import type { StagedRecord } from './staged-record.js';

const AT_ONCE = 16;

export interface DiscardStaged {
  readonly chosen: readonly ChosenStaged[];
  readonly reason: string | null;
}

export function discardStaged(context: RunContext, request: DiscardStaged): Promise<RunDocument> {
  return decideStaged(context, { ...request, command: 'discard' }, (deciding) => {
    const limit = pLimit(AT_ONCE);
    return deciding.chosen.records.map(async (record) => {
      const end = await limit(() => discardOne(deciding, record)).catch((error: unknown): Refusal => ({
        outcome: 'failed',
        error: faultOf(error, deciding.open.journal.key(record.key)),
      }));
      return leftAlone(deciding, record, end);
    });
  });
}

async function discardOne(deciding: Deciding, record: StagedRecord): Promise<Refusal> {
  const { context, open } = deciding;
  if (context.signal?.aborted) return INTERRUPTED;
  const state = open.journal.key(record.key);
  const held = heldBy(open.inFlight.get(record.key)?.run ?? null, state);
  if (held !== null) return held;
  const generation = promotedAs(record, state);
  if (generation !== null)
    return nothing('already-promoted', `It was promoted as generation ${generation}; nothing is staged.`);
  if (record.decided !== null) {
    await discard(deciding, record.partition.files);
    return nothing('already-discarded', `It was discarded before, by ${record.decided.by}.`);
  }
  if (context.dryRun) return dryRun('Its staged output would be removed; nothing was written.');
  await noteDecision(deciding, record, 'discarded', null);
  await discard(deciding, record.partition.files);
  const message = 'Its staged output was removed. Readers find what they found before.';
  return { outcome: 'skipped', error: { code: 'discarded', message, hint: null } };
}

function nothing(code: string, message: string): Refusal {
  return { outcome: 'unchanged', error: { code, message, hint: null } };
}
