/** Texts that name partitions in time, `2025-01` or `2025-03-03..2025-03-04`, as units of a grain. A date is as wide as written. */
import { intervalOf, readMoment, unitAt } from '../../core/grain.js';
import type { Grain } from '../../core/grain.js';

export interface Calendar {
  readonly grain: Grain;
  readonly timezone: string;
}

export type UnitRange = { readonly from: string; readonly to: string };
export type UnitProblem = { readonly problem: string };

const EXAMPLE: Readonly<Record<Grain, string>> = {
  hour: '2025-01-31T07',
  day: '2025-01-31',
  week: '2025-W05',
  month: '2025-01',
  quarter: '2025-Q1',
  year: '2025',
};

/** The first unit of what the text names: `2025` is January in months. What begins inside a unit is a problem. */
export function firstUnit(text: string, calendar: Calendar): { readonly unit: string } | UnitProblem {
  const range = unitRange(text, calendar);
  if ('problem' in range) return range;
  return range.beginsInside ? narrower(text, calendar, range.from, 'begin') : { unit: range.from };
}

/** The last unit of what the text names: `2025` is December in months. What ends inside a unit is a problem. */
export function lastUnit(text: string, calendar: Calendar): { readonly unit: string } | UnitProblem {
  const range = unitRange(text, calendar);
  if ('problem' in range) return range;
  return range.endsInside ? narrower(text, calendar, range.to, 'end') : { unit: range.to };
}

/** `a` or `a..b`, whole units only. */
export function unitSpan(text: string, calendar: Calendar): UnitRange | UnitProblem {
  const [begin = '', end = begin, more] = text.split('..');
  const first = firstUnit(begin, calendar);
  if ('problem' in first) return first;
  const last = lastUnit(end, calendar);
  if ('problem' in last) return last;
  if (more !== undefined)
    return { problem: `'${text}' is not a range; write such as 2025-03-03..2025-03-04` };
  return { from: first.unit, to: last.unit };
}

function unitRange(
  text: string,
  { grain, timezone }: Calendar,
): (UnitRange & { beginsInside: boolean; endsInside: boolean }) | UnitProblem {
  const moment = readMoment(text, timezone);
  if (moment === null) return { problem: `'${text}' is not a ${grain}; write such as ${EXAMPLE[grain]}` };
  if (moment.isInstant) {
    return {
      problem: `'${text}' is an instant; name a ${grain} such as ${unitAt(grain, moment.start, timezone)}`,
    };
  }
  if (moment.start === moment.end) return { problem: `'${text}' does not exist in ${timezone}` };
  const from = unitAt(grain, moment.start, timezone);
  const to = unitAt(grain, moment.end - 1, timezone);
  return {
    from,
    to,
    beginsInside: intervalOf(grain, from, timezone).start < moment.start,
    endsInside: intervalOf(grain, to, timezone).end > moment.end,
  };
}

function narrower(text: string, { grain }: Calendar, unit: string, verb: string): UnitProblem {
  return { problem: `'${text}' does not ${verb} a ${grain}; write ${unit}` };
}
