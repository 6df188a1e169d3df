/** What scan says of a partition. The truth table that decides is status-table.ts. */
import type { PartitionKey } from '../core/partition-key.js';
import type { Instant } from '../core/instant.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { InputRecord, KeyState } from '../journal/entry.js';

export const STATUSES = [
  'fresh',
  'missing',
  'stale',
  'blocked',
  'pending',
  'unexpected',
  'unreadable',
  'unknown',
] as const;
export type Status = (typeof STATUSES)[number];

export interface Reason {
  /** Stable code: `absent`, `input-changed`, `modified-outside`, ... */
  readonly code: string;
  /** For people: what, and where. */
  readonly message: string;
  /** What to do, where the cause says it better than the code. */
  readonly hint?: string;
}

export interface PartitionStatus {
  readonly partition: PartitionKey;
  readonly due: Instant | null;
  readonly status: Status;
  /** Why; empty for plain `fresh`. Several only within one status, the first decided. */
  readonly reasons: readonly Reason[];
  /** Remarks that change nothing, such as `input-gone`. */
  readonly notes: readonly Reason[];
  /** True when a journal entry names the key's content. */
  readonly managed: boolean;
  /** Data objects that stand there now, by path. */
  readonly objects: readonly ObjectInfo[];
  /** Inputs as they stand now; null where they could not be read or are not needed. */
  readonly inputs: readonly InputRecord[] | null;
  /** The journal's view of the key; null when it names none. */
  readonly state: KeyState | null;
}
