/**
 * Tries again what is safe to try again: reads, listings (from the last page on), and writes without a condition. A
 * conditional write, a deletion of a named version, `prepare` and `complete` are never repeated: after an unknown result
 * their caller looks at what is there and decides.
 */
import type { Clock } from '../clock.js';
import { isLakefillError, throwIfAborted, type LakefillError } from '../core/errors.js';
import { intercept, signalOf, type Call } from './intercept.js';
import type { ObjectStore } from './object-store.js';

export interface RetryOptions {
  readonly clock: Clock;
  /** Tries of one call, the first included. */
  readonly attempts?: number;
  /** The first wait is random below this many milliseconds; each later bound is twice the one before. */
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
  /**
   * Retries that all calls together may have open: one is spent per retry and given back per success, so that an outage
   * is not multiplied by the number of calls.
   */
  readonly budget?: number;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly onRetry?: (call: Call, error: LakefillError, waitMs: number) => void;
}

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function retrying(store: ObjectStore, options: RetryOptions): ObjectStore {
  const { clock, attempts = 5, firstWaitMs = 100, longestWaitMs = 5_000, random = Math.random } = options;
  const budget = options.budget ?? 100;
  let left = budget;
  return intercept(store, async (call, next) => {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await next();
        left = Math.min(budget, left + 1);
        return answer;
      } catch (error) {
        if (!isLakefillError(error) || !error.retryable || !isRepeatable(call)) throw error;
        if (tries >= attempts || left < 1) throw error;
        left -= 1;
        const waitMs = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
        options.onRetry?.(call, error, waitMs);
        await wait(clock, waitMs, signalOf(call));
      }
    }
  });
}

/** True when making the call twice means the same as once, whatever became of the first. */
export function isRepeatable(call: Call): boolean {
  switch (call.method) {
    case 'list':
    case 'listLevel':
    case 'listPrepared':
    case 'head':
    case 'get':
    case 'download':
    case 'copy': // to a path that nothing else uses
    case 'abort':
      return true;
    case 'put':
      return call.args[2].kind === 'overwrite';
    case 'delete':
      return call.args[0].every((item) => item.etag === null && item.moveTo === undefined);
    case 'prepare': // would leave an upload whose id nobody knows
    case 'complete':
      return false;
  }
}

async function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  await clock.sleep(ms, signal).catch((reason: unknown) => {
    throwIfAborted(signal);
    throw reason;
  });
}
