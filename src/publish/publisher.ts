/** The port to a kind of table: how a validated partition becomes the one that readers find, and how it is undone. */
import type { Clock } from '../clock.js';
import type { Layout } from '../core/layout.js';
import type { ControlPaths } from '../journal/control.js';
import type { JournalFile, PromotingFact } from '../journal/entry.js';
import type { Journal } from '../journal/journal.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { ValidatedPartition } from './content.js';

/** Everything a publisher works with, for one dataset and one run. */
export interface PublishContext {
  readonly store: ObjectStore;
  readonly layout: Layout;
  readonly control: ControlPaths;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Milliseconds for which the replaced generation stays restorable; 0: it is not kept. */
  readonly rollbackKeep: number;
}

export interface PromoteRequest {
  readonly content: ValidatedPartition;
  readonly plan: string;
  readonly tried: string;
  /** The base: what readers find now, as the plan saw it. */
  readonly base: { readonly generation: number | null; readonly objects: readonly ObjectInfo[] };
  readonly restores: PromotingFact['restores'];
}

/** How a publication ended. `conflict` changed nothing that readers see, unless `foreign` says what is there beside ours. */
export type PublishResult =
  | {
      readonly outcome: 'promoted';
      readonly key: string;
      readonly generation: number;
      readonly files: readonly JournalFile[];
    }
  | {
      readonly outcome: 'conflict';
      readonly key: string;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      readonly foreign: readonly string[];
    };

export interface Publisher {
  /** Data objects that readers of this key find now. */
  current(context: PublishContext, key: string): Promise<ObjectInfo[]>;
  /**
   * Promotes the requests as one unit: all become visible or none does. Results in the order of the requests. An aborted
   * signal is heeded until the intent is recorded; afterwards the publication is finished. Throws the store's or journal's
   * error when it cannot go on: every key then is before its intent, or has a phase that `settle` can finish.
   */
  promote(
    context: PublishContext,
    requests: readonly PromoteRequest[],
    signal?: AbortSignal,
  ): Promise<readonly PublishResult[]>;
  /** Finishes an attempt that the journal shows in flight: forward where possible (or asked: abort), else undone; never undone where only its files are left. Idempotent. */
  settle(
    context: PublishContext,
    attempt: string,
    wish: 'forward' | 'abort',
  ): Promise<readonly PublishResult[]>;
}
