/** `partition` resolved: at most one variable of time, any number of value lists. */
import { compareUnits, GRAINS, isFixedOffset, isTimeZone, readMoment } from '../../core/grain.js';
import { parseDuration } from '../../core/duration.js';
import type { ExcludeRule, TimeVariable, ValuesVariable } from '../dataset.js';
import { isMapping } from '../merge.js';
import type { Reporter } from '../reporter.js';
import type { TimeDefinition, ValuesDefinition, VariableDefinition } from '../schema/partition.js';
import type { Path } from '../yaml/source.js';
import { firstUnit, lastUnit, unitSpan } from './units.js';
import type { Calendar, UnitProblem } from './units.js';

export interface ResolvedPartition {
  readonly time: TimeVariable | null;
  /** In the order of the definition. */
  readonly values: readonly ValuesVariable[];
}

/** Names that SQL parameters have already. */
const TAKEN = ['partition_start', 'partition_end'];
/** Of a time whose start has a problem. */
const UNKNOWN_START = { rollingMs: 1 } as const;
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * Where problems were reported, what can be told of it all the same, so that those of templates and inputs are told too: a time that
 * has problems of its own counts in UTC and has no first unit. Null where the variables themselves are not clear.
 */
export function resolvePartition(
  variables: ReadonlyMap<string, VariableDefinition>,
  reporter: Reporter,
): ResolvedPartition | null {
  const before = reporter.count;
  checkNames([...variables.keys()], reporter);
  const timed = [...variables].filter((entry): entry is [string, TimeDefinition] => 'grain' in entry[1]);
  for (const [name] of timed.slice(1)) {
    const message = `a second variable of time beside '${timed[0]?.[0]}'; a dataset has one: write patterns of it, such as {${timed[0]?.[0]}:yyyy}`;
    reporter.at(['partition', name], message, { atKey: true });
  }
  const areClear = reporter.count === before;
  const [time = null] = timed.map(([name, definition]) => resolveTime(name, definition, reporter));
  const values = [...variables].flatMap(([name, definition]): ValuesVariable[] => {
    const { column = null } = definition;
    if ('from' in definition) return [{ name, from: definition.from, values: [], column }];
    return 'values' in definition ? [resolveValues(name, definition, time, timed.length > 0, reporter)] : [];
  });
  return areClear ? { time, values } : null;
}

/**
 * For a `partition` that has problems already, so that it cannot be resolved: those of its `start` and `end` are told all the same. Where
 * the grain is none, by what no grain can read.
 */
export function checkMoments(partition: unknown, reporter: Reporter): void {
  for (const [name, variable] of Object.entries(isMapping(partition) ? partition : {})) {
    if (!isMapping(variable)) continue;
    const { start, end, timezone: zone } = variable;
    const timezone = typeof zone === 'string' && isTimeZone(zone) ? zone : 'UTC';
    const grain = GRAINS.find((one) => one === variable['grain']);
    for (const [key, text] of Object.entries({ start, end })) {
      if (typeof text !== 'string' || (key === 'start' && parseDuration(text) !== null)) continue;
      const path: Path = ['partition', name, key];
      if (grain !== undefined)
        optionalUnit(text, key === 'start' ? firstUnit : lastUnit, { grain, timezone }, path, reporter);
      else if (readMoment(text, timezone) === null)
        reporter.at(path, `'${text}' is no date; write such as 2025-01-31`);
    }
  }
}

function checkNames(names: readonly string[], reporter: Reporter): void {
  names.forEach((name, i) => {
    const same = names.slice(0, i).find((other) => other.toLowerCase() === name.toLowerCase());
    const path = ['partition', name];
    if (same !== undefined) reporter.at(path, `'${name}' and '${same}' differ in case only`, { atKey: true });
    if (!TAKEN.includes(name.toLowerCase())) return;
    reporter.at(path, `'${name}' is a parameter of every SQL; choose another name`, { atKey: true });
  });
}

function resolveTime(name: string, definition: TimeDefinition, reporter: Reporter): TimeVariable {
  const path: Path = ['partition', name];
  const { grain } = definition;
  const zone = resolveTimezone(definition.timezone ?? 'UTC', [...path, 'timezone'], reporter) ?? 'UTC';
  const isTold = grain !== 'hour' || isFixedOffset(zone);
  if (!isTold) {
    const message = `hours in ${zone} are not told apart when its clock is set back; use UTC, or a coarser grain`;
    reporter.at([...path, definition.timezone === undefined ? 'grain' : 'timezone'], message);
  }
  const timezone = isTold ? zone : 'UTC';
  const calendar: Calendar = { grain, timezone };
  const start = resolveStart(definition.start, calendar, [...path, 'start'], reporter);
  const end = optionalUnit(definition.end, lastUnit, calendar, [...path, 'end'], reporter);
  if (start !== null && 'value' in start && end !== null && compareUnits(grain, end, start.value) < 0) {
    reporter.at([...path, 'end'], `the end, ${end}, is before the start, ${start.value}`);
  }
  const exclude = (definition.exclude ?? []).flatMap(
    (text, i) => resolveExclude(text, calendar, [...path, 'exclude', i], reporter) ?? [],
  );
  const { availableAfter = 0, column = null } = definition;
  return { name, grain, timezone, start: start ?? UNKNOWN_START, end, availableAfter, exclude, column };
}

/** The zone, or null after it was reported as unknown. */
export function resolveTimezone(timezone: string, path: Path, reporter: Reporter): string | null {
  if (isTimeZone(timezone)) return timezone;
  const zones = Intl.supportedValuesOf('timeZone');
  const close = zones.find((zone) => zone.toLowerCase().endsWith(`/${timezone.toLowerCase()}`));
  const example = close ?? 'Europe/Berlin';
  reporter.at(path, `'${timezone}' is not a time zone; write an IANA name such as ${example}`);
  return null;
}

function resolveStart(
  text: string,
  calendar: Calendar,
  path: Path,
  reporter: Reporter,
): TimeVariable['start'] | null {
  const rollingMs = parseDuration(text);
  if (rollingMs !== null && rollingMs > 0) return { rollingMs };
  const value = optionalUnit(text, firstUnit, calendar, path, reporter);
  return value === null ? null : { value };
}

function optionalUnit(
  text: string | undefined,
  read: (text: string, calendar: Calendar) => { readonly unit: string } | UnitProblem,
  calendar: Calendar,
  path: Path,
  reporter: Reporter,
): string | null {
  if (text === undefined) return null;
  const found = read(text, calendar);
  if ('unit' in found) return found.unit;
  reporter.at(path, found.problem);
  return null;
}

function resolveExclude(
  text: string,
  calendar: Calendar,
  path: Path,
  reporter: Reporter,
): ExcludeRule | null {
  if (/^[A-Za-z]+$/.test(text)) return resolveWeekday(text, calendar, path, reporter);
  const span = unitSpan(text, calendar);
  if ('problem' in span) reporter.at(path, span.problem);
  else if (compareUnits(calendar.grain, span.to, span.from) >= 0) return { kind: 'range', ...span };
  else reporter.at(path, `the range '${text}' ends before it begins`);
  return null;
}

function resolveWeekday(
  text: string,
  { grain }: Calendar,
  path: Path,
  reporter: Reporter,
): ExcludeRule | null {
  const weekday = WEEKDAYS.indexOf(text.toLowerCase()) + 1;
  if (weekday === 0) {
    reporter.at(path, `unknown weekday '${text}'`, { allowed: WEEKDAYS, word: text.slice(0, 3) });
  } else if (grain !== 'day') {
    reporter.at(path, `weekdays can be excluded of days only, not of a ${grain}`);
  } else return { kind: 'weekday', weekday };
  return null;
}

function resolveValues(
  name: string,
  definition: ValuesDefinition,
  time: TimeVariable | null,
  hasTime: boolean,
  reporter: Reporter,
): ValuesVariable {
  const path: Path = ['partition', name, 'values'];
  const seen = new Set<string>();
  const values = definition.values.map((entry, i) => {
    const { value, start, end } = typeof entry === 'string' ? { value: entry } : { ...entry };
    if (seen.has(value)) reporter.at([...path, i], `the value '${value}' is given twice`);
    seen.add(value);
    if (!hasTime && (start ?? end) !== undefined) {
      reporter.at([...path, i], "'start' and 'end' of a value need a variable of time in this partition");
    }
    const bounds =
      time === null ? { start: null, end: null } : boundsOf({ start, end }, time, [...path, i], reporter);
    return { value, ...bounds };
  });
  return { name, values, column: definition.column ?? null };
}

function boundsOf(
  entry: { readonly start?: string | undefined; readonly end?: string | undefined },
  time: TimeVariable,
  path: Path,
  reporter: Reporter,
): { readonly start: string | null; readonly end: string | null } {
  const start = optionalUnit(entry.start, firstUnit, time, [...path, 'start'], reporter);
  const end = optionalUnit(entry.end, lastUnit, time, [...path, 'end'], reporter);
  if (start !== null && end !== null && compareUnits(time.grain, end, start) < 0) {
    reporter.at([...path, 'end'], `the end, ${end}, is before the start, ${start}`);
  }
  return { start, end };
}
