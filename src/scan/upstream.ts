/**
 * An input that another dataset makes: which of that dataset's keys are behind what a partition reads, which of them
 * are not made yet, and which are being published. It may be the dataset itself (the previous partition). Why an upstream is not made is its own scan's business.
 */
import { partitionPrefix } from '../core/layout.js';
import type { KeyValues, PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput, ExpectedKey } from '../dataset/dataset.js';
import { inputUnits } from '../dataset/input-prefixes.js';
import type { JournalState } from '../journal/entry.js';
import { unitKey } from '../source/found-units.js';
import type { UnitContent } from '../source/requirement.js';
import type { ObjectInfo } from '../store/object-store.js';
import { keyPart } from './inventory.js';

export class Upstream {
  private index: ReadonlyMap<string, readonly string[]> | null = null;
  private readonly unstable: ReadonlyMap<string, string>;

  constructor(
    private readonly reader: Dataset,
    readonly input: DatasetInput,
    readonly dataset: Dataset,
    private readonly expected: readonly ExpectedKey[],
    /** Read after the input was listed, or a mixture of old and new could pass for settled. */
    private readonly journal: JournalState,
  ) {
    const states = [...journal.keys.values()].filter((state) => state.phase !== 'stable');
    this.unstable = new Map(states.map((state) => [state.key, state.phase]));
  }

  /** Keys of the upstream that hold, or would hold, what the input's unit reads. */
  keysOfUnit(values: KeyValues): readonly string[] {
    this.index ??= this.buildIndex();
    return this.index.get(unitKey(this.input.template, values)) ?? [];
  }

  /** Keys of the upstream that the partition reads, each once. */
  keysOf(partition: PartitionKey): readonly string[] {
    const units = inputUnits(this.reader, this.input, partition);
    return [...new Set(units.flatMap(({ values }) => this.keysOfUnit(values)))];
  }

  /** Keys of the unit that have no data and were not produced empty on purpose. */
  absentKeys({ values, objects }: UnitContent): readonly string[] {
    const keys = this.keysOfUnit(values);
    if (keys.length === 1 && objects.length > 0) return [];
    const present = new Set(objects.map((object) => this.keyOf(object)));
    return keys.filter((key) => !present.has(key) && !this.isProducedEmpty(key));
  }

  /** Why what is listed of the units may be old and new together; null when it is settled. */
  unsteadiness(units: readonly UnitContent[]): string | null {
    if (this.unstable.size === 0) return null;
    for (const { values } of units) {
      const key = this.keysOfUnit(values).find((k) => this.unstable.has(k));
      if (key !== undefined)
        return `${this.dataset.name}/${key} is ${this.unstable.get(key)}, not settled yet`;
    }
    return null;
  }

  /** The key, expected of the upstream, that the object belongs to; null when there is none. */
  keyHolding(object: ObjectInfo): string | null {
    const key = object.path.startsWith(this.dataset.layout.root.path) ? this.keyOf(object) : null;
    return this.expected.some(({ partition }) => partition.key === key) ? key : null;
  }

  private keyOf({ path }: ObjectInfo): string | null {
    const { root, depth } = this.dataset.layout;
    return keyPart(path.slice(root.path.length), depth);
  }

  private isProducedEmpty(key: string): boolean {
    const state = this.journal.keys.get(key);
    return state !== undefined && state.generation !== null && state.files.length === 0;
  }

  /** The template itself says which unit a key's files belong to, whatever its variables are called. */
  private buildIndex(): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const { partition } of this.expected) {
      const file = `${partitionPrefix(this.dataset.layout, partition.key)}part.parquet`;
      const values = this.input.template.match(file);
      if (values === null) continue;
      const unit = unitKey(this.input.template, values);
      const keys = index.get(unit);
      if (keys) keys.push(partition.key);
      else index.set(unit, [partition.key]);
    }
    return index;
  }
}
