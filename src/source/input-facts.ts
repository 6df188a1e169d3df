/** What status and plan need to know of one input of one partition. Pure, from a listing that succeeded. */
import { versionDigest } from '../core/digest.js';
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from '../dataset/dataset.js';
import type { InputRecord } from '../journal/entry.js';
import type { ObjectInfo } from '../store/object-store.js';
import { unitKey } from './found-units.js';
import type { InputListing, PartitionInput } from './input-listing.js';
import type { UnitContent } from './requirement.js';

/** The shortest Parquet file: magic, footer length, magic. */
export const SHORTEST_PARQUET = 12;

/** S3 classes whose objects cannot be read without a restore, which takes hours. */
const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

export interface InputFacts {
  readonly input: DatasetInput;
  readonly record: InputRecord;
  readonly objects: readonly ObjectInfo[];
  /** Every unit that is read, neighbours included. */
  readonly units: readonly UnitContent[];
  /** Units that must have data and have none. */
  readonly missing: readonly UnitContent[];
  /** Objects that are no Parquet file by their size alone. */
  readonly unreadable: readonly ObjectInfo[];
  readonly archived: readonly ObjectInfo[];
  /** Last write to any object, by the store's clock; null without objects. */
  readonly newest: Instant | null;
}

/** True when a change of the input makes a key stale. */
export function isTracked(dataset: Dataset, input: DatasetInput): boolean {
  return dataset.stale.onInput && input.onChange === 'stale' && input.self !== 0;
}

/** Facts per partition; inputs that are not cut in time are worked out once per distinct content. */
export class InputFactsReader {
  private readonly known = new Map<string, InputFacts>();

  constructor(private readonly listing: InputListing) {}

  read(partition: PartitionKey): InputFacts {
    const found = this.listing.objectsFor(partition);
    if (this.listing.input.grain !== null) return factsOf(this.listing, found);
    const key = found.byUnit.map((unit) => unitKey(this.listing.input.template, unit.values)).join('\u0002');
    let facts = this.known.get(key);
    if (facts === undefined) this.known.set(key, (facts = factsOf(this.listing, found)));
    return facts;
  }
}

function factsOf({ dataset, input }: InputListing, found: PartitionInput): InputFacts {
  const { objects, missingUnits } = found;
  let bytes = 0;
  let newest: Instant | null = null;
  for (const object of objects) {
    bytes += object.size;
    if (newest === null || object.lastModified > newest) newest = object.lastModified;
  }
  return {
    input,
    record: {
      name: input.name,
      objects: objects.length,
      bytes,
      version: versionDigest(objects),
      tracked: isTracked(dataset, input),
    },
    objects,
    units: found.byUnit,
    missing: missingUnits,
    unreadable: input.format === 'parquet' ? objects.filter((o) => o.size < SHORTEST_PARQUET) : [],
    archived: objects.filter((o) => o.storageClass !== undefined && ARCHIVES.has(o.storageClass)),
    newest,
  };
}
