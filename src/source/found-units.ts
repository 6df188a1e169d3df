/**
 * A listing of an input, grouped by unit: which objects are the input's, and which of them count. Pure; what was not listed is neither
 * judged nor forgotten here.
 */
import { compareUnits } from '../core/grain.js';
import type { InputTemplate } from '../core/input-template.js';
import { lastSegment } from '../core/location.js';
import type { KeyValues } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from '../dataset/dataset.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { Listing } from './listing-cache.js';
import type { Unlisted } from './unlisted.js';

export interface FoundUnits {
  /** By unit; only objects whose unit has its marker, where the input asks for one. */
  readonly objects: ReadonlyMap<string, ObjectInfo[]>;
  /** Places where data of the input, or a marker, may be hidden. */
  readonly unlisted: readonly Unlisted[];
  /** On stores with folders: objects that are not the input's. One may stand in the place of a unit's folder. */
  readonly others: ReadonlySet<string>;
  /** Value of the time variable before which the input has nothing; null when unknown or without time. */
  readonly firstUnit: string | null;
  /** Folders with data of the input that lack its marker. */
  readonly unmarked: number;
  /** Data objects with a text in the place of a value that is none (`dt=2025-02-30`, `region=`): how many, and the path of one. */
  readonly unfit: { readonly objects: number; readonly example: string } | null;
}

export const NOTHING_FOUND: FoundUnits = {
  objects: new Map(),
  unlisted: [],
  others: new Set(),
  firstUnit: null,
  unmarked: 0,
  unfit: null,
};

interface GroupRequest {
  readonly dataset: Dataset;
  readonly input: DatasetInput;
  readonly store: Pick<ObjectStore, 'folders'>;
}

/** Identity of a unit: the values of the template's variables. */
export function unitKey(template: InputTemplate, values: KeyValues): string {
  const { variables } = template;
  return variables.length === 1
    ? (values[variables[0]!] ?? '\0')
    : variables.map((name) => values[name] ?? '\0').join('\u0001');
}

/** Linear. A marker that is missing leaves its folder's objects out. */
export function groupByUnit(
  { dataset, input, store }: GroupRequest,
  { objects: listed, unlisted }: Extract<Listing, { outcome: 'listed' }>,
): FoundUnits {
  const { template, marker } = input;
  const objects = new Map<string, ObjectInfo[]>();
  const units = new Set<string>();
  const others = new Set<string>();
  const unmarked = new Set<string>();
  const unfit = { objects: 0, example: '' };
  const isMarker = ({ path }: ObjectInfo) => marker !== null && lastSegment(path) === marker;
  const marked = new Set(listed.filter(isMarker).map(({ path }) => path));
  for (const object of listed) {
    if (isMarker(object)) continue;
    const values = template.match(object.path);
    if (values === null) {
      if (store.folders !== undefined) others.add(object.path);
      if (template.resembles(object.path) && unfit.objects++ === 0) unfit.example = object.path;
      continue;
    }
    const folder = template.unitFolder(object.path);
    if (marker !== null && !marked.has(folder + marker)) {
      unmarked.add(folder);
      continue;
    }
    const key = unitKey(template, values);
    const group = objects.get(key);
    if (group) group.push(object);
    else {
      objects.set(key, [object]);
      const unit = dataset.time === null ? null : values[dataset.time.name];
      if (typeof unit === 'string') units.add(unit);
    }
  }
  return {
    objects,
    unlisted,
    others,
    firstUnit: earliest(input, units),
    unmarked: unmarked.size,
    unfit: unfit.objects === 0 ? null : unfit,
  };
}

function earliest(input: DatasetInput, units: ReadonlySet<string>): string | null {
  if (input.grain === null || input.require !== 'window') return null;
  let first: string | null = null;
  for (const unit of units) if (first === null || compareUnits(input.grain, unit, first) < 0) first = unit;
  return first;
}
