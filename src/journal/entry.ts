/**
 * Journal entries: what is written once and never changed. The state of a dataset is the fold of its entries.
 *
 * Phases of a key, and the facts that move it (anything else is JOURNAL_CORRUPT when read, a lost race when written):
 *
 *     stable    --promoting-->  promoting      base generation must be the key's
 *     promoting --cleaning-->   cleaning       same attempt; the point of no return
 *     promoting --aborting-->   aborting       same attempt; before the first abort or deletion
 *     promoting --published-->  stable         same attempt; a creation (nothing to remove)
 *     cleaning  --published-->  stable         same attempt
 *     aborting  --withdrawn-->  stable         same attempt; generation as before
 *     stable    --ended | refreshed | adopted | retained-dropped-->  stable
 */
import type { Column } from '../engine/transform-engine.js';
import type { PreparedUpload } from '../store/object-store.js';
import type { Fingerprint } from '../core/fingerprint.js';

export const ENTRY_FORMAT = 'lakefill.journal/1';

export type Phase = 'stable' | 'promoting' | 'aborting' | 'cleaning';

/** A data object of a partition as the journal names it. `name` is relative to the partition's prefix. */
export interface JournalFile {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
  /** Lower-case hex; null for adopted objects that were never read. */
  readonly sha256: string | null;
}

/** Versions of what was read for a key. */
export interface InputRecord {
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
  /** versionDigest over the objects read; paths are store paths. */
  readonly version: string;
  /** False: recorded only, a change does not make the key stale. */
  readonly tracked: boolean;
}

/** What a generation is made of and from: everything that status and history need to know. */
export interface GenerationRecord {
  readonly inputs: readonly InputRecord[];
  readonly definition: Fingerprint;
  readonly rows: number | null;
  readonly schema: readonly Column[] | null;
  /** SHA-256 over the files' SHA-256 in order; null for adopted content. */
  readonly contentHash: string | null;
  /** True when inputs and definition were assumed (adopt), not observed. */
  readonly assumed: boolean;
}

export type Outcome =
  | 'promoted'
  | 'unchanged'
  | 'adopted'
  | 'staged'
  | 'rejected'
  | 'failed'
  | 'conflict'
  | 'blocked'
  | 'skipped'
  | 'cancelled';

export interface PromotingFact {
  readonly fact: 'promoting';
  readonly key: string;
  readonly attempt: string;
  readonly plan: string;
  /** Generation that will exist when this attempt is published: one more than the highest the key ever had. */
  readonly generation: number;
  readonly base: { readonly generation: number | null; readonly version: string };
  /** New files with their uploads, in order. Empty: the partition becomes empty. */
  readonly add: readonly PreparedUpload[];
  /** Objects of the base to remove: names relative to the partition's prefix, with etags. */
  readonly remove: readonly JournalFile[];
  /** Store prefix where the removed generation can be found afterwards; null: not kept. */
  readonly retained: string | null;
  readonly record: GenerationRecord;
  /** Digest of the definition and inputs behind `record`, for `tried-before`. */
  readonly tried: string;
  /**
   * Set when this attempt restores what stood there before a run (rollback). `contentOf` names the run whose content comes
   * back; null when it is content that lakefill did not make, or absence.
   */
  readonly restores: {
    readonly run: string;
    readonly contentOf: string | null;
    /** True: the key becomes absent again. */
    readonly absent: boolean;
    /** Digest of what was undone: the key is held while it is still current. */
    readonly undone: string;
  } | null;
}

export interface CleaningFact {
  readonly fact: 'cleaning';
  readonly key: string;
  readonly attempt: string;
  /** Etags of the new files as they stand, in the order of `add`. */
  readonly etags: readonly string[];
}

export interface AbortingFact {
  readonly fact: 'aborting';
  readonly key: string;
  readonly attempt: string;
  readonly reason: string;
}

export interface PublishedFact {
  readonly fact: 'published';
  readonly key: string;
  readonly attempt: string;
  readonly files: readonly JournalFile[];
  /** Names found beside ours that nobody expected: kept, reported. */
  readonly foreign: readonly string[];
}

export interface WithdrawnFact {
  readonly fact: 'withdrawn';
  readonly key: string;
  readonly attempt: string;
  /** Names of the attempt's files: one that appears later is ours to delete. */
  readonly revoked: readonly string[];
  readonly reason: string;
}

/** A key ended in a run without a publication: rejected, failed, conflict, cancelled ... Counts towards `tried-before`. */
export interface EndedFact {
  readonly fact: 'ended';
  readonly key: string;
  readonly attempt: string;
  readonly outcome: Exclude<Outcome, 'promoted' | 'unchanged' | 'adopted'>;
  readonly code: string;
  readonly message: string;
  /** Digest of definition and inputs that were tried. */
  readonly tried: string;
}

/**
 * Identical output: the current generation now has these inputs and this definition. With `files` only the versions of its
 * files are new (the lake was copied); the record is the one before.
 */
export interface RefreshedFact {
  readonly fact: 'refreshed';
  readonly key: string;
  readonly attempt: string;
  readonly plan: string;
  readonly generation: number;
  readonly record: GenerationRecord;
  /** The files of the generation as they stand: other etags, the same names, sizes and SHA-256. */
  readonly files?: readonly JournalFile[];
}

/** Files that stand there are taken over as they are: from here on they are the key's current generation. */
export interface AdoptedFact {
  readonly fact: 'adopted';
  readonly key: string;
  readonly attempt: string;
  /** More than the highest that the key ever had: a key that moved since it was looked at refuses the fact. */
  readonly generation: number;
  readonly files: readonly JournalFile[];
  readonly record: GenerationRecord;
  /** The files are lakefill's own, and the journal that named them was lost. */
  readonly rebuilt?: boolean;
}

/** gc is about to delete these retained generations; from here on no rollback may use them. */
export interface RetainedDroppedFact {
  readonly fact: 'retained-dropped';
  readonly key: string;
  readonly attempt: string;
  /** `RetainedGeneration.sequence` of each. */
  readonly sequences: readonly number[];
}

export type Fact =
  | PromotingFact
  | CleaningFact
  | AbortingFact
  | PublishedFact
  | WithdrawnFact
  | EndedFact
  | RefreshedFact
  | AdoptedFact
  | RetainedDroppedFact;

export interface JournalEntry {
  readonly format: typeof ENTRY_FORMAT;
  /** 1-based; equals the number in the object's name. */
  readonly sequence: number;
  readonly run: string;
  /** ISO instant by the writer's clock; information only. */
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
  /** Name of the dataset for which it was written; absent in entries of before. Decides nothing: a dataset may be renamed any day. */
  readonly dataset?: string | undefined;
  /** Random; tells our own entry from another's after an unknown result. */
  readonly nonce: string;
  readonly facts: readonly Fact[];
}

/** What stood at a key before a generation replaced it: what a rollback of that generation's run restores. */
export interface RetainedGeneration {
  /** Null: the key was absent (no files), or the files were not lakefill's. */
  readonly generation: number | null;
  /** Store prefix that holds the files under their names; null when nothing was kept (no files, or rollback not wanted). */
  readonly prefix: string | null;
  readonly files: readonly JournalFile[];
  readonly record: GenerationRecord | null;
  /** Run whose content this is; null when not lakefill's or absent. */
  readonly contentOf: string | null;
  /** The run whose content replaced it, and the attempt. */
  readonly replacedBy: string;
  readonly attempt?: string;
  /** Sequence of the entry that replaced it, and its `at`. */
  readonly sequence: number;
  readonly at: string;
}

/** Who wrote what a key says of itself. */
export interface Writer {
  readonly dataset: string;
  readonly run: string;
}

export interface Attempt extends PromotingFact {
  readonly run: string;
  /** Absent where the entry named no dataset. */
  readonly writer?: Writer | null;
  readonly etags: readonly string[] | null;
}

/** State of one key after a fold. */
export interface KeyState {
  readonly key: string;
  readonly phase: Phase;
  /** Generation that readers find; null: absent (never made, or restored to absence). */
  readonly generation: number | null;
  /** Highest generation number ever used. */
  readonly highest: number;
  /** Files of the current generation; empty with generation != null means produced empty. */
  readonly files: readonly JournalFile[];
  readonly record: GenerationRecord | null;
  /** Run whose content the current generation is (a restoration keeps the original's); null when not lakefill's or absent. */
  readonly contentOf: string | null;
  /** Run and plan that published the current generation; null when adopted or never made. */
  readonly madeBy: { readonly run: string; readonly plan: string; readonly at: string } | null;
  /** By whom `record` was written; null or absent where the entry named no dataset. */
  readonly writer?: Writer | null;
  /** The attempt in flight; null when stable. */
  readonly attempt: Attempt | null;
  /** The last attempt that came to an end, and how. */
  readonly settled: { readonly attempt: string; readonly how: 'published' | 'withdrawn' } | null;
  readonly retained: readonly RetainedGeneration[];
  /** Names of withdrawn attempts that may still appear. */
  readonly revoked: readonly string[];
  readonly foreign: readonly string[];
  /** Last end without publication, and how many in a row with the same `tried`. */
  readonly lastEnded: {
    readonly run: string;
    /** `EndedFact.attempt`: the same end is not counted twice. */
    readonly attempt?: string;
    readonly at: string;
    readonly outcome: Outcome;
    readonly code: string;
    readonly message: string;
    readonly tried: string;
    readonly times: number;
  } | null;
  /** Definition and inputs digest that a rollback undid: held while it is still current. */
  readonly undone: { readonly run: string; readonly tried: string } | null;
}

/** Fold of entries 1..sequence. Key states are immutable; the map of a writer's own journal goes on growing. */
export interface JournalState {
  /** Last folded entry; 0 for an empty journal. */
  readonly sequence: number;
  readonly keys: ReadonlyMap<string, KeyState>;
}
