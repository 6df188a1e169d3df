/** Time budget of a run: when it is over, nothing further begins. It never cuts short what has begun. */
import type { Clock } from '../clock.js';
import { formatDuration } from '../core/duration.js';
import { LakefillError } from '../core/errors.js';
import type { PartitionOutcome } from './run-document.js';

export interface TimeBudget {
  isOver(): boolean;
  /** Why a partition was not begun. */
  readonly told: NonNullable<PartitionOutcome['error']>;
}

/** The budget of that many milliseconds from now; null for none. USAGE for what is no time. */
export function timeBudget(ms: number | undefined, clock: Clock): TimeBudget | null {
  if (ms === undefined) return null;
  if (!(ms > 0))
    throw new LakefillError('USAGE', `A run cannot stop after ${ms} ms. Nothing was done.`, {
      hint: 'Give a time above 0, such as 45m.',
    });
  const end = clock.monotonic() + ms;
  return {
    isOver: () => clock.monotonic() >= end,
    told: {
      code: 'time-budget',
      message: `The ${formatDuration(ms)} of --stop-after were over before this partition was begun. Nothing of it was changed.`,
      hint: "'lakefill retry' does what is left; so does applying the same plan again.",
    },
  };
}
