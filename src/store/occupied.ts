/** The refusal to move an object onto another one: stores that can move share its words. */
import { LakefillError } from '../core/errors.js';

/** STORE_FAILED: both objects are as they were. */
export function occupied(path: string, moveTo: string): LakefillError {
  return new LakefillError(
    'STORE_FAILED',
    `${path} was not moved to ${moveTo}, because another object stands there. Both are as they were.`,
    {
      hint: 'Find out what put the other object under the control prefix, move it away, and run `lakefill recover`.',
      context: { path, moveTo },
    },
  );
}
