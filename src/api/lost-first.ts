/** Runs that nobody knows: where the journal is lost they went with it, and that is what is said. */
import { isLakefillError } from '../core/errors.js';
import type { Project } from '../dataset/dataset.js';
import { readJournal } from '../journal/read.js';
import { controlOf } from '../run/open-dataset.js';
import { refuseLostJournal } from '../run/refuse-lost-journal.js';
import type { ObjectStore } from '../store/object-store.js';

/** What `find` finds. Throws JOURNAL_LOST instead of RUN_UNKNOWN when the journal of a dataset of the project is lost. */
export async function findRun<T>(
  context: { readonly project: Project; readonly stores: (url: string) => ObjectStore },
  find: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (!isLakefillError(error, 'RUN_UNKNOWN')) throw error;
    for (const dataset of context.project.datasets) {
      const store = context.stores(dataset.layout.root.store);
      await refuseLostJournal(dataset, store, () => readJournal(store, controlOf(context, dataset)), {
        signal,
      });
    }
    throw error;
  }
}
