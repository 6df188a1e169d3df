/**
 * Which prefixes of an input must have data before a partition can be made. Pure.
 *
 *     require    must have data
 *     all        every prefix that overlaps the partition
 *     any        at least one of them
 *     none       nothing
 *     window     every one of them and every neighbour of the window, except neighbours before the input's first prefix
 *
 * Neighbours are prefixes that only the window adds; they are read if they exist, whatever `require` says.
 */
import type { KeyValues } from '../core/partition-key.js';
import type { DatasetInput } from '../dataset/dataset.js';
import type { ObjectInfo } from '../store/object-store.js';

/** One prefix (unit) of an input, as far as one partition is concerned. */
export interface UnitContent {
  readonly values: KeyValues;
  readonly neighbour: boolean;
  /** Data objects, in ascending order of path; empty also where the marker is missing. */
  readonly objects: readonly ObjectInfo[];
  /** True for units before the first that the input has at all. */
  readonly beforeFirst: boolean;
}

/** The units that must have data and have none; for `any` all of them, when all are empty. */
export function missingUnits(require: DatasetInput['require'], units: readonly UnitContent[]): UnitContent[] {
  const empty = units.filter((unit) => unit.objects.length === 0);
  switch (require) {
    case 'none':
      return [];
    case 'all':
      return empty.filter((unit) => !unit.neighbour);
    case 'any': {
      const own = units.filter((unit) => !unit.neighbour);
      return own.some((unit) => unit.objects.length > 0) ? [] : own;
    }
    case 'window':
      return empty.filter((unit) => !unit.neighbour || !unit.beforeFirst);
  }
}
