/** Half-open intervals of instants, `[start, end)`. */
import type { Instant } from './instant.js';

export interface Interval {
  /** First instant inside. */
  readonly start: Instant;
  /** First instant after. */
  readonly end: Instant;
}

/** True when the two intervals share at least one instant; touching ones do not. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}

/** True when every instant of `inner` is in `outer`. */
export function covers(outer: Interval, inner: Interval): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
