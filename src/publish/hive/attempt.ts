/** Attempts as the journal shows them: the keys that an attempt id moves together, and what became of a finished one. */
import { partitionPrefix } from '../../core/layout.js';
import type { Attempt, JournalFile, KeyState } from '../../journal/entry.js';
import type { PublishContext, PublishResult } from '../publisher.js';

export interface KeyInFlight {
  readonly key: string;
  readonly prefix: string;
  readonly state: KeyState;
  readonly attempt: Attempt;
}

/** Keys whose attempt in flight is this one; empty when it is finished. `among` saves the search over all keys. */
export function keysInFlight(
  context: PublishContext,
  attempt: string,
  among?: readonly string[],
): KeyInFlight[] {
  const found: KeyInFlight[] = [];
  const states = among ? among.map((key) => context.journal.key(key)) : context.journal.state.keys.values();
  for (const state of states) {
    if (state.attempt?.attempt !== attempt) continue;
    found.push({
      key: state.key,
      prefix: partitionPrefix(context.layout, state.key),
      state,
      attempt: state.attempt,
    });
  }
  return found;
}

export function promoted(key: string, generation: number, files: readonly JournalFile[]): PublishResult {
  return { outcome: 'promoted', key, generation, files };
}

export function conflict(
  key: string,
  code: string,
  message: string,
  foreign: readonly string[] = [],
): PublishResult {
  const hint =
    foreign.length > 0
      ? 'Look at the files that lakefill did not write; remove them, or run again with --overwrite-external to replace everything there.'
      : 'Plan again: what readers find is unchanged by this run.';
  return { outcome: 'conflict', key, code, message, hint, foreign };
}

/** How a key ended that was in flight a moment ago and is not any more: someone else moved the attempt to its end. */
export function endedBy(context: PublishContext, before: KeyInFlight): PublishResult {
  const state = context.journal.key(before.key);
  const settled = state.settled?.attempt === before.attempt.attempt ? state.settled.how : null;
  const names = before.attempt.add.map((upload) => upload.path.slice(before.prefix.length));
  // Overtaken by a later attempt: the names tell.
  const withdrawn =
    settled === null ? names.some((name) => state.revoked.includes(name)) : settled === 'withdrawn';
  return withdrawn
    ? conflict(before.key, 'withdrawn', 'Another process undid this publication (recover or rollback).')
    : promoted(before.key, before.attempt.generation, state.files);
}
