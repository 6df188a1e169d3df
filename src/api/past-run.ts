/**
 * The document of an earlier run, for people who ask now: what it left staged is only told while it still waits, and a journal that was
 * lost since then is said. Reads only.
 */
import { isLakefillError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { readJournal } from '../journal/read.js';
import { controlOf } from '../run/open-dataset.js';
import { isWaiting } from '../run/promotable.js';
import type { RunDocument } from '../run/run-document.js';
import type { TimedContext } from './history.js';
import { runDocument } from './history.js';
import { historyNotes, withNotes } from './history-notes.js';
import { findRun } from './lost-first.js';
import { stagedBy } from './staged.js';

/**
 * As recorded, without `stagedUntil` when none of its staged output can be published any more, with `notes` on its datasets. Throws
 * RUN_UNKNOWN, or JOURNAL_LOST instead when the run may have been lost with a journal.
 */
export async function pastRun(
  context: TimedContext,
  run: string,
  signal?: AbortSignal,
): Promise<RunDocument> {
  const document = await findRun(context, () => runDocument(context, run), signal);
  const { stagedUntil, ...ended } = document;
  const names = new Set(document.datasets.map(({ dataset }) => dataset));
  const datasets = context.project.datasets.filter(({ name }) => names.has(name));
  const notes = await historyNotes(context, datasets, signal);
  const isWaiting = stagedUntil !== undefined && (await waits(context, run, context.clock.now()));
  return { ...(isWaiting ? document : ended), ...withNotes(notes) };
}

/** False also where it cannot be found out: then nothing could be published. */
async function waits(context: TimedContext, run: string, now: Instant): Promise<boolean> {
  try {
    for (const { dataset, records } of await stagedBy(context, run)) {
      const { keys } = await readJournal(
        context.stores(dataset.layout.root.store),
        controlOf(context, dataset),
      );
      if (records.some((record) => isWaiting(record, keys.get(record.key)?.generation ?? null, now)))
        return true;
    }
    return false;
  } catch (error) {
    if (isLakefillError(error) && error.code !== 'CANCELLED') return false;
    throw error;
  }
}
