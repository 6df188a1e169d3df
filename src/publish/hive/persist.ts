/** Once an attempt is recorded, its calls are made until their result is known: each of them may be made again. */
import type { Clock } from '../../clock.js';
import { isLakefillError } from '../../core/errors.js';

const TRIES = 5;
const FIRST_WAIT_MS = 50;

/** The call's result; retryable faults are waited out a few times, everything else is thrown. Only for calls that may be repeated. */
export async function persist<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isLakefillError(error) || !error.retryable || tries === TRIES) throw error;
      await clock.sleep(Math.random() * FIRST_WAIT_MS * 2 ** tries);
    }
  }
}
