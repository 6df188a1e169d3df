/**
 * `--from` and `--to` as one half-open window of instants in a dataset's zone. A date is as wide as written, so
 * `--to 2025-10` includes October; an instant is exact, so `--to 2025-10-01T00:00` excludes it. Pure.
 */
import { LakefillError } from '../core/errors.js';
import { readMoment, readRelative } from '../core/grain.js';
import type { Instant } from '../core/instant.js';
import { formatInstant } from '../core/instant.js';
import type { Interval } from '../core/interval.js';
import { overlaps } from '../core/interval.js';

export interface TimeWindow extends Interval {
  /** As typed, for messages. */
  readonly asked: string;
}

/**
 * The window, open ends as infinities; null when neither end is given. SELECTION_INVALID for a text that is no moment,
 * and for an empty window: a scheduler that sends one must not be told that all is well.
 */
export function readWindow(
  selection: { readonly from?: string; readonly to?: string },
  timezone: string,
  now: Instant,
): TimeWindow | null {
  const { from, to } = selection;
  if (from === undefined && to === undefined) return null;
  const first = from === undefined ? null : momentOf('--from', from, timezone, now);
  const last = to === undefined ? null : momentOf('--to', to, timezone, now);
  const start = first?.start ?? -Infinity;
  const end = last?.end ?? Infinity;
  const asked = [
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...(to === undefined ? [] : [`--to ${to}`]),
  ].join(' ');
  if (start < end) return { start, end, asked };
  throw new LakefillError(
    'SELECTION_INVALID',
    `The window ${asked} is empty: it ends at ${formatInstant(end)}. Nothing was done.`,
    {
      hint: 'Give a --to after --from; an instant as --to is exclusive, a date is included.',
      context: { from, to },
    },
  );
}

/** True when the partition shares an instant with the window: rounding is outward. Partitions without time are always inside. */
export function isInside(window: TimeWindow | null, interval: Interval | null): boolean {
  return window === null || interval === null || overlaps(window, interval);
}

function momentOf(flag: string, text: string, timezone: string, now: Instant): Interval {
  const moment = readMoment(text, timezone) ?? readRelative(text, now, timezone);
  if (moment !== null) return moment;
  throw new LakefillError(
    'SELECTION_INVALID',
    `${flag} '${text}' is neither a date nor an instant nor a time ago. Nothing was done.`,
    {
      hint: 'Write 2025-01-03, 2025-01, 2025-01-03T07:00Z, 30d, yesterday or the like.',
      context: { [flag.slice(2)]: text },
    },
  );
}
