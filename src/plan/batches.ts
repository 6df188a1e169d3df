/**
 * `--batch 7d`: neighbouring keys promoted as a unit. A batch spans at most that much time and never bridges a gap: a
 * key that is not planned ends it. Keys of equal time (other variables) stay together. Pure.
 */
import { LakefillError } from '../core/errors.js';
import { compareUnits, intervalOf, shiftUnit, unitAt } from '../core/grain.js';
import type { Grain } from '../core/grain.js';
import type { Dataset } from '../dataset/dataset.js';
import { isExcluded } from '../dataset/expected-keys.js';

/** Units of the dataset's grain in one of the written units, where that is a fixed number. */
const UNITS_IN: Readonly<Record<string, Readonly<Partial<Record<Grain, number>>>>> = {
  h: { hour: 1 },
  d: { hour: 24, day: 1 },
  w: { hour: 168, day: 7, week: 1 },
  mo: { month: 1 },
  q: { month: 3, quarter: 1 },
  y: { month: 12, quarter: 4, year: 1 },
};
const MONTHS_IN: Readonly<Record<string, number>> = { mo: 1, q: 3, y: 12 };

/** Decides whether a unit still belongs to the batch that the other one began. */
type Reach = (first: string, unit: string) => boolean;

export interface Batchable {
  readonly key: string;
  /** ISO instant; null without a time variable. */
  readonly start: string | null;
}

/** SELECTION_INVALID unless the text is a count (`7`) or a length (`24h 7d 2w 1mo 1q 1y`). */
export function checkBatch(batch: string): void {
  if (countOf(batch) !== null || lengthOf(batch) !== null) return;
  throw new LakefillError(
    'SELECTION_INVALID',
    `--batch '${batch}' is neither a length nor a count. Nothing was done.`,
    {
      hint: 'Write 24h, 7d, 2w, 1mo, 1q, 1y or a number of partitions.',
      context: { batch },
    },
  );
}

/** Consecutive groups of the tasks, in their order; every task is in exactly one. Null batches nothing: each key by itself. Without a time variable only a count batches. */
export function batchesOf<T extends Batchable>(
  tasks: readonly T[],
  batch: string | null,
  dataset: Dataset,
): T[][] {
  if (batch === null) return tasks.map((task) => [task]);
  const { time } = dataset;
  if (time === null) return chunks(tasks, countOf(batch) ?? 1);
  const reach = reachOf(batch, time.grain);
  const groups: { first: string; last: string; tasks: T[] }[] = [];
  for (const task of tasks) {
    const unit = unitAt(time.grain, Date.parse(task.start!), time.timezone);
    const group = groups.at(-1);
    const near = group !== undefined && (unit === group.last || isNext(group.last, unit, dataset));
    if (near && reach(group.first, unit)) {
      group.tasks.push(task);
      group.last = unit;
    } else groups.push({ first: unit, last: unit, tasks: [task] });
  }
  return groups.map((group) => group.tasks);
}

/** True when no expected unit lies between the two: what the definition leaves out is no gap. */
function isNext(a: string, b: string, { time }: Dataset): boolean {
  const { grain, exclude } = time!;
  const step = compareUnits(grain, b, a);
  for (let unit = shiftUnit(grain, a, step); unit !== b; unit = shiftUnit(grain, unit, step))
    if (!isExcluded({ grain, exclude }, unit)) return false;
  return true;
}

/** A length shorter than the grain reaches no further than the unit itself. */
function reachOf(batch: string, grain: Grain): Reach {
  const length = lengthOf(batch);
  if (length === null) return within(grain, countOf(batch) ?? 1);
  const each = UNITS_IN[length.unit]?.[grain];
  if (each !== undefined) return within(grain, length.amount * each);
  const months = (MONTHS_IN[length.unit] ?? 0) * length.amount;
  if (months === 0 || !['hour', 'day', 'week'].includes(grain)) return within(grain, 1);
  return (first, unit) => Math.abs(monthOf(unit, grain) - monthOf(first, grain)) < months;
}

function lengthOf(batch: string): { readonly amount: number; readonly unit: string } | null {
  const match = /^(\d+)\s*(h|d|w|mo|q|y)$/.exec(batch.trim());
  return match === null || Number(match[1]) < 1 ? null : { amount: Number(match[1]), unit: match[2]! };
}

function countOf(batch: string): number | null {
  const count = /^\d+$/.test(batch.trim()) ? Number(batch) : 0;
  return count >= 1 ? count : null;
}

/** Counts units, not hours: a week has 7 days also when clocks change. */
function within(grain: Grain, count: number): Reach {
  return (first, unit) => {
    const [earliest, latest] = [shiftUnit(grain, first, 1 - count), shiftUnit(grain, first, count - 1)];
    return compareUnits(grain, earliest, unit) <= 0 && compareUnits(grain, unit, latest) <= 0;
  };
}

/** Months since the year 0. A week counts for the month of its Monday. */
function monthOf(unit: string, grain: Grain): number {
  const start = new Date(intervalOf(grain, unit, 'UTC').start);
  return start.getUTCFullYear() * 12 + start.getUTCMonth();
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
