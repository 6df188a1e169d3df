/**
 * The proleptic Gregorian calendar as integers: days since 1970-01-01, without zones and without `Date` (whose
 * years 0 to 99 mean 1900 to 1999).
 *
 * Method: years are counted from March so that the leap day is the last day of a year, and 400 years (146,097 days)
 * form one era.
 */
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

export interface CivilDate {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  /** 1..31 */
  readonly day: number;
}

/** Days from 1970-01-01 to a date; the month may be outside 1..12 and counts on. */
export function dayNumber(year: number, month: number, day: number): number {
  const months = year * 12 + (month - 1) - 2;
  const y = Math.floor(months / 12);
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (months - y * 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date that is `days` after 1970-01-01. */
export function civilDate(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days in a month 1..12: 28..31. */
export function daysInMonth(year: number, month: number): number {
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap ? 29 : MONTH_LENGTHS[month - 1]!;
}

/** ISO weekday of a day number: 1 = Monday .. 7 = Sunday. */
export function isoWeekday(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

/** ISO weeks counted from the one that holds 1970-01-01 (its Monday is 1969-12-29). */
export function weekNumber(days: number): number {
  return Math.floor((days + 3) / 7);
}

/** Day number of the Monday of a counted week. */
export function mondayOf(week: number): number {
  return week * 7 - 3;
}

/** ISO year and week of a counted week: a week belongs to the year of its Thursday. */
export function isoWeek(week: number): { year: number; week: number } {
  const year = civilDate(mondayOf(week) + 3).year;
  return { year, week: week - firstWeek(year) + 1 };
}

/** The counted week of week 1 of an ISO year: the week with January 4. */
export function firstWeek(year: number): number {
  return weekNumber(dayNumber(year, 1, 4));
}
