/** What a scan says of keys that had to be looked up: that they are not known, or that some cannot be. */
import { LakefillError } from '../core/errors.js';
import type { Dataset } from '../dataset/dataset.js';
import type { Discovery } from '../source/discover.js';
import type { DatasetScan } from './dataset-scan.js';
import type { Reason } from './status.js';
import { count, listed } from './words.js';

/** Why the keys of the dataset are not all known; null when they are. */
export function undiscoveredReason(dataset: Dataset, discovery: Discovery | null): Reason | null {
  const failure = discovery?.failure ?? null;
  if (failure === null) return null;
  const message = `which partitions ${dataset.name} should have is not known: ${failure.message}`;
  return { code: 'input-unknown', message };
}

/** Throws STORE_FAILED where no key is known that could be called unknown: nothing says then what is to be done, or that nothing is. */
export function refuseUndiscovered(scans: readonly Pick<DatasetScan, 'dataset' | 'undiscovered'>[]): void {
  for (const { dataset, undiscovered } of scans) {
    if (undiscovered === null) continue;
    const { message } = undiscovered;
    throw new LakefillError(
      'STORE_FAILED',
      `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}. Nothing was done.`,
      {
        hint: 'Clear the cause of the failed listing and try again, or name the other datasets.',
        context: { dataset: dataset.name },
      },
    );
  }
}

/** Values that no partition can have. */
export function unwritableNotes(discovery: Discovery | null): Reason[] {
  const values = discovery?.values.unwritable ?? [];
  if (values.length === 0) return [];
  const message = `${count(values.length, 'value')} of the input cannot stand in the target's path and have no partition: ${listed(values)}`;
  return [{ code: 'value-unwritable', message }];
}

/** Objects whose path says no partition, as a text in it is no value. */
export function unfitNotes(discovery: Discovery | null): Reason[] {
  const unfit = discovery?.unfit ?? null;
  if (unfit === null) return [];
  const { input, objects, example } = unfit;
  const which = `${count(objects, 'object')} of input ${input} ${objects === 1 ? 'belongs' : 'belong'} to no partition`;
  return [{ code: 'no-partition', message: `${which}, as a value in the path is none, such as ${example}` }];
}

/** Why there is no partition at all: the input has no value. */
export function noValueNotes(discovery: Discovery | null): Reason[] {
  const nothing = discovery?.failure === null ? discovery.nothing : null;
  if (nothing === null) return [];
  const { input, marker, unmarked } = nothing;
  const why = unmarked === 0 ? '' : ` (marker ${marker} is missing in ${count(unmarked, 'folder')})`;
  return [{ code: 'no-values', message: `no values found in ${input}${why}` }];
}
