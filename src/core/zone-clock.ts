/**
 * The clock of a time zone as stretches of constant offset: which instant a wall-clock time is.
 * Where the stretches come from is the caller's business.
 */
import { DAY_MS } from './civil.js';
import type { Instant } from './instant.js';

/** A stretch of time with one offset: from `from` to the `from` of the next. */
export interface Segment {
  readonly from: Instant;
  /** Milliseconds that the zone's clock is ahead of UTC. */
  readonly offset: number;
}

export interface Zone {
  /** True when the offset has not changed since 1970 and is not known to change. */
  readonly fixed: boolean;
  /** Segments from the one that holds `from` to the last that begins before `to`, ascending. */
  readonly read: (from: Instant, to: Instant) => readonly Segment[];
  /** Segments by decade: finding one change of offset costs about a millisecond, so each is looked up once and only where needed. */
  readonly decades: Map<number, readonly Segment[]>;
}

const DECADE_MS = 3_653 * DAY_MS;
/** More than any clock is ahead of or behind UTC, or was ever set back. */
const MARGIN_MS = 2 * DAY_MS;

/** Segments around an instant, ascending; the decade's own and those within the margin on both sides. */
function segmentsAround(zone: Zone, instant: Instant): readonly Segment[] {
  const decade = Math.floor(instant / DECADE_MS);
  let segments = zone.decades.get(decade);
  if (segments === undefined) {
    segments = zone.read(decade * DECADE_MS - MARGIN_MS, (decade + 1) * DECADE_MS + MARGIN_MS);
    zone.decades.set(decade, segments);
  }
  return segments;
}

/** How far the zone's clock is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: Zone, instant: Instant): number {
  const segments = segmentsAround(zone, instant);
  return segments[indexAt(segments, instant)]!.offset;
}

/** Index of the last segment that began at or before the instant; the first when none did. */
function indexAt(segments: readonly Segment[], instant: Instant): number {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle]!.from <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first instant at which the zone's clock shows the wall-clock time or later. */
export function instantOf(zone: Zone, local: number): Instant {
  const segments = segmentsAround(zone, local);
  for (let i = indexAt(segments, local - DAY_MS); ; i++) {
    const next = segments[i + 1];
    const { from, offset } = segments[i]!;
    if (next === undefined || next.from + offset > local) return Math.max(from, local - offset);
  }
}
