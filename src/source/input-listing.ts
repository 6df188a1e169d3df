/**
 * What an input holds now, for the partitions that are asked about: listed once, answered per partition.
 *
 * Few prefixes are listed one by one, many by one listing of the input's root. A listing that failed makes every
 * answer unknown (`failure`), a place that could not be listed those that it touches (`failureFor`); neither is ever
 * read as "no data". Nothing is downloaded here.
 */
import { compareUnits } from '../core/grain.js';
import { shownLocation } from '../core/location.js';
import type { KeyValues, PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from '../dataset/dataset.js';
import { inputUnits } from '../dataset/input-prefixes.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { groupByUnit, NOTHING_FOUND, unitKey } from './found-units.js';
import type { FoundUnits } from './found-units.js';
import type { Listing, ListingCache } from './listing-cache.js';
import { missingUnits } from './requirement.js';
import type { UnitContent } from './requirement.js';
import { hidesData, hidesInput } from './unlisted.js';
import type { Unlisted } from './unlisted.js';

/** With at least this many prefixes one listing of the root costs fewer calls on any layout. */
const FEW_PREFIXES = 50;

export interface PartitionInput {
  /** Everything to read, neighbours included, in ascending order of path. */
  readonly objects: readonly ObjectInfo[];
  /** As the definition cuts the input, in order. */
  readonly byUnit: readonly UnitContent[];
  /** Units that must have data and have none. */
  readonly missingUnits: readonly UnitContent[];
  /** The objects of `objects` that only the window adds. */
  readonly neighbours: readonly ObjectInfo[];
}

export interface InputRequest {
  readonly dataset: Dataset;
  readonly input: DatasetInput;
  /** The store of `input.template.root`. */
  readonly store: ObjectStore;
  /** The partitions that will be asked about; `all`: the whole input is listed. */
  readonly partitions: readonly PartitionKey[] | 'all';
  readonly cache: ListingCache;
}

const NOTHING: readonly ObjectInfo[] = [];

export class InputListing {
  private constructor(
    readonly dataset: Dataset,
    readonly input: DatasetInput,
    /** Why nothing is known of any partition; null when the listing succeeded, perhaps except for some places. */
    readonly failure: { readonly code: string; readonly message: string } | null,
    private readonly found: FoundUnits,
  ) {}

  /** Lists what the partitions need. Cancellation is thrown, every other failure ends up in `failure`. */
  static async open(request: InputRequest): Promise<InputListing> {
    const { dataset, input } = request;
    const listing = await listNeeded(request);
    return listing.outcome === 'failed'
      ? new InputListing(dataset, input, listing, NOTHING_FOUND)
      : new InputListing(dataset, input, null, groupByUnit(request, listing));
  }

  /** Why units may be missing from `unitValues`; null when all are known. */
  get incomplete(): InputListing['failure'] {
    const { template } = this.input;
    const hidesUnit = (place: Unlisted) =>
      hidesData(place, template.root.path) &&
      (place.kind === 'folder' || template.match(place.path) !== null);
    const place = this.found.unlisted.find(hidesUnit);
    if (this.failure !== null || place === undefined) return this.failure;
    return { code: 'STORE_UNSUPPORTED', message: place.message };
  }

  /** Why it is not known what the partition would read, naming the place; null when it is known. */
  failureFor(partition: PartitionKey): string | null {
    if (this.failure !== null) return this.failure.message;
    const { unlisted, others } = this.found;
    if (unlisted.length === 0 && others.size === 0) return null;
    const units = inputUnits(this.dataset, this.input, partition);
    for (const { values } of units) {
      const { root } = this.input.template;
      const file = folderAmong(others, root.path, this.input.template.listPrefix(values));
      if (file === null) continue;
      return `${shownLocation({ store: root.store, path: file })} is a file where a folder is needed.`;
    }
    return (
      unlisted.find((place) => units.some(({ values }) => this.isHidden(values, place)))?.message ?? null
    );
  }

  /** What the partition would read. Only for partitions named when opening that have no `failureFor`. */
  objectsFor(partition: PartitionKey): PartitionInput {
    const byUnit = inputUnits(this.dataset, this.input, partition).map(({ values, neighbour }) =>
      this.content(values, neighbour),
    );
    const missing = missingUnits(this.input.require, byUnit);
    const neighbours = byUnit.flatMap((unit) => (unit.neighbour ? unit.objects : NOTHING));
    return { objects: inOrder(byUnit), byUnit, missingUnits: missing, neighbours };
  }

  /** Values of every unit that has data, each once. */
  unitValues(): KeyValues[] {
    const { template } = this.input;
    return [...this.found.objects.values()].flatMap(([first]): KeyValues[] => [
      template.match(first!.path) ?? {},
    ]);
  }

  /** Folders whose data does not count, as their marker is not there. */
  get unmarked(): number {
    return this.found.unmarked;
  }

  /** Data objects whose path has no value where a value should be. */
  get unfit(): FoundUnits['unfit'] {
    return this.found.unfit;
  }

  private content(values: KeyValues, neighbour: boolean): UnitContent {
    const objects = this.found.objects.get(unitKey(this.input.template, values)) ?? NOTHING;
    return { values, neighbour, objects, beforeFirst: this.isBeforeFirst(values) };
  }

  private isHidden(values: KeyValues, place: Unlisted): boolean {
    const { template, marker } = this.input;
    const unit = unitKey(template, values);
    const matches = (found: KeyValues) => unitKey(template, found) === unit;
    return hidesInput(place, template, { prefix: template.listPrefix(values), marker, matches });
  }

  private isBeforeFirst(values: KeyValues): boolean {
    const { firstUnit } = this.found;
    const unit = this.dataset.time === null ? null : values[this.dataset.time.name];
    if (firstUnit === null || unit === null || unit === undefined || this.input.grain === null) return false;
    return compareUnits(this.input.grain, unit, firstUnit) < 0;
  }
}

async function listNeeded({ dataset, input, store, partitions, cache }: InputRequest): Promise<Listing> {
  const { template } = input;
  const root = template.root.path;
  // Whether a neighbour lies before the input's first prefix can only be told from the whole listing.
  const isWhole = partitions === 'all' || input.require === 'window';
  const few = isWhole ? null : fewPrefixes(dataset, input, partitions);
  if (few === null || cache.holds(store, root)) return cache.list(store, root);
  const listings = await Promise.all(few.map((prefix) => cache.list(store, prefix, root)));
  const objects: ObjectInfo[] = [];
  const unlisted: Unlisted[] = [];
  for (const [i, listing] of listings.entries()) {
    if (listing.outcome === 'failed') {
      unlisted.push({ path: few[i]!.slice(0, -1), kind: 'folder', message: listing.message });
      continue;
    }
    for (const object of listing.objects) objects.push(object);
    unlisted.push(...listing.unlisted);
  }
  const [failed] = listings;
  const all = listings.every(({ outcome }) => outcome === 'failed');
  return all && failed !== undefined ? failed : { outcome: 'listed', objects, unlisted };
}

/** Folders that cover what the partitions read, none inside another; null when they are not few. Stores list whole folders only. */
function fewPrefixes(
  dataset: Dataset,
  input: DatasetInput,
  partitions: readonly PartitionKey[],
): string[] | null {
  const prefixes = new Set<string>();
  for (const partition of partitions) {
    for (const { values } of inputUnits(dataset, input, partition)) {
      prefixes.add(folderOf(input.template.listPrefix(values)));
    }
    if (prefixes.size >= FEW_PREFIXES) return null;
  }
  return [...prefixes].sort().filter((prefix, i, all) => !all.slice(0, i).some((p) => prefix.startsWith(p)));
}

/** The first folder between the root and the prefix that is one of these paths. */
function folderAmong(paths: ReadonlySet<string>, root: string, prefix: string): string | null {
  for (let end = prefix.indexOf('/', root.length); end >= 0; end = prefix.indexOf('/', end + 1)) {
    const folder = prefix.slice(0, end);
    if (paths.has(folder)) return folder;
  }
  return null;
}

function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

/** Objects of all units, ascending by path, each once (two units may show the same prefix). */
function inOrder(units: readonly UnitContent[]): readonly ObjectInfo[] {
  const filled = units.filter((unit) => unit.objects.length > 0);
  if (filled.length <= 1) return filled[0]?.objects ?? NOTHING;
  const byPath = new Map(
    filled.flatMap((unit) => unit.objects.map((object) => [object.path, object] as const)),
  );
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
