/** `rollback`: words of a person into keys, then the run's own work. */
import type { Dataset } from '../dataset/dataset.js';
import type { RunContext } from '../run/context.js';
import { rollbackRun } from '../run/rollback.js';
import type { RunDocument } from '../run/run-document.js';
import { keyMatcher } from './key-matcher.js';
import type { KeyMatcher } from './key-matcher.js';
import { checkReason } from './reason.js';
import type { RollbackRequest } from './types.js';

/** Undoes a run, or the keys of it that a pattern names. Throws RUN_UNKNOWN, and SELECTION_INVALID for a range that cannot be read. */
export async function rollbackProject(
  context: RunContext,
  run: string,
  request: RollbackRequest,
): Promise<RunDocument> {
  checkReason(request.reason);
  const { partitions = [], reason = null } = request;
  const now = context.clock.now();
  const matchers = new Map<Dataset, KeyMatcher>();
  const wanted = (dataset: Dataset, key: string) => {
    const matcher = matchers.get(dataset) ?? keyMatcher(dataset, { partitions }, now);
    matchers.set(dataset, matcher);
    return matcher.named(key);
  };
  return rollbackRun(context, { run, reason, wanted: partitions.length === 0 ? null : wanted });
}
