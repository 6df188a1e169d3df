/** The digits that a time token writes for a unit, and the unit that digits name. Canonical texts only: no patterns, no zones. */
import { isoWeek, weekNumber } from './civil.js';
import { TIME_TOKENS } from './grain-format.js';
import { ordinalOf, parseUnit } from './unit.js';
import type { Grain } from './grain.js';
import type { TimePart, TimeToken } from './grain-format.js';

/** The digits of one token for a canonical unit. */
export function formatToken(grain: Grain, unit: string, token: TimeToken): string {
  const { part, width } = TIME_TOKENS[token];
  const text = textOf(grain, unit, part);
  return width === null && text.startsWith('0') ? text.slice(1) : text;
}

/** Padded text of a part, cut out of the canonical text where it stands there. */
function textOf(grain: Grain, unit: string, part: TimePart): string {
  switch (part) {
    case 'year':
      return unit.slice(0, 4);
    case 'month':
      return unit.slice(5, 7);
    case 'day':
      return unit.slice(8, 10);
    case 'hour':
      return unit.slice(11, 13);
    case 'quarter':
      return grain === 'quarter' ? unit.slice(6) : String(Math.ceil(Number(unit.slice(5, 7)) / 3));
    case 'weekYear':
      return grain === 'week' ? unit.slice(0, 4) : String(weekOf(unit).year).padStart(4, '0');
    case 'week':
      return grain === 'week' ? unit.slice(6) : String(weekOf(unit).week).padStart(2, '0');
  }
}

function weekOf(unit: string): { year: number; week: number } {
  return isoWeek(weekNumber(ordinalOf('day', unit.slice(0, 10))));
}

export type TimeDigits = Readonly<Partial<Record<TimePart, string>>>;

/** The canonical unit that digits by part name, or null when they name none (February 30) or do not suffice. */
export function unitFromParts(grain: Grain, digits: TimeDigits): string | null {
  const text = textFromParts(grain, digits);
  return parseUnit(grain, text) === null ? null : text;
}

function textFromParts(grain: Grain, digits: TimeDigits): string {
  const get = (part: TimePart) => digits[part] ?? '';
  const two = (part: TimePart) => get(part).padStart(2, '0');
  switch (grain) {
    case 'hour':
      return `${get('year')}-${two('month')}-${two('day')}T${two('hour')}`;
    case 'day':
      return `${get('year')}-${two('month')}-${two('day')}`;
    case 'week':
      return `${get('weekYear')}-W${two('week')}`;
    case 'month':
      return `${get('year')}-${two('month')}`;
    case 'quarter':
      return `${get('year')}-Q${get('quarter')}`;
    case 'year':
      return get('year');
  }
}
