/**
 * Folder names as time. Recognised by form and confirmed by the calendar: a whole unit in one name (`dt=2025-01-03`,
 * `20250103`, `2025-W01`), or a year followed by months, days, hours. A number in a `col=` name continues a date only where
 * the column is called so: `bucket=3` below a day is no hour. Pure.
 */
import { type Grain, isUnit } from '../core/grain.js';
import { HIVE_NULL } from '../core/hive.js';

export interface ProposedTime {
  readonly name: string;
  readonly grain: Grain;
  /** Canonical units of the first and the last folder. */
  readonly first: string;
  readonly last: string;
}

/** One depth of folders. */
export interface Level {
  /** Null in a folder that is not `col=value`. */
  readonly column: string | null;
  /** As in the path, without Hive's NULL. */
  readonly values: readonly string[];
  readonly hasNull: boolean;
  readonly first: string;
  readonly last: string;
}

/** What a level says of time. */
export interface TimeSegment {
  readonly time: ProposedTime;
  /** Null: the grain's own format. */
  readonly pattern: string | null;
  /** False where zero-padding could not be seen. */
  readonly certain: boolean;
}

interface Form {
  readonly grain: Grain;
  readonly shape: RegExp;
  /** Null: the grain's own format. */
  readonly pattern: string | null;
  readonly unit: (text: string) => string;
}

const same = (text: string) => text;
const FORMS: readonly Form[] = [
  { grain: 'day', shape: /^\d{4}-\d\d-\d\d$/, pattern: null, unit: same },
  { grain: 'hour', shape: /^\d{4}-\d\d-\d\dT\d\d$/, pattern: null, unit: same },
  { grain: 'month', shape: /^\d{4}-\d\d$/, pattern: null, unit: same },
  { grain: 'week', shape: /^\d{4}-W\d\d$/, pattern: null, unit: same },
  { grain: 'quarter', shape: /^\d{4}-Q\d$/, pattern: null, unit: same },
  {
    grain: 'day',
    shape: /^\d{8}$/,
    pattern: 'yyyyMMdd',
    unit: (t) => `${t.slice(0, 4)}-${t.slice(4, 6)}-${t.slice(6)}`,
  },
  {
    grain: 'hour',
    shape: /^\d{10}$/,
    pattern: 'yyyyMMddHH',
    unit: (t) => `${t.slice(0, 4)}-${t.slice(4, 6)}-${t.slice(6, 8)}T${t.slice(8)}`,
  },
  {
    grain: 'month',
    shape: /^(19|20)\d\d(0[1-9]|1[0-2])$/,
    pattern: 'yyyyMM',
    unit: (t) => `${t.slice(0, 4)}-${t.slice(4)}`,
  },
  { grain: 'year', shape: /^(19|20)\d\d$/, pattern: 'yyyy', unit: same },
];

/** Where most names are units of one form, those that are not, with the reason: `dt=2025-02-30`. Hive's NULL is never odd. */
export function oddNames(names: readonly string[]): ReadonlyMap<string, string> {
  const texts = names.map((name) => ({ name, text: name.slice(name.indexOf('=') + 1) }));
  const valued = texts.filter(({ name, text }) => !name.includes('=') || text !== HIVE_NULL);
  for (const { grain, shape, unit } of FORMS) {
    const odd = valued.filter(({ text }) => !shape.test(text) || !isUnit(grain, unit(text)));
    if (odd.length * 2 < valued.length) return new Map(odd.map(({ name }) => [name, `no ${grain}`]));
  }
  return new Map();
}

interface Part {
  readonly after: Grain;
  readonly grain: Grain;
  readonly column: RegExp;
  readonly token: string;
  readonly join: string;
}

const PARTS: readonly Part[] = [
  { after: 'year', grain: 'month', column: /^(month|mon|mm|m)$/i, token: 'M', join: '-' },
  { after: 'month', grain: 'day', column: /^(day|dd|d)$/i, token: 'd', join: '-' },
  { after: 'day', grain: 'hour', column: /^(hour|hr|hh|h)$/i, token: 'H', join: 'T' },
];

/** The level as time: a whole unit, or the next part of the time so far; null when it is neither. */
export function readTime(level: Level, before: ProposedTime | null): TimeSegment | null {
  return before === null ? wholeUnit(level) : nextPart(before, level);
}

/** Sorted texts as whole units of one form; null when they are not. */
export function readUnits(values: readonly string[]): TimeSegment | null {
  const [first, last] = [values[0]!, values.at(-1)!];
  return wholeUnit({ column: null, values, hasNull: false, first, last });
}

function wholeUnit(level: Level): TimeSegment | null {
  const form = FORMS.find(
    ({ shape, grain, unit }) =>
      level.values.length > 0 && level.values.every((text) => shape.test(text) && isUnit(grain, unit(text))),
  );
  if (form === undefined) return null;
  const name = form.grain === 'year' || level.column === null ? 'dt' : plainName(level.column);
  const time = { name, grain: form.grain, first: form.unit(level.first), last: form.unit(level.last) };
  return { time, pattern: form.pattern, certain: true };
}

function nextPart(time: ProposedTime, level: Level): TimeSegment | null {
  const part = PARTS.find(({ after }) => after === time.grain);
  if (part === undefined || (level.column !== null && !part.column.test(level.column))) return null;
  const unit = (before: string, text: string) => `${before}${part.join}${text.padStart(2, '0')}`;
  const [first, last] = [unit(time.first, level.first), unit(time.last, level.last)];
  const fits = level.values.every((text) => /^\d\d?$/.test(text));
  if (!fits || !isUnit(part.grain, first) || !isUnit(part.grain, last)) return null;
  const padded = level.values.every((text) => text.length === 2);
  return {
    time: { ...time, grain: part.grain, first, last },
    pattern: padded ? part.token.repeat(2) : part.token,
    certain: level.values.some((text) => text.length === 1 || text.startsWith('0')),
  };
}

/** A column's name as a partition variable. */
export function plainName(column: string): string {
  const name = column.replace(/\W/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
