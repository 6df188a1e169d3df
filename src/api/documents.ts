/** Documents that the verbs return and `--json` prints, other than plans (plan/plan.ts) and runs (run/run-document.ts). */
import type { Outcome } from '../journal/entry.js';
import type { GcItem } from '../publish/garbage.js';
import type { HistoryNote } from '../run/run-document.js';
import type { Reason, Status } from '../scan/status.js';

export interface ScannedPartition {
  readonly key: string;
  /** ISO instants, half-open; null without a time variable. */
  readonly start: string | null;
  readonly end: string | null;
  readonly status: Status;
  readonly reasons: readonly Reason[];
  readonly notes: readonly Reason[];
  readonly managed: boolean;
  readonly generation: number | null;
  readonly files: number;
  readonly bytes: number;
  readonly rows: number | null;
  /** Newest object, ISO. */
  readonly lastModified: string | null;
}

export interface ScannedDataset {
  readonly dataset: string;
  readonly target: string;
  readonly grain: string | null;
  readonly timezone: string | null;
  readonly counts: Readonly<Partial<Record<Status, number>>>;
  /** Of the counts: partitions with files that no journal entry accounts for. */
  readonly unmanaged: Readonly<Partial<Record<Status, number>>>;
  readonly partitions: readonly ScannedPartition[];
  /** Remarks about the dataset as a whole: a selection that was widened, a listing that failed. */
  readonly notes: readonly Reason[];
}

export interface ScanDocument {
  readonly format: 'lakefill.scan/1';
  readonly asOf: string;
  readonly datasets: readonly ScannedDataset[];
}

export interface HistoryRun {
  readonly run: string;
  readonly plan: string | null;
  readonly command: string;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
  readonly datasets: readonly string[];
}

/** One thing that happened to one key, from the journal. */
export interface HistoryKeyEvent {
  readonly dataset: string;
  readonly key: string;
  readonly sequence: number;
  readonly at: string;
  readonly run: string;
  readonly by: string;
  readonly what: string;
  readonly generation: number | null;
  readonly rows: number | null;
  readonly message: string | null;
}

export interface HistoryDocument {
  readonly format: 'lakefill.history/1';
  /** Newest first. */
  readonly runs: readonly HistoryRun[];
  /** With a partition selection: what happened to those keys, newest first. */
  readonly events: readonly HistoryKeyEvent[];
  /** Patterns of that selection of which nothing is recorded, each with the nearest key that is. */
  readonly unmatched?: readonly { readonly partition: string; readonly nearest: string | null }[];
  /** Datasets whose journal was lost or cannot be read, so that their history is not all here; absent where there are none. */
  readonly notes?: readonly HistoryNote[];
}

export interface RecoverDocument {
  readonly format: 'lakefill.recover/1';
  readonly datasets: readonly {
    readonly dataset: string;
    /** Keys whose files were copied or restored, and whose versions are recorded now (dry run: would be). */
    readonly copied: number;
    /** Work files and expired output of runs that are over, which `gc` removes; absent where there are none. */
    readonly leftovers?: { readonly objects: number; readonly bytes: number };
    readonly keys: readonly {
      readonly key: string;
      readonly run: string;
      readonly phase: string;
      readonly result: 'promoted' | 'withdrawn' | 'conflict' | 'in-flight' | 'failed';
      readonly message: string;
    }[];
  }[];
}

export interface GcDocument {
  readonly format: 'lakefill.gc/1';
  readonly dryRun: boolean;
  /** Patterns of the keys that were purged; absent for a general collection. */
  readonly purge?: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  readonly datasets: readonly {
    readonly dataset: string;
    /** Of which `path` is a path: `file:///`, `s3://bucket/`. */
    readonly store: string;
    readonly items: readonly GcItem[];
  }[];
}

/** One key of the selection of `adopt`; keys that the journal names as they stand are only counted. */
export interface AdoptedPartition {
  readonly key: string;
  /** ISO instants, half-open; null without a time variable. */
  readonly start: string | null;
  readonly end: string | null;
  /** `conflict`: another writer moved it first. `cancelled`: interrupted before it. */
  readonly result: 'adopted' | 'left' | 'conflict' | 'cancelled';
  /** Of the adopted files; null for the others. */
  readonly generation: number | null;
  readonly files: number;
  readonly bytes: number;
  /** Why it was not adopted: code, words, and what would change that. */
  readonly code: string | null;
  readonly message: string | null;
  readonly hint: string | null;
}

export interface AdoptDocument {
  readonly format: 'lakefill.adopt/1';
  readonly run: string;
  readonly dryRun: boolean;
  /** A new journal after the old one was lost. */
  readonly rebuild: boolean;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly datasets: readonly {
    readonly dataset: string;
    readonly target: string;
    /** Keys that the journal names exactly as they stand: nothing to do. */
    readonly managed: number;
    readonly partitions: readonly AdoptedPartition[];
    readonly notes: readonly Reason[];
  }[];
}

/** One thing that `doctor` looked at. */
export interface DoctorCheck {
  /** Stable: `node`, `list`, `put-if-absent`, ... */
  readonly name: string;
  /** Null for what concerns the machine or a whole store. */
  readonly dataset: string | null;
  /** URL; null for what concerns no store. */
  readonly store: string | null;
  readonly passed: boolean;
  /** False: lakefill works without it, in another way or with less comfort. */
  readonly needed: boolean;
  /** What was seen, in words. */
  readonly evidence: string;
  /** What to do; null when passed. */
  readonly hint: string | null;
  readonly seconds: number;
}

export interface DoctorDocument {
  readonly format: 'lakefill.doctor/1';
  readonly asOf: string;
  /** The machine's first, then each store's, then dataset by dataset. */
  readonly checks: readonly DoctorCheck[];
}
