/** Which units of an input one partition reads. Pure: what exists of them is the source's business. */
import { compareUnits, intervalOf, shiftUnit, unitsBetween, unitsOverlapping } from '../core/grain.js';
import type { Grain } from '../core/grain.js';
import type { KeyValues, PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput, TimeVariable } from './dataset.js';
import { isExcluded } from './expected-keys.js';

export interface InputUnit {
  /** Values of the input template's variables, the time value in the input's grain. */
  readonly values: KeyValues;
  /** True for units that only the window adds. */
  readonly neighbour: boolean;
}

/**
 * The input's units in time order: every unit (in the input's grain and zone) whose interval overlaps the partition's,
 * and the window's neighbours around them. Values pass through. An input without variables has one unit, `{}`.
 *
 * `self: -1` has one unit, the previous one: also where the definition does not expect it (an opening balance may stand
 * there); whether it is required is the scan's business.
 *
 * Of an input that is a dataset, only units that it expects count, unless it expects none of them: then all do, so
 * that the partition waits instead of being made from nothing.
 */
export function inputUnits(dataset: Dataset, input: DatasetInput, partition: PartitionKey): InputUnit[] {
  const { time } = dataset;
  const passed = Object.fromEntries(
    input.template.variables
      .filter((name) => name !== time?.name)
      .map((name) => [name, partition.values[name] ?? null]),
  );
  if (time === null || input.grain === null) return [{ values: passed, neighbour: false }];
  if (partition.interval === null) return [];
  if (input.self === -1) return previousUnit(time, passed, partition);
  const own = unitsOverlapping(input.grain, partition.interval, input.timezone);
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { grain, window } = input;
  const all = unitsBetween(grain, shiftUnit(grain, first, window[0]), shiftUnit(grain, last, window[1]));
  const expected = all.filter((unit) => isExpectedOf(input, grain, unit));
  const counted = own.some((unit) => expected.includes(unit)) ? expected : all;
  return counted.map((unit) => ({
    values: { ...passed, [time.name]: unit },
    neighbour: compareUnits(grain, unit, first) < 0 || compareUnits(grain, unit, last) > 0,
  }));
}

/** The longest stretch of excluded units that is looked past. */
const LOOK_BACK = 4_000;

/** The unit before the partition's own that is not excluded and exists in its zone; none at the beginning of time. */
function previousUnit(time: TimeVariable, passed: KeyValues, { values }: PartitionKey): InputUnit[] {
  const { grain, timezone } = time;
  let unit = values[time.name]!;
  for (let i = 0; i < LOOK_BACK; i++) {
    unit = shiftUnit(grain, unit, -1);
    const { start, end } = intervalOf(grain, unit, timezone);
    if (start < end && !isExcluded(time, unit))
      return [{ values: { ...passed, [time.name]: unit }, neighbour: false }];
  }
  return [];
}

function isExpectedOf(input: DatasetInput, grain: Grain, unit: string): boolean {
  const upstream = input.upstream ?? null;
  if (upstream === null) return true;
  const begun = upstream.start === null || compareUnits(grain, upstream.start, unit) <= 0;
  const ended = upstream.end !== null && compareUnits(grain, unit, upstream.end) > 0;
  return begun && !ended && !isExcluded({ grain, exclude: upstream.exclude }, unit);
}
