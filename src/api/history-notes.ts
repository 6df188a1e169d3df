/**
 * What a history cannot show: that of a journal that was lost. A target is listed only where the journal has no entry at all, so that a
 * history costs the same beside a large lake as beside a small one; a journal that is an older copy of itself is found by scan, doctor
 * and whatever writes. Reads only.
 */
import { isLakefillError, messageOf } from '../core/errors.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalEntry } from '../journal/entry.js';
import { readJournal } from '../journal/read.js';
import { controlOf } from '../run/open-dataset.js';
import { findLostJournal } from '../run/refuse-lost-journal.js';
import type { HistoryNote } from '../run/run-document.js';
import { lostNotes } from '../scan/target-notes.js';
import { listed } from '../scan/words.js';
import type { HistoryDocument } from './documents.js';
import type { HistoryContext } from './history.js';

/** The member `notes`, or no member. */
export function withNotes(notes: readonly HistoryNote[]): Pick<HistoryDocument, 'notes'> {
  return notes.length === 0 ? {} : { notes };
}

/** Entries below the newest that are not there: a checkpoint may stand in for what they made, and not for what they tell. */
export function missingNotes({ name }: Dataset, entries: readonly JournalEntry[]): HistoryNote[] {
  const gaps = entries.flatMap(({ sequence }, i) => {
    const expected = (entries[i - 1]?.sequence ?? 0) + 1;
    if (sequence === expected) return [];
    return [sequence === expected + 1 ? `${expected}` : `${expected} to ${sequence - 1}`];
  });
  if (gaps.length === 0) return [];
  const message = `Of the journal of ${name} entries are missing: ${listed(gaps)}. What they tell is not shown here. Restore them from a backup of the control prefix; 'lakefill scan' says whether the journal can be read without them.`;
  return [{ dataset: name, code: 'entries-missing', message }];
}

/** Of a history or of a past run. A store that cannot be looked at is a note too; cancellation is thrown. */
export async function historyNotes(
  context: HistoryContext,
  datasets: readonly Dataset[],
  signal?: AbortSignal,
): Promise<readonly HistoryNote[]> {
  return (await Promise.all(datasets.map((dataset) => notesOf(context, dataset, signal)))).flat();
}

async function notesOf(
  context: HistoryContext,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<readonly HistoryNote[]> {
  const store = context.stores(dataset.layout.root.store);
  const { name } = dataset;
  try {
    const control = controlOf(context, dataset);
    // Entries are never deleted: where the first one stands, the journal was not lost.
    if ((await store.head(control.entry(1), signal === undefined ? {} : { signal })) !== null) return [];
    const read = () => readJournal(store, control);
    const lost = await findLostJournal(dataset, store, read, { signal });
    return lostNotes(dataset, lost).map((note) => ({ dataset: name, ...note }));
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED')) throw error;
    const message = `Whether the history of ${name} is whole is not known: ${messageOf(error)}`;
    return [{ dataset: name, code: 'journal-unknown', message }];
  }
}
