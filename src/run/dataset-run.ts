/** What every task of a dataset shares in one run, and how a task can stand before its publication. */
import type { LimitFunction } from 'p-limit';
import type { CompiledChecks } from '../check/compile.js';
import type { LakefillError } from '../core/errors.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import type { GenerationRecord } from '../journal/entry.js';
import type { Task } from '../plan/plan.js';
import type { ValidatedPartition } from '../publish/content.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { RunContext } from './context.js';
import type { Step } from './events.js';
import type { OpenDataset } from './open-dataset.js';
import type { Leftovers } from './leftovers.js';
import { outcomeOf } from './outcome.js';
import type { PartitionOutcome } from './run-document.js';
import type { SchemaBaseline } from './schema-baseline.js';
import type { Workspace } from './workspace.js';

export interface DatasetRun {
  readonly context: RunContext;
  readonly engine: TransformEngine;
  readonly open: OpenDataset;
  readonly run: string;
  readonly plan: string;
  readonly accept: readonly string[];
  /** Nothing is promoted: what passes is left for a decision. */
  readonly stageOnly: boolean;
  readonly together: boolean;
  /** Until when staged output of this run is kept, ISO. */
  readonly stagingExpires: string;
  readonly definition: Fingerprint;
  /** Why none of its tasks can be done; null when they can. */
  readonly failure: LakefillError | null;
  readonly checks: CompiledChecks;
  /** Schema that the output is held against. */
  readonly baseline: SchemaBaseline;
  readonly workspace: Workspace;
  readonly leftovers: Leftovers;
  readonly threads: number;
  readonly limit: LimitFunction;
  readonly step: (key: string, step: Step) => void;
  /** Says that work on the key begins, and what is tried. */
  readonly begin: (key: string, tried: string) => void;
}

/** Output that passed its checks and stands under the staging prefix. */
export interface Staged {
  readonly outcome: PartitionOutcome;
  readonly tried: string;
  readonly base: { readonly generation: number | null; readonly objects: readonly ObjectInfo[] };
  /** Once promoted its files stand where readers found none. */
  readonly appears: boolean;
  readonly partition: ValidatedPartition;
}

/** A task that is over before any publication. `tried` null: nothing was tried, so the end is not held against the key. */
export interface Ended {
  readonly ended: true;
  readonly outcome: PartitionOutcome;
  readonly tried: string | null;
  /** The output is what readers find already: its new record. */
  readonly refreshed?: GenerationRecord;
}

export type TaskEnd = Ended | { readonly ended: false; readonly staged: Staged };

export function ended(
  task: Task,
  outcome: PartitionOutcome['outcome'],
  error: NonNullable<PartitionOutcome['error']>,
  known: Partial<PartitionOutcome> = {},
  tried: string | null = null,
): Ended {
  return {
    ended: true,
    tried,
    outcome: outcomeOf(task.key, outcome, { generation: task.base.generation, ...known, error }),
  };
}
