/** The reason of a command, for the journal and run documents: a sentence, not a file. Pure. */
import { LakefillError } from '../core/errors.js';

const LONGEST_REASON = 1000;

/** Throws USAGE for a reason that is too long to be read. */
export function checkReason(reason: string | null | undefined): void {
  if (reason == null || reason.length <= LONGEST_REASON) return;
  throw new LakefillError(
    'USAGE',
    `The reason has ${reason.length} characters; at most ${LONGEST_REASON} are recorded. Nothing was done.`,
    { hint: 'Give a sentence, and a link to the rest.' },
  );
}
