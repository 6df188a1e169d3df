/**
 * Units of a grain as integers: an *ordinal* counts units of a grain from the one that holds 1970-01-01 (a year is
 * its own ordinal), so that shifting, comparing and enumerating are integer arithmetic.
 *
 * Knows no zones: what instants a unit has is grain.ts.
 */
import { LakefillError } from './errors.js';
import {
  civilDate,
  DAY_MS,
  dayNumber,
  daysInMonth,
  firstWeek,
  HOUR_MS,
  isoWeek,
  mondayOf,
  weekNumber,
} from './civil.js';
import type { Grain } from './grain.js';

const FORMS: Record<Grain, RegExp> = {
  hour: /^\d{4}-\d\d-\d\dT\d\d$/,
  day: /^\d{4}-\d\d-\d\d$/,
  week: /^\d{4}-W\d\d$/,
  month: /^\d{4}-\d\d$/,
  quarter: /^\d{4}-Q[1-4]$/,
  year: /^\d{4}$/,
};

/** The ordinal of a canonical unit, or null when the text names no existing unit. Years are 0001 to 9999. */
export function parseUnit(grain: Grain, text: string): number | null {
  if (!FORMS[grain].test(text)) return null;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  if (year === 0) return null;
  switch (grain) {
    case 'year':
      return year;
    case 'quarter':
      return (year - 1970) * 4 + digit(text, 6) - 1;
    case 'month': {
      const month = twoDigits(text, 5);
      return month < 1 || month > 12 ? null : (year - 1970) * 12 + month - 1;
    }
    case 'week': {
      const week = twoDigits(text, 6);
      const ordinal = firstWeek(year) + week - 1;
      return week < 1 || isoWeek(ordinal).year !== year ? null : ordinal;
    }
    case 'day':
      return parseDay(year, text);
    case 'hour': {
      const day = parseDay(year, text);
      const hour = twoDigits(text, 11);
      return day === null || hour > 23 ? null : day * 24 + hour;
    }
  }
}

function parseDay(year: number, text: string): number | null {
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return dayNumber(year, month, day);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

/** The canonical text of an ordinal. Outside the years 0001 to 9999: USAGE. */
export function printUnit(grain: Grain, ordinal: number): string {
  switch (grain) {
    case 'year':
      return printYear(ordinal);
    case 'quarter':
      return `${printYear(1970 + Math.floor(ordinal / 4))}-Q${modulo(ordinal, 4) + 1}`;
    case 'month':
      return `${printYear(1970 + Math.floor(ordinal / 12))}-${two(modulo(ordinal, 12) + 1)}`;
    case 'week': {
      const { year, week } = isoWeek(ordinal);
      return `${printYear(year)}-W${two(week)}`;
    }
    case 'day':
      return printDay(ordinal);
    case 'hour':
      return `${printDay(Math.floor(ordinal / 24))}T${two(modulo(ordinal, 24))}`;
  }
}

function printDay(days: number): string {
  const { year, month, day } = civilDate(days);
  return `${printYear(year)}-${two(month)}-${two(day)}`;
}

function printYear(year: number): string {
  if (year >= 1 && year <= 9999) return String(year).padStart(4, '0');
  throw new LakefillError('USAGE', `The year ${year} is outside 0001 to 9999.`, {
    hint: 'Ask for a time within those years.',
  });
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

function modulo(n: number, by: number): number {
  return ((n % by) + by) % by;
}

/** Wall-clock time at which a unit begins, in milliseconds since 1970-01-01T00:00 on the same clock. */
export function localStart(grain: Grain, ordinal: number): number {
  switch (grain) {
    case 'hour':
      return ordinal * HOUR_MS;
    case 'day':
      return ordinal * DAY_MS;
    case 'week':
      return mondayOf(ordinal) * DAY_MS;
    case 'month':
      return dayNumber(1970, ordinal + 1, 1) * DAY_MS;
    case 'quarter':
      return dayNumber(1970, ordinal * 3 + 1, 1) * DAY_MS;
    case 'year':
      return dayNumber(ordinal, 1, 1) * DAY_MS;
  }
}

/** Ordinal of the unit that a wall-clock time is in. */
export function ordinalAt(grain: Grain, local: number): number {
  if (grain === 'hour') return Math.floor(local / HOUR_MS);
  const days = Math.floor(local / DAY_MS);
  if (grain === 'day') return days;
  if (grain === 'week') return weekNumber(days);
  const { year, month } = civilDate(days);
  if (grain === 'year') return year;
  return grain === 'month' ? (year - 1970) * 12 + month - 1 : (year - 1970) * 4 + Math.floor((month - 1) / 3);
}

/** The ordinal of a unit that must exist; a text that names none is a mistake of the caller (INTERNAL). */
export function ordinalOf(grain: Grain, unit: string): number {
  const ordinal = parseUnit(grain, unit);
  if (ordinal !== null) return ordinal;
  throw new LakefillError('INTERNAL', `'${unit}' is not the canonical name of a ${grain}.`, {
    context: { grain, unit },
  });
}
