/** `rollback`: words of a person into keys, then the run's own work. */
import { compileKeyGlob } from '../core/glob.js';
import type { RunContext } from '../run/context.js';
import { rollbackRun } from '../run/rollback.js';
import type { RunDocument } from '../run/run-document.js';
import { checkReason } from './reason.js';
import type { RollbackRequest } from './types.js';

/** Undoes a run, or the keys of it that a pattern names. Throws RUN_UNKNOWN. */
export async function rollbackProject(
  context: RunContext,
  run: string,
  request: RollbackRequest,
): Promise<RunDocument> {
  checkReason(request.reason);
  const patterns = (request.partitions ?? []).map(compileKeyGlob);
  const wanted =
    patterns.length === 0
      ? null
      : (_dataset: unknown, key: string) => patterns.some((matches) => matches(key));
  return rollbackRun(context, { run, reason: request.reason ?? null, wanted });
}
