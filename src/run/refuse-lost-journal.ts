/** Before anything is written: the journal must account for every file of lakefill that stands in the target. Lists it once. */
import { lostError, lostJournal } from '../scan/lost-journal.js';
import type { LostJournal } from '../scan/lost-journal.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalState } from '../journal/entry.js';
import type { ObjectStore } from '../store/object-store.js';
import { listTarget } from './list-target.js';

/**
 * Null when it does. `known`, an earlier state of the journal, settles it where it names every file; elsewhere the journal is read after
 * the listing. Throws the store's error, and what `readJournal` throws. Reads only.
 */
export async function findLostJournal(
  dataset: Dataset,
  store: ObjectStore,
  readJournal: () => Promise<JournalState>,
  { known, signal }: { readonly known?: JournalState; readonly signal?: AbortSignal | undefined } = {},
): Promise<LostJournal | null> {
  const inventory = await listTarget(dataset, store, signal);
  if (known !== undefined && lostJournal(dataset, inventory, known) === null) return null;
  // After the listing: what a live run published meanwhile is named by now.
  return lostJournal(dataset, inventory, await readJournal());
}

/** Throws JOURNAL_LOST, or the store's error. Reads only. */
export async function refuseLostJournal(...asked: Parameters<typeof findLostJournal>): Promise<void> {
  const lost = await findLostJournal(...asked);
  if (lost !== null) throw lostError(asked[0], lost);
}
