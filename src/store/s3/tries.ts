/**
 * A few tries of a step that is safe to repeat inside a call that is not: a part of an upload, a range of a download, a
 * deletion of a named version. Everything else is repeated by the retry wrapper or by nobody.
 */
import { isLakefillError, throwIfAborted } from '../../core/errors.js';
import type { Clock } from '../../clock.js';

const TRIES = 4;
const FIRST_WAIT_MS = 200;

/** The result of the first try that succeeds; the last failure, or the first that waiting cannot cure. Full jitter. */
export async function severalTries<T>(clock: Clock, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (tries >= TRIES || !isLakefillError(error) || !error.retryable) throw error;
      throwIfAborted(signal);
      await clock
        .sleep(Math.random() * FIRST_WAIT_MS * 2 ** (tries - 1), signal)
        .catch(() => throwIfAborted(signal));
    }
  }
}
