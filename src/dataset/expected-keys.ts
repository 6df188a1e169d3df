/**
 * Which keys a definition expects at an instant: the units of the time variable from `start` to `end`, times the
 * values that exist in each, less the excluded ones.
 *
 * With an open end (or one in the future) the last unit is the one that holds `now`: it is not due yet, and neither is
 * any that `availableAfter` holds back, but their prefixes are expected and so never `unexpected`.
 * Pure; what stands in the store is not known here. Variables whose values are found in a listing (`from`) have the
 * values that are given as `discovered`, and none without it.
 */
import { LakefillError } from '../core/errors.js';
import type { Grain } from '../core/grain.js';
import { compareUnits, intervalOf, isUnit, unitAt, unitsBetween, weekdayOf } from '../core/grain.js';
import type { Instant } from '../core/instant.js';
import type { Interval } from '../core/interval.js';
import type { KeyValues, PartitionKey } from '../core/partition-key.js';
import type { Dataset, ExpectedKey, TimeVariable, ValuesVariable } from './dataset.js';
import type { DiscoveredValues } from './discovered.js';

/**
 * Every expected key at `now`, by time, then by values in the order of the definition. Empty before `start`. Throws
 * DEFINITION_INVALID when there would be millions.
 */
export function expectedKeys(
  dataset: Dataset,
  now: Instant,
  discovered: DiscoveredValues | null = null,
): ExpectedKey[] {
  const { time } = dataset;
  if (time === null)
    return combinations(dataset, null, discovered).map((values) => expectedKey(dataset, values));
  const { first, last } = rangeAt(time, now);
  refuseEndless(dataset, time, first, last);
  const keys: ExpectedKey[] = [];
  for (const unit of unitsBetween(time.grain, first, last)) {
    const interval = intervalOf(time.grain, unit, time.timezone);
    if (interval.start === interval.end || isExcluded(time, unit)) continue;
    const due = interval.end + time.availableAfter;
    for (const values of combinations(dataset, unit, discovered)) {
      keys.push({ partition: { key: dataset.layout.format(values), values, interval }, due });
    }
  }
  return keys;
}

/** Above this a `start` is a slip of the hand: no lake has 228 years of hours. */
const MOST_KEYS = 2_000_000;
const SHORTEST_UNIT_MS: Readonly<Record<Grain, number>> = {
  hour: 3_600_000,
  day: 82_800_000,
  week: 601_200_000,
  month: 28 * 82_800_000,
  quarter: 90 * 82_800_000,
  year: 365 * 82_800_000,
};

/** Told before the keys are made: making them would take all memory. */
function refuseEndless(dataset: Dataset, time: TimeVariable, first: string, last: string): void {
  const span =
    intervalOf(time.grain, last, time.timezone).end - intervalOf(time.grain, first, time.timezone).start;
  const keys =
    (span / SHORTEST_UNIT_MS[time.grain]) *
    dataset.values.reduce(
      (product, { from, values }) => product * (from === undefined ? values.length : 1),
      1,
    );
  if (keys <= MOST_KEYS) return;
  throw new LakefillError(
    'DEFINITION_INVALID',
    `${dataset.name} expects about ${Math.round(keys).toLocaleString('en')} partitions, from ${first} to ${last} by ${time.grain}; at most ${MOST_KEYS.toLocaleString('en')} can be. Nothing was looked at.`,
    { hint: `Correct 'start' or 'grain' of ${time.name}.`, context: { dataset: dataset.name, first, last } },
  );
}

/**
 * The partition of a key as it stands in paths, whether expected or not; null when the layout does not write such a
 * key. The interval is null without a time variable, and where its value is Hive's NULL.
 */
export function keyOf(dataset: Dataset, key: string): PartitionKey | null {
  const values = dataset.layout.parse(key);
  if (values === null) return null;
  const { time } = dataset;
  const unit = time === null ? null : (values[time.name] ?? null);
  const interval = time === null || unit === null ? null : intervalOf(time.grain, unit, time.timezone);
  return { key, values, interval };
}

/** True when `expectedKeys(dataset, now)` holds the key, or would with the right `discovered`; costs nothing per expected key. */
export function isExpected(dataset: Dataset, key: string, now: Instant): boolean {
  const partition = keyOf(dataset, key);
  if (partition === null) return false;
  const { time } = dataset;
  const unit = time === null ? null : (partition.values[time.name] ?? null);
  if (time !== null) {
    if (unit === null || !isExpectedUnit(time, unit, now)) return false;
    if (partition.interval === null || partition.interval.start === partition.interval.end) return false;
  }
  return dataset.values.every(
    (variable) =>
      variable.from !== undefined ||
      valuesAt(dataset, variable, unit).includes(partition.values[variable.name] ?? ''),
  );
}

/** Instant from which the partition is expected: interval end + `availableAfter`; null without an interval (always due). */
export function duePartition(dataset: Dataset, partition: PartitionKey): Instant | null {
  if (dataset.time === null || partition.interval === null) return null;
  return partition.interval.end + dataset.time.availableAfter;
}

/** First and last unit at `now`. A rolling start is the unit that holds the instant so long ago. */
export function rangeAt(time: TimeVariable, now: Instant): { readonly first: string; readonly last: string } {
  const { start, end, grain, timezone } = time;
  const current = unitAt(grain, now, timezone);
  const first = 'value' in start ? start.value : unitAt(grain, now - start.rollingMs, timezone);
  return { first, last: end !== null && compareUnits(grain, end, current) < 0 ? end : current };
}

/** From the first unit to the last that can be expected at `now`, excluded ones too; null without time and before `start`. */
export function expectedRange({ time }: Dataset, now: Instant): Interval | null {
  if (time === null) return null;
  const { first, last } = rangeAt(time, now);
  const [start, end] = [first, last].map((unit) => intervalOf(time.grain, unit, time.timezone));
  return start!.start < end!.end ? { start: start!.start, end: end!.end } : null;
}

/** True when an exclude rule names the unit. */
export function isExcluded(time: Pick<TimeVariable, 'exclude' | 'grain'>, unit: string): boolean {
  return time.exclude.some((rule) =>
    rule.kind === 'weekday'
      ? weekdayOf(unit) === rule.weekday
      : compareUnits(time.grain, rule.from, unit) <= 0 && compareUnits(time.grain, unit, rule.to) <= 0,
  );
}

function isExpectedUnit(time: TimeVariable, unit: string, now: Instant): boolean {
  if (!isUnit(time.grain, unit)) return false;
  const { first, last } = rangeAt(time, now);
  const inside = compareUnits(time.grain, first, unit) <= 0 && compareUnits(time.grain, unit, last) <= 0;
  return inside && !isExcluded(time, unit);
}

function expectedKey(dataset: Dataset, values: KeyValues): ExpectedKey {
  return { partition: { key: dataset.layout.format(values), values, interval: null }, due: null };
}

/** The product of the listed values in one unit, the last variable moving fastest, each with what was discovered for it. */
function combinations(
  dataset: Dataset,
  unit: string | null,
  discovered: DiscoveredValues | null,
): KeyValues[] {
  const begin: KeyValues = unit === null || dataset.time === null ? {} : { [dataset.time.name]: unit };
  if (dataset.values.length === 0) return [begin];
  const listed = dataset.values.filter(({ from }) => from === undefined);
  const rows = listed.reduce<KeyValues[]>(
    (rows, variable) =>
      rows.flatMap((row) =>
        valuesAt(dataset, variable, unit).map((value) => ({ ...row, [variable.name]: value })),
      ),
    [begin],
  );
  if (listed.length === dataset.values.length) return rows;
  return rows.flatMap((row) => (discovered?.at(row) ?? []).map((values) => ({ ...row, ...values })));
}

function valuesAt(dataset: Dataset, variable: ValuesVariable, unit: string | null): string[] {
  return variable.values
    .filter(({ start, end }) => {
      if (unit === null || dataset.time === null) return true;
      const { grain } = dataset.time;
      const begun = start === null || compareUnits(grain, start, unit) <= 0;
      return begun && (end === null || compareUnits(grain, unit, end) <= 0);
    })
    .map(({ value }) => value);
}
