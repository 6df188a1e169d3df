/**
 * Values of `from` variables: which combinations go with a unit of time and the listed values. They are those that the
 * input holds there, not the product of all that it ever held, and those of keys that are known to have been made.
 *
 * Pure: what the input holds and which keys are known, somebody else found out.
 */
import { isLakefillError } from '../core/errors.js';
import { intervalOf, unitAt, unitsOverlapping } from '../core/grain.js';
import type { KeyValues } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from './dataset.js';

/** The input whose listing gives the dataset's `from` variables; null when it has none. */
export function discoveringInput({ values, inputs }: Dataset): DatasetInput | null {
  const from = values.find((variable) => variable.from !== undefined)?.from;
  return from === undefined ? null : (inputs.find(({ name }) => name === from) ?? null);
}

export class DiscoveredValues {
  /** Values that cannot stand in the target's path, as text, each once. */
  readonly unwritable: readonly string[];
  readonly #dataset: Dataset;
  readonly #input: DatasetInput;
  readonly #names: readonly string[];
  /** Listed variables that the input's template shows. */
  readonly #shared: readonly string[];
  readonly #held = new Map<string, Map<string, KeyValues>>();
  readonly #known = new Map<string, Map<string, KeyValues>>();

  /** `held`: values of the units that the input holds. `known`: values of keys of the dataset. */
  constructor(
    dataset: Dataset,
    input: DatasetInput,
    held: readonly KeyValues[],
    known: readonly KeyValues[] = [],
  ) {
    this.#dataset = dataset;
    this.#input = input;
    this.#names = dataset.values.filter(({ from }) => from !== undefined).map(({ name }) => name);
    this.#shared = this.#listed.filter((name) => input.template.variables.includes(name));
    const unwritable = new Set<string>();
    for (const values of held) {
      const problem = this.#problemOf(values);
      if (problem === null) add(this.#held, this.#heldAt(values, values), this.#pick(values));
      else unwritable.add(problem);
    }
    for (const values of known) add(this.#known, this.#knownAt(values), this.#pick(values));
    this.unwritable = [...unwritable].sort();
  }

  /** Combinations of the `from` variables that go with these values (time and listed ones), in order of their texts. */
  at(values: KeyValues): KeyValues[] {
    const found = new Map(this.#known.get(this.#knownAt(values)));
    for (const unit of this.#unitsOf(values))
      for (const [id, each] of this.#held.get(this.#heldAt(values, unit)) ?? []) found.set(id, each);
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  }

  get #listed(): string[] {
    return this.#dataset.values.filter(({ from }) => from === undefined).map(({ name }) => name);
  }

  /** Units of the input that overlap the partition's time. */
  #unitsOf(values: KeyValues): KeyValues[] {
    const { time } = this.#dataset;
    const { grain, timezone } = this.#input;
    if (time === null || grain === null) return [{}];
    const interval = intervalOf(time.grain, values[time.name]!, time.timezone);
    return unitsOverlapping(grain, interval, timezone).map((unit) => ({ [time.name]: unit }));
  }

  #heldAt(listed: KeyValues, unit: KeyValues): string {
    const time = this.#input.grain === null ? null : unit[this.#dataset.time!.name];
    return idOf([time, ...this.#shared.map((name) => listed[name])]);
  }

  #knownAt(values: KeyValues): string {
    return idOf([values[this.#dataset.time?.name ?? ''], ...this.#listed.map((name) => values[name])]);
  }

  #pick(values: KeyValues): KeyValues {
    return Object.fromEntries(this.#names.map((name) => [name, values[name] ?? null]));
  }

  /** The text of values that the target's template cannot write and give back; null when it can. */
  #problemOf(values: KeyValues): string | null {
    const { layout, time } = this.#dataset;
    const listed = Object.fromEntries(this.#listed.map((name) => [name, 'x']));
    const at = time === null ? {} : { [time.name]: unitAt(time.grain, 0, 'UTC') };
    const picked = this.#pick(values);
    try {
      const parsed = layout.parse(layout.format({ ...listed, ...at, ...picked }));
      if (parsed !== null && this.#names.every((name) => parsed[name] === picked[name])) return null;
    } catch (error) {
      if (!isLakefillError(error, 'DEFINITION_INVALID')) throw error;
    }
    return this.#names.map((name) => `${name}=${picked[name]}`).join('/');
  }
}

function add(index: Map<string, Map<string, KeyValues>>, at: string, values: KeyValues): void {
  const id = idOf(Object.values(values));
  const there = index.get(at);
  if (there) there.set(id, values);
  else index.set(at, new Map([[id, values]]));
}

function idOf(texts: readonly (string | null | undefined)[]): string {
  return texts.map((text) => text ?? '\0').join('\u0001');
}
