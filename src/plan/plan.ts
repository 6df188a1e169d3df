/**
 * A plan: exactly what a run would do. Data only, JSON as it stands (`lakefill.plan/1`); explain and apply read the same value.
 */
import type { Outcome } from '../journal/entry.js';
import type { Reason, Status } from '../scan/status.js';

export const PLAN_FORMAT = 'lakefill.plan/1';

export interface PlannedInput {
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
  /** Digest over sorted (path, size, ETag). */
  readonly version: string;
}

/** An input that another task of the plan makes: its version is taken when that task ends. */
export interface AwaitedInput {
  readonly name: string;
  /** Ids (`dataset/key`) of the tasks that make it. */
  readonly tasks: readonly string[];
}

export interface Task {
  readonly key: string;
  readonly action: 'create' | 'replace';
  /** ISO instants, half-open; null without a time variable. */
  readonly start: string | null;
  readonly end: string | null;
  readonly reasons: readonly Reason[];
  readonly inputs: readonly (PlannedInput | AwaitedInput)[];
  readonly base: {
    readonly generation: number | null;
    readonly objects: number;
    readonly bytes: number;
    readonly version: string;
  };
}

export interface HeldKey {
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** The flag or command that includes it. */
  readonly hint: string;
  /** As scanned: `missing`, `unreadable` and `blocked` are holes for readers. Absent in plans of older versions. */
  readonly status?: Status | undefined;
  /** ISO instants, half-open; null without a time variable. Absent in plans of older versions. */
  readonly start?: string | null | undefined;
  readonly end?: string | null | undefined;
}

/** How to execute; part of the plan so that `apply` does the same. */
export interface PlanOptions {
  readonly concurrency: number | null;
  /** Keys per batch promoted as a unit: a count of units (`7d`); null: each key by itself. */
  readonly batch: string | null;
  readonly order: 'oldest' | 'newest';
  readonly canary: boolean;
  readonly maxFailures: number | null;
  readonly stageOnly: boolean;
  readonly together: boolean;
  /** Check names accepted although they fail. */
  readonly accept: readonly string[];
}

export interface DatasetPlan {
  readonly dataset: string;
  readonly target: string;
  /** Fingerprint digest of the definition that was planned. */
  readonly definition: string;
  readonly journalSequence: number;
  /** Digest of checks and write options. */
  readonly checks: string;
  /** What cannot be promised or checked, in words: rows not checked against the key, ... */
  readonly warnings: readonly string[];
  /** What a reader can rely on while this plan is applied. */
  readonly guarantee: string;
  readonly tasks: readonly Task[];
  readonly held: readonly HeldKey[];
  /** Keys of the selection of which nothing could be found out: nothing is decided about them, and a run exits 1. */
  readonly unknown: readonly HeldKey[];
  /** Fresh keys in the selection that were not selected for work. */
  readonly fresh: number;
}

export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly id: string;
  readonly createdAt: string;
  /** The one `now` of the plan. */
  readonly asOf: string;
  readonly reason: string | null;
  readonly requestedBy: string;
  readonly options: PlanOptions;
  readonly datasets: readonly DatasetPlan[];
  /** Why `run` and `apply` refuse this plan although it can be shown; null when they do not. */
  readonly refused: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly estimate: {
    readonly partitions: number;
    readonly readBytes: number;
    readonly writeBytes: number;
    readonly requests: number;
    /** From earlier runs of the same datasets; null when there were none. */
    readonly seconds: number | null;
  };
}

export type { Outcome };
