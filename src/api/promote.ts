/** `promote` and `discard`: the decision on a run made with `--stage-only`. */
import type { RunContext } from '../run/context.js';
import { discardStaged } from '../run/discard-staged.js';
import { promoteStaged } from '../run/promote-staged.js';
import type { RunDocument } from '../run/run-document.js';
import { findRun } from './lost-first.js';
import { checkReason } from './reason.js';
import { chooseStaged } from './staged.js';
import type { DiscardRequest, PromoteRequest } from './types.js';

/** Publishes the chosen staged output of the run. Throws RUN_UNKNOWN, SELECTION_INVALID, JOURNAL_LOST. */
export async function promoteProject(
  context: RunContext,
  run: string,
  request: PromoteRequest,
): Promise<RunDocument> {
  checkReason(request.reason);
  const chosen = await findRun(context, () => chooseStaged(context, run, request, context.clock.now()));
  const { reason = null, together = false } = request;
  return promoteStaged(context, { chosen, reason, together });
}

/** Removes the chosen staged output of the run. Throws RUN_UNKNOWN, SELECTION_INVALID, JOURNAL_LOST. */
export async function discardProject(
  context: RunContext,
  run: string,
  request: DiscardRequest,
): Promise<RunDocument> {
  checkReason(request.reason);
  const chosen = await findRun(context, () => chooseStaged(context, run, request, context.clock.now()));
  return discardStaged(context, { chosen, reason: request.reason ?? null });
}
