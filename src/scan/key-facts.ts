/** Everything that decides the status of one key, as plain facts. Gathered by scan.ts, judged by status-table.ts. */
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import type { InputRecord, KeyState } from '../journal/entry.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { Reason } from './status.js';

/** What an upstream has yet to make: all of these keys of it, or any. */
export interface AwaitedKeys {
  readonly dataset: string;
  readonly keys: readonly string[];
  readonly need: 'all' | 'any';
}

export interface InputState {
  readonly name: string;
  /** URL of the store that holds its objects. */
  readonly store: string;
  /** A change of it makes the key stale. */
  readonly tracked: boolean;
  /** Why nothing is known of it; null when it was listed. */
  readonly failure: string | null;
  /** As it stands now; null with `failure`. */
  readonly record: InputRecord | null;
  readonly objects: readonly ObjectInfo[];
  /** Last write to any object, by the store's clock; null without objects. */
  readonly newest: Instant | null;
  /** Why a partition cannot be made from it now: `input-missing`, `input-unreadable`, ... Empty: it can. */
  readonly blockers: readonly Reason[];
  /** What another dataset has yet to make for it; null when nothing of that is missing. */
  readonly awaits: AwaitedKeys | null;
  /** An upstream key is being published or was left half-published: what is listed may be old and new together. */
  readonly unsteady: string | null;
}

export interface KeyFacts {
  readonly partition: PartitionKey;
  /** The partition's prefix for people: `s3://lake/clean/sales/dt=2025-01-03/`. */
  readonly shownPrefix: string;
  /** The same in the store: names of journal files are relative to it. */
  readonly prefix: string;
  /** Why the target's listing or the journal cannot be used; null when both can. */
  readonly failure: Reason | null;
  readonly expected: boolean;
  /** The key has the layout's form; otherwise it can only be unexpected. */
  readonly parses: boolean;
  readonly due: Instant | null;
  readonly now: Instant;
  readonly objects: readonly ObjectInfo[];
  readonly state: KeyState | null;
  /** The journal's view of it changed during every listing. */
  readonly moved: boolean;
  /** Run of the live lease that names the key. */
  readonly liveRun: string | null;
  /** An unexpected prefix with data that seems to mean this key. */
  readonly otherSpelling: string | null;
  /** What the bytes of the objects that were compared with the journal's SHA-256 are, by path. */
  readonly content: ReadonlyMap<string, 'recorded' | 'other'>;
  /** Why each unreadable object is unreadable, by path. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Milliseconds, by the store's clock, since the youngest unreadable object was written; null when not asked. */
  readonly unreadableAge: number | null;
  /** Empty for a key that is not expected or not due. */
  readonly inputs: readonly InputState[];
  /** The recorded definition against today's; `unrecorded` without a record, or where the dataset ignores it. */
  readonly definition: 'equal' | 'different' | 'incomparable' | 'unrecorded';
  /** `stale.olderThan` in milliseconds; null: never expires. */
  readonly olderThan: number | null;
  /** `stale.smallFiles`; null: files are never too small. */
  readonly smallFiles: Dataset['stale']['smallFiles'];
}
