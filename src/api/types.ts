/** The library's verbs. The command line turns argv into these options and renders these results, nothing more. */
import type { Plan } from '../plan/plan.js';
import type { SelectionOptions } from '../plan/selection.js';
import type { EventListener } from '../run/events.js';
import type { DiffDocument } from '../run/diff-document.js';
import type { RunDocument } from '../run/run-document.js';
import type { Dataset, ProjectSettings } from '../dataset/dataset.js';
import type {
  AdoptDocument,
  DoctorDocument,
  GcDocument,
  HistoryDocument,
  RecoverDocument,
  ScanDocument,
} from './documents.js';

export interface CommonOptions {
  readonly signal?: AbortSignal;
}

export interface ScanOptions extends CommonOptions, SelectionOptions {
  /** Also read the footer of every target file and compare local files with their recorded SHA-256. */
  readonly deep?: boolean;
}

export interface ExecutionOptions {
  readonly concurrency?: number;
  readonly batch?: string;
  readonly order?: 'oldest' | 'newest';
  readonly canary?: boolean;
  readonly maxFailures?: number;
  readonly stageOnly?: boolean;
  readonly together?: boolean;
  readonly reason?: string;
  readonly accept?: readonly string[];
  /** First N tasks in order; `all` lifts `limits.partitions`. */
  readonly limit?: number | 'all';
  /** Bytes of input. */
  readonly maxBytes?: number;
  readonly overwriteExternal?: boolean;
}

export interface PlanRequest extends CommonOptions, SelectionOptions, ExecutionOptions {
  readonly deep?: boolean;
}

export interface WriteRequest extends CommonOptions {
  readonly onEvent?: EventListener;
  /** Same code path, nothing written. */
  readonly dryRun?: boolean;
  /** The user says that no other writer exists; lifts what a store cannot enforce. */
  readonly singleWriter?: boolean;
  /** `run`, `apply`, ...: for the run document. */
  readonly command?: string;
}

export interface ApplyRequest extends WriteRequest {
  /** Milliseconds after which no further batch (without batches: partition) begins; what has begun goes to its end. */
  readonly stopAfter?: number;
}

export interface RollbackRequest extends WriteRequest {
  readonly partitions?: readonly string[];
  readonly reason?: string;
}

export interface AdoptRequest
  extends WriteRequest, Omit<SelectionOptions, 'only' | 'withDownstream' | 'shard'> {
  /** Make a new journal of lakefill's own files, after the old one was lost. */
  readonly rebuild?: boolean;
  readonly reason?: string;
}

/** Keys of one run. */
export interface RunKeysRequest {
  /** Keys, key globs, key ranges. */
  readonly partitions?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

export interface DiscardRequest extends WriteRequest, RunKeysRequest {
  readonly reason?: string;
}

export interface PromoteRequest extends DiscardRequest {
  /** All of a dataset's chosen keys or none. */
  readonly together?: boolean;
}

export interface DiffRequest extends CommonOptions, RunKeysRequest {
  /** Its staged output against what readers find, or what it published against what stood there before. */
  readonly run?: string;
  /** Without a run, which needs `partitions`: what readers find against the generation before. */
  readonly datasets?: readonly string[];
}

export interface DoctorOptions extends CommonOptions {
  /** Default: all. */
  readonly datasets?: readonly string[];
}

export interface GcRequest extends WriteRequest {
  /** Default: all. */
  readonly datasets?: readonly string[];
  /** Keys, key globs, key ranges: their earlier copies go now, whatever their age, and nothing else does. */
  readonly purge?: readonly string[];
}

export interface HistoryRequest extends CommonOptions {
  readonly datasets?: readonly string[];
  readonly run?: string;
  readonly partitions?: readonly string[];
  /** At most this many runs, newest first. */
  readonly limit?: number;
}

export interface LakefillProject {
  readonly settings: ProjectSettings;
  readonly datasets: readonly Dataset[];
  scan(options?: ScanOptions): Promise<ScanDocument>;
  plan(options?: PlanRequest): Promise<Plan>;
  apply(plan: Plan, options?: ApplyRequest): Promise<RunDocument>;
  /** Re-plans and applies the keys of that run that did not end well. */
  retry(run: string, options?: ApplyRequest & ExecutionOptions): Promise<RunDocument>;
  /** What `retry` would apply. */
  planRetry(run: string, options?: CommonOptions & ExecutionOptions): Promise<Plan>;
  /** Compares two contents of partitions, one after the other; changes nothing. */
  diff(options: DiffRequest): Promise<DiffDocument>;
  /** Publishes what a run with `stageOnly` left, key by key; what was refused, moved or expired says so and stays. */
  promote(run: string, options?: PromoteRequest): Promise<RunDocument>;
  /** Removes what a run left staged; such keys end `skipped`, code `discarded`. */
  discard(run: string, options?: DiscardRequest): Promise<RunDocument>;
  rollback(run: string, options?: RollbackRequest): Promise<RunDocument>;
  /** Runs, and events of selected keys. */
  history(options?: HistoryRequest): Promise<HistoryDocument>;
  /** The document of one run; without `stagedUntil` when nothing of what it staged waits any more. Throws RUN_UNKNOWN and JOURNAL_LOST. */
  runDocument(run: string, options?: CommonOptions): Promise<RunDocument>;
  recover(options?: WriteRequest & { readonly datasets?: readonly string[] }): Promise<RecoverDocument>;
  /** With `purge` only that: throws SELECTION_INVALID for a pattern that matches no partition. */
  gc(options?: GcRequest): Promise<GcDocument>;
  /**
   * Takes over partitions that something else wrote, as they stand: only the journal is written. Idempotent. Throws JOURNAL_LOST where
   * the journal is lost and `rebuild` was not asked for, USAGE where it was and nothing is lost.
   */
  adopt(options?: AdoptRequest): Promise<AdoptDocument>;
  /** Checks this machine, the stores and the control objects by trying, and remembers what the stores proved. */
  doctor(options?: DoctorOptions): Promise<DoctorDocument>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Folder of the project or below it; default: the working directory, upwards to the first `lakefill.yaml` or `partitions/`. */
  readonly dir?: string;
}
