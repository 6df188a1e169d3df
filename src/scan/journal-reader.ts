/** What scan needs of a dataset's journal. Reading writes nothing; a failed read throws and is never an empty journal. */
import type { JournalState } from '../journal/entry.js';

export interface JournalReader {
  /** The state as it is now, not one remembered from before the call. `from`: an earlier answer, to go on from. */
  read(from?: JournalState): Promise<JournalState>;
  /** Keys that live runs work on, with the run. */
  liveKeys(): Promise<ReadonlyMap<string, { readonly run: string }>>;
}
