/** Attempts as the journal shows them: the keys that an attempt id moves together, and what became of a finished one. */
import { partitionPrefix } from '../../core/layout.js';
import type { Attempt, JournalFile, KeyState, PromotingFact } from '../../journal/entry.js';
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

const FOREIGN_HINT =
  'Look at the files that lakefill did not write; remove them, or run again with --overwrite-external to replace everything there.';

export function conflict(
  key: string,
  code: string,
  message: string,
  foreign: readonly string[] = [],
  hint = foreign.length > 0 ? FOREIGN_HINT : 'Plan again: what readers find is unchanged by this run.',
): PublishResult {
  return { outcome: 'conflict', key, code, message, hint, foreign };
}

/** The end of a key whose new generation is in place, with what a listing showed instead of it or beside it. */
export function inPlace(
  key: string,
  generation: number,
  files: readonly JournalFile[],
  foreign: readonly string[],
  missing: readonly string[] = [],
): PublishResult {
  if (foreign.length > 0) {
    const found =
      foreign.length === 1
        ? 'is a file that lakefill did not write'
        : `are ${foreign.length} files that lakefill did not write`;
    return conflict(
      key,
      'modified-outside',
      `Generation ${generation} is in place, and so ${found}: ${foreign.slice(0, 3).join(', ')}. Readers see both.`,
      foreign,
    );
  }
  if (missing.length > 0)
    return conflict(
      key,
      'modified-outside',
      `Generation ${generation} was put in place, but something else removed ${missing.slice(0, 3).join(', ')} since.`,
      [],
      'Find out what removes files there, then plan again: the next scan shows what is missing.',
    );
  return promoted(key, generation, files);
}

/** How a key ended that was in flight a moment ago and is not any more: someone else moved the attempt to its end. */
export function endedBy(
  context: PublishContext,
  before: Pick<KeyInFlight, 'key' | 'prefix'> & { attempt: PromotingFact },
): PublishResult {
  const { key, attempt } = before;
  const state = context.journal.key(key);
  if (state.settled?.attempt === attempt.attempt && state.settled.how === 'published')
    return inPlace(key, attempt.generation, state.files, state.foreign);
  if (wasPublished(state, before))
    return promoted(
      key,
      attempt.generation,
      state.retained.find((kept) => kept.generation === attempt.generation)?.files ?? [],
    );
  return conflict(key, 'withdrawn', 'Another process undid this publication (recover or rollback).');
}

/** Overtaken by later attempts: the names tell, and without names what it replaced. */
function wasPublished(
  state: KeyState,
  { prefix, attempt }: { prefix: string; attempt: PromotingFact },
): boolean {
  if (state.settled?.attempt === attempt.attempt) return state.settled.how === 'published';
  if (state.retained.some((kept) => kept.attempt === attempt.attempt)) return true;
  const names = attempt.add.map((upload) => upload.path.slice(prefix.length));
  return names.length > 0 && !names.some((name) => state.revoked.includes(name));
}

/** Waits for all, so that nothing goes on behind the caller's back; then throws the first failure, if any. */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
