/**
 * Grains and calendars: the only importer of temporal-polyfill.
 *
 * A *unit* is one cell of a grain, named by its canonical text (the default format of the grain):
 * hour `2025-01-03T07`, day `2025-01-03`, week `2025-W01` (ISO), month `2025-01`, quarter `2025-Q1`, year `2025`.
 * Intervals are half-open UTC instants that come from calendar arithmetic in an IANA zone, never from fixed lengths.
 *
 * One rule gives every interval: a unit begins at the first instant at which the zone's clock shows its beginning or
 * later, and ends where the next one begins. So intervals tile time without gap or overlap, whatever clocks do; a
 * unit that a zone left out (Pacific/Apia has no 2011-12-30) has an empty interval. A repeated hour belongs to the
 * unit in which it began, so hour units are 60 minutes long, and name one hour each, only in zones of fixed offset.
 */
import { Temporal } from 'temporal-polyfill';
import { isoWeekday } from './civil.js';
import { LakefillError } from './errors.js';
import { parsePattern } from './grain-format.js';
import { readRelativeWords, readWritten } from './moment.js';
import { formatToken } from './token-text.js';
import { localStart, ordinalAt, ordinalOf, parseUnit, printUnit } from './unit.js';
import { instantOf, offsetAt } from './zone-clock.js';
import type { OffsetToken } from './grain-format.js';
import type { Instant } from './instant.js';
import type { Interval } from './interval.js';
import type { Segment, Zone } from './zone-clock.js';

export const GRAINS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];

/** True for an IANA zone name that this platform knows. An offset such as `+05:30` is no name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Temporal.ZonedDateTime(0n, name);
    return true;
  } catch {
    return false;
  }
}

/** True when the zone's offset has not changed since 1970 and is not known to change (hour grain needs that). */
export function isFixedOffset(timezone: string): boolean {
  return zoneOf(timezone).fixed;
}

/** The zone's offset in an hour pattern: `+05:30` (xxx), `+0530` (xx); `Z` for zero with capitals. The zone must be of fixed offset. */
export function offsetText(timezone: string, token: OffsetToken): string {
  const minutes = Math.round(offsetAt(zoneOf(timezone), 0) / 60_000);
  if (minutes === 0 && token.startsWith('X')) return 'Z';
  const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${minutes < 0 ? '-' : '+'}${h}${token.length === 3 ? ':' : ''}${m}`;
}

/** True when the text is the canonical name of an existing unit. */
export function isUnit(grain: Grain, text: string): boolean {
  return parseUnit(grain, text) !== null;
}

/** `[start, end)` of a unit; empty (start = end) when the zone left the unit out. A local midnight that a DST jump skips begins at the first instant after the gap. */
export function intervalOf(grain: Grain, unit: string, timezone: string): Interval {
  return intervalOfOrdinal(grain, ordinalOf(grain, unit), zoneOf(timezone));
}

function intervalOfOrdinal(grain: Grain, ordinal: number, zone: Zone): Interval {
  return {
    start: instantOf(zone, localStart(grain, ordinal)),
    end: instantOf(zone, localStart(grain, ordinal + 1)),
  };
}

/** The unit that contains the instant. */
export function unitAt(grain: Grain, instant: Instant, timezone: string): string {
  return printUnit(grain, ordinalAtInstant(grain, instant, zoneOf(timezone)));
}

function ordinalAtInstant(grain: Grain, instant: Instant, zone: Zone): number {
  let ordinal = ordinalAt(grain, instant + offsetAt(zone, instant));
  // After a clock was set back over the start of a unit, it shows the unit before once more.
  while (instantOf(zone, localStart(grain, ordinal + 1)) <= instant) ordinal++;
  return ordinal;
}

/** The unit `count` later (negative: earlier). */
export function shiftUnit(grain: Grain, unit: string, count: number): string {
  return printUnit(grain, ordinalOf(grain, unit) + count);
}

/** Units from `first` to `last`, both included, ascending; empty when last < first. */
export function unitsBetween(grain: Grain, first: string, last: string): string[] {
  return printRange(grain, ordinalOf(grain, first), ordinalOf(grain, last));
}

function printRange(grain: Grain, first: number, last: number): string[] {
  const units: string[] = [];
  for (let ordinal = first; ordinal <= last; ordinal++) units.push(printUnit(grain, ordinal));
  return units;
}

/** Units whose interval overlaps `[start, end)`, ascending. None for an empty interval, and none that the zone left out. */
export function unitsOverlapping(grain: Grain, interval: Interval, timezone: string): string[] {
  if (interval.end <= interval.start) return [];
  const zone = zoneOf(timezone);
  const first = ordinalAtInstant(grain, interval.start, zone);
  const last = ordinalAtInstant(grain, interval.end - 1, zone);
  return printRange(grain, first, last).filter((_, i) => {
    const { start, end } = intervalOfOrdinal(grain, first + i, zone);
    return start < end;
  });
}

/** -1, 0 or 1 in time order (not text order). */
export function compareUnits(grain: Grain, a: string, b: string): -1 | 0 | 1 {
  return Math.sign(ordinalOf(grain, a) - ordinalOf(grain, b)) as -1 | 0 | 1;
}

/**
 * Formats a unit with a pattern (Unicode tokens `yyyy MM dd HH`, unpadded `M d H w`, `Q`, ISO week `YYYY`/`ww`, offset
 * `xxx xx XXX XX` for hours, quoted literals). An offset needs the time zone. DEFINITION_INVALID for a wrong pattern.
 */
export function formatUnit(grain: Grain, unit: string, pattern: string, timezone = 'UTC'): string {
  return parsePattern(grain, pattern)
    .map((part) => {
      if (part.kind === 'literal') return part.text;
      return part.kind === 'offset' ? offsetText(timezone, part.token) : formatToken(grain, unit, part.token);
    })
    .join('');
}

/** A day's ISO weekday, 1 = Monday .. 7 = Sunday. */
export function weekdayOf(day: string): number {
  return isoWeekday(ordinalOf('day', day));
}

/** A moment as a person wrote it. An instant is the empty interval at it: start = end. */
export type Moment = Interval & { readonly isInstant: boolean };

/**
 * Reads a person's date or instant as an interval `[start, end)` in the zone: a date is as wide as written (`2025`, `2025-Q1`, `2025-10`,
 * `2025-W07`, `2025-10-03`, `2025-10-03T07`), an instant (`2025-01-31T00:00`, `...Z`, with offset) is empty: start = end.
 * A wall-clock time that occurs twice is the first, one that a jump skips is the first instant after it.
 * Null when it is neither.
 */
export function readMoment(text: string, timezone: string): Moment | null {
  const written = readWritten(text.trim());
  if (written === null) return null;
  if (written.kind === 'unit')
    return { ...intervalOf(written.grain, written.unit, timezone), isInstant: false };
  return instantMoment(
    written.kind === 'instant' ? written.instant : instantOf(zoneOf(timezone), written.local),
  );
}

/**
 * Reads a moment relative to `now`: `30d`, `12h` (so long ago, in fixed lengths) and `now` are instants; `today`, `yesterday`, `tomorrow`
 * are days in the zone. Null for anything else.
 */
export function readRelative(text: string, now: Instant, timezone: string): Moment | null {
  const relative = readRelativeWords(text.trim());
  if (relative === null) return null;
  if (relative.kind === 'ago') return instantMoment(now - relative.ms);
  const today = unitAt('day', now, timezone);
  return { ...intervalOf('day', shiftUnit('day', today, relative.days), timezone), isInstant: false };
}

function instantMoment(instant: Instant): Moment {
  return { start: instant, end: instant, isInstant: true };
}

const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (!isTimeZone(name)) {
    throw new LakefillError('DEFINITION_INVALID', `'${name}' is not a time zone that this platform knows.`, {
      hint: 'Use an IANA name such as UTC or Europe/Berlin.',
      context: { timezone: name },
    });
  }
  const fixed = new Temporal.ZonedDateTime(0n, name).getTimeZoneTransition('next') === null;
  const read = (from: Instant, to: Instant) => readSegments(name, from, to);
  const zone = { fixed, read, decades: new Map<number, readonly Segment[]>() };
  zones.set(name, zone);
  return zone;
}

function readSegments(name: string, from: Instant, to: Instant): Segment[] {
  const segments: Segment[] = [];
  let at: Temporal.ZonedDateTime | null = new Temporal.ZonedDateTime(BigInt(from) * 1_000_000n, name);
  while (at !== null && at.epochMilliseconds < to) {
    segments.push({ from: at.epochMilliseconds, offset: Math.round(at.offsetNanoseconds / 1_000_000) });
    at = at.getTimeZoneTransition('next');
  }
  return segments;
}
