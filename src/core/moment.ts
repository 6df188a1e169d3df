/**
 * The texts in which people write moments: dates as wide as written, instants, and words relative to now.
 * Reads text only; zones and intervals are grain.ts.
 */
import { DAY_MS } from './civil.js';
import { parseDuration } from './duration.js';
import { parseUnit } from './unit.js';
import type { Grain } from './grain.js';
import type { Instant } from './instant.js';

export type WrittenMoment =
  /** A unit of a grain, as wide as written. */
  | { readonly kind: 'unit'; readonly grain: Grain; readonly unit: string }
  /** A wall-clock time: milliseconds since 1970-01-01T00:00 on that clock. */
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'instant'; readonly instant: Instant };

const UNIT_FORMS: readonly Grain[] = ['day', 'month', 'week', 'quarter', 'year', 'hour'];
const CLOCK =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** What the text says, or null when it is neither a date nor a time. Seconds end at 59, hours at 23. */
export function readWritten(text: string): WrittenMoment | null {
  for (const grain of UNIT_FORMS) {
    if (parseUnit(grain, text) !== null) return { kind: 'unit', grain, unit: text };
  }
  const match = CLOCK.exec(text);
  const day = match === null ? null : parseUnit('day', match[1]!);
  if (match === null || day === null) return null;
  const [hour, minute, second] = [match[2], match[3] ?? '0', match[4] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = Number(`0.${match[5] ?? '0'}`);
  const local = day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + Math.trunc(fraction * 1000);
  if (match[6] === undefined) return match[3] === undefined ? null : { kind: 'local', local };
  const offset = readOffset(match[6]);
  return offset === null ? null : { kind: 'instant', instant: local - offset };
}

/** `Z`, `+01`, `+0100`, `+01:00` in milliseconds; null beyond 23:59. */
function readOffset(text: string): number | null {
  if (text.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(3).replace(':', '') || '0')];
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

export type RelativeMoment =
  /** A day counted from today in the zone: -1 is yesterday. */
  | { readonly kind: 'day'; readonly days: number }
  /** Milliseconds before now. */
  | { readonly kind: 'ago'; readonly ms: number };

/** `now`, `today`, `yesterday`, `tomorrow`, or a duration such as `30d` that means so long ago; null otherwise. */
export function readRelativeWords(text: string): RelativeMoment | null {
  switch (text.toLowerCase()) {
    case 'now':
      return { kind: 'ago', ms: 0 };
    case 'today':
      return { kind: 'day', days: 0 };
    case 'yesterday':
      return { kind: 'day', days: -1 };
    case 'tomorrow':
      return { kind: 'day', days: 1 };
    default: {
      const ms = parseDuration(text);
      return ms === null ? null : { kind: 'ago', ms };
    }
  }
}
