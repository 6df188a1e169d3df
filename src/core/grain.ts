/**
 * Grains and calendars: the only importer of temporal-polyfill.
 *
 * A *unit* is one cell of a grain, named by its canonical text (the default format of the grain):
 * hour `2025-01-03T07`, day `2025-01-03`, week `2025-W01` (ISO), month `2025-01`, quarter `2025-Q1`, year `2025`.
 * Intervals are half-open UTC instants that come from calendar arithmetic in an IANA zone, never from fixed lengths.
 */
import type { Instant } from './instant.js';
import type { Interval } from './interval.js';

export const GRAINS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];

/** True for an IANA zone name that this platform knows. */
export declare function isTimeZone(name: string): boolean;
/** True when the zone's offset never changes (hour grain needs that unless the format carries the offset). */
export declare function isFixedOffset(timezone: string): boolean;
/** True when the text is the canonical name of an existing unit. */
export declare function isUnit(grain: Grain, text: string): boolean;
/** `[start, end)` of a unit. A local midnight that a DST jump skips begins at the first instant after the gap. */
export declare function intervalOf(grain: Grain, unit: string, timezone: string): Interval;
/** The unit that contains the instant. */
export declare function unitAt(grain: Grain, instant: Instant, timezone: string): string;
/** The unit `count` later (negative: earlier). */
export declare function shiftUnit(grain: Grain, unit: string, count: number): string;
/** Units from `first` to `last`, both included, ascending; empty when last < first. */
export declare function unitsBetween(grain: Grain, first: string, last: string): string[];
/** Units whose interval overlaps `[start, end)`, ascending. */
export declare function unitsOverlapping(grain: Grain, interval: Interval, timezone: string): string[];
/** -1, 0 or 1 in time order (not text order). */
export declare function compareUnits(grain: Grain, a: string, b: string): -1 | 0 | 1;
/** Formats a unit with a pattern (Unicode tokens `yyyy MM dd HH`, unpadded `M d H`, `Q`, ISO week `YYYY`/`ww`, quoted literals). */
export declare function formatUnit(grain: Grain, unit: string, pattern: string): string;
/** A day's ISO weekday, 1 = Monday .. 7 = Sunday. */
export declare function weekdayOf(day: string): number;
/**
 * Reads a person's date or instant as an interval `[start, end)` in the zone: a date is as wide as written (`2025`, `2025-Q1`, `2025-10`,
 * `2025-W07`, `2025-10-03`, `2025-10-03T07`), an instant (`2025-01-31T00:00`, `...Z`, with offset) is empty: start = end.
 * Null when it is neither.
 */
export declare function readMoment(
  text: string,
  timezone: string,
): (Interval & { readonly isInstant: boolean }) | null;
