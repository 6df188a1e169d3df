/** Signs that a target's journal was lost or is an older copy: files with names of lakefill that it does not know. Pure. */
import { LakefillError } from '../core/errors.js';
import { partitionPrefix } from '../core/layout.js';
import { shownLocation } from '../core/location.js';
import type { Dataset } from '../dataset/dataset.js';
import { controlPaths } from '../journal/control.js';
import type { JournalState } from '../journal/entry.js';
import { KnownNames } from '../journal/known-names.js';
import type { Inventory } from './inventory.js';
import { count } from './words.js';

export interface LostJournal {
  /** Keys with such files, in the inventory's order. */
  readonly keys: readonly string[];
  readonly files: number;
  /** Full place of one of them. */
  readonly example: string;
  /** Entries of the journal that is there; 0: none. */
  readonly sequence: number;
}

/** Null when the journal accounts for every file that has a name of lakefill. The journal must have been read after the listing. */
export function lostJournal(
  { layout }: Dataset,
  inventory: Pick<Inventory, 'byKey'>,
  journal: JournalState,
): LostJournal | null {
  const known = new KnownNames(journal);
  const keys: string[] = [];
  let files = 0;
  let example: string | null = null;
  for (const [key, objects] of inventory.byKey) {
    const prefix = partitionPrefix(layout, key);
    const strangers = known.strangers(
      key,
      objects.map(({ path }) => path.slice(prefix.length)),
    );
    if (strangers.length === 0) continue;
    keys.push(key);
    files += strangers.length;
    example ??= shownLocation({ store: layout.root.store, path: prefix + strangers[0]! });
  }
  return example === null ? null : { keys, files, example, sequence: journal.sequence };
}

export function describeLost({ name }: Dataset, { keys, files, example, sequence }: LostJournal): string {
  const what = `${count(files, 'file')} in ${count(keys.length, 'partition')} of ${name} ${files === 1 ? 'was' : 'were'} published by lakefill, such as ${example}`;
  return sequence === 0
    ? `The journal of ${name} is lost: ${what}, and there is no journal.`
    : `The journal of ${name} is not whole: ${what}, and none of its ${count(sequence, 'entry', 'entries')} names ${files === 1 ? 'it' : 'them'}.`;
}

export function lostHint({ name, layout: { root } }: Dataset): string {
  // Never the whole of _lakefill/: other datasets have their history there. Elsewhere is only what stands at the top of a bucket.
  const place = root.path === '' ? '' : ` ${controlPaths(root).place}`;
  return `Restore the control prefix${place} from a backup, or make a new journal of what stands there: lakefill adopt ${name} --rebuild.`;
}

/** Why a writing command stops. */
export function lostError(dataset: Dataset, lost: LostJournal): LakefillError {
  return new LakefillError('JOURNAL_LOST', `${describeLost(dataset, lost)} Nothing was changed.`, {
    hint: lostHint(dataset),
    context: {
      dataset: dataset.name,
      files: lost.files,
      partitions: lost.keys.length,
      example: lost.example,
    },
  });
}
