/** What a scan of one dataset found: the statuses, and the facts that a plan needs beside them. */
import type { Fingerprint } from '../core/fingerprint.js';
import type { Instant } from '../core/instant.js';
import type { Dataset } from '../dataset/dataset.js';
import type { TableFormat } from './inventory.js';
import type { InputState } from './key-facts.js';
import type { LostJournal } from './lost-journal.js';
import type { PartitionStatus, Reason } from './status.js';
import type { Upstream } from './upstream.js';

export interface ScannedKey extends PartitionStatus {
  /** In the order of the definition; empty where no row needed them (not expected, not due, unknown). */
  readonly inputStates: readonly InputState[];
  /** The partition's prefix in the store: names of journal files are relative to it. */
  readonly prefix: string;
  /** Run of the live lease that names the key. */
  readonly liveRun: string | null;
  /** Recorded, or read from the footers of a deep scan; null when not known. */
  readonly rows: number | null;
}

export interface DatasetScan {
  readonly dataset: Dataset;
  readonly asOf: Instant;
  /** Expected keys in the order of time, then the unexpected ones by name. Only those that were wanted. */
  readonly keys: readonly ScannedKey[];
  /** Folded entries of the journal; 0 when it could not be read. */
  readonly journalSequence: number;
  readonly definition: Fingerprint;
  /** A table format under the root: nothing may be written. */
  readonly tableFormat: TableFormat | null;
  /** Files of lakefill that the journal does not know: nothing may be written until that is settled. */
  readonly lost: LostJournal | null;
  /** Why no key is known although there may be some: the input that `from` names could not be listed whole. Then `notes` says it too. */
  readonly undiscovered: Reason | null;
  /** By input name, for inputs that other datasets make. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly notes: readonly Reason[];
}
