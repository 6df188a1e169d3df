/** Before anything is written: the journal must account for every file of lakefill that stands in the target. Lists it once. */
import { inventoryOf } from '../scan/inventory.js';
import { lostError, lostJournal } from '../scan/lost-journal.js';
import type { LostJournal } from '../scan/lost-journal.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalState } from '../journal/entry.js';
import { listAll } from '../store/object-store.js';
import type { ObjectStore } from '../store/object-store.js';

/** Null when it does. Throws the store's error, and what `readJournal` throws. Reads only. */
export async function findLostJournal(
  dataset: Dataset,
  store: ObjectStore,
  readJournal: () => Promise<JournalState>,
  signal?: AbortSignal,
): Promise<LostJournal | null> {
  const objects = await listAll(store, dataset.layout.root.path, {
    ...(signal === undefined ? {} : { signal }),
    // A link or an unreadable folder says nothing for or against the journal; the keys that it touches are unknown to the plan.
    onUnlisted: () => undefined,
  });
  const inventory = inventoryOf(dataset.layout, { outcome: 'listed', objects, unlisted: [] }, 0);
  // After the listing: what a live run published meanwhile is named by now.
  return lostJournal(dataset, inventory, await readJournal());
}

/** Throws JOURNAL_LOST, or the store's error. Reads only. */
export async function refuseLostJournal(...asked: Parameters<typeof findLostJournal>): Promise<void> {
  const lost = await findLostJournal(...asked);
  if (lost !== null) throw lostError(asked[0], lost);
}
