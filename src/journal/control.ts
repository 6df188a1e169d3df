/** Where a dataset's control objects are: a function of the target's root alone. See docs/publication.md. */
import { LakefillError } from '../core/errors.js';
import { lastSegment, parentPrefix, shownLocation } from '../core/location.js';
import type { Location } from '../core/location.js';

export interface ControlPaths {
  /** The target's own prefix, beside which all this stands. */
  readonly root: string;
  /** The control prefix itself, `.../_lakefill/<name>/`. */
  readonly prefix: string;
  /** The same in full, for messages: the folder of this dataset alone, while `_lakefill/` holds those of others too. */
  readonly place: string;
  /** What commands call the dataset. */
  readonly dataset: string;
  readonly pin: string;
  readonly journal: string;
  readonly facts: string;
  readonly checkpoints: string;
  readonly leases: string;
  readonly staging: string;
  readonly prepared: string;
  readonly retained: string;
  readonly runs: string;
  readonly scratch: string;
  entry(sequence: number): string;
  checkpoint(sequence: number): string;
}

/**
 * `control` is the project file's own prefix for roots at the top of a bucket (a path in the same store); null otherwise.
 * `dataset` is its name, where that is not the folder's.
 * Throws DEFINITION_INVALID for such a root without `control`.
 */
export function controlPaths(
  root: Location,
  control: string | null = null,
  dataset = lastSegment(root.path),
): ControlPaths {
  const name = lastSegment(root.path);
  const parent = parentPrefix(root.path);
  if ((parent === null || name === '') && control === null) {
    throw new LakefillError(
      'DEFINITION_INVALID',
      `The target ${root.store} is a whole store, so there is no place beside it for the journal.`,
      {
        hint: "Set 'control' in lakefill.yaml to a prefix outside the dataset.",
      },
    );
  }
  const prefix =
    control === null ? `${parent}_lakefill/${name}/` : `${control}${name === '' ? 'root' : name}/`;
  const numbered = (folder: string) => (sequence: number) =>
    `${prefix}${folder}/${String(sequence).padStart(20, '0')}.json`;
  return {
    root: root.path,
    prefix,
    place: shownLocation({ store: root.store, path: prefix }),
    dataset,
    pin: `${prefix}dataset.json`,
    journal: `${prefix}journal/`,
    facts: `${prefix}facts/`,
    checkpoints: `${prefix}checkpoints/`,
    leases: `${prefix}leases/`,
    staging: `${prefix}staging/`,
    prepared: `${prefix}prepared/`,
    retained: `${prefix}retained/`,
    runs: `${prefix}runs/`,
    scratch: `${prefix}scratch/`,
    entry: numbered('journal'),
    checkpoint: numbered('checkpoints'),
  };
}

/** Sequence of a journal or checkpoint path, or null for a name that is none. */
export function sequenceOf(path: string): number | null {
  const match = /\/(\d{20})\.json$/.exec(path);
  return match ? Number(match[1]) : null;
}
