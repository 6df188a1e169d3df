/** What a history cannot show: that of a journal that was lost, or that cannot be read. Lists the targets; reads only. */
import { isLakefillError, messageOf } from '../core/errors.js';
import type { Dataset } from '../dataset/dataset.js';
import { readJournal } from '../journal/read.js';
import { controlOf } from '../run/open-dataset.js';
import { findLostJournal } from '../run/refuse-lost-journal.js';
import { lostNotes } from '../scan/target-notes.js';
import type { HistoryDocument } from './documents.js';
import type { HistoryContext } from './history.js';

/** The member `notes`, or no member. A target that cannot be looked at is a note too; cancellation is thrown. */
export async function historyNotes(
  context: HistoryContext,
  datasets: readonly Dataset[],
  signal?: AbortSignal,
): Promise<Pick<HistoryDocument, 'notes'>> {
  const notes = (await Promise.all(datasets.map((dataset) => notesOf(context, dataset, signal)))).flat();
  return notes.length === 0 ? {} : { notes };
}

async function notesOf(
  context: HistoryContext,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<NonNullable<HistoryDocument['notes']>> {
  const store = context.stores(dataset.layout.root.store);
  const { name } = dataset;
  try {
    const read = () => readJournal(store, controlOf(context, dataset));
    const lost = await findLostJournal(dataset, store, read, signal);
    return lostNotes(dataset, lost).map((note) => ({ dataset: name, ...note }));
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED')) throw error;
    const message = `Whether the history of ${name} is whole is not known: ${messageOf(error)}`;
    return [{ dataset: name, code: 'journal-unknown', message }];
  }
}
