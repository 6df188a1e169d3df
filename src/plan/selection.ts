/** What a person asks for: which keys, of which statuses. Raw words as typed; resolved per dataset against its zone and keys. */

export interface SelectionOptions {
  /** Dataset names; empty: all. */
  readonly datasets?: readonly string[];
  /** Date, instant, `30d`, `yesterday`. */
  readonly from?: string;
  readonly to?: string;
  /** Keys, key globs (`dt=2025-01-*`), key ranges (`dt=2025-01-01..2025-01-07`). */
  readonly partitions?: readonly string[];
  readonly exclude?: readonly string[];
  readonly tags?: readonly string[];
  /** Statuses, reason codes, `failed`, `all`. Default: missing, unreadable, input-changed. */
  readonly only?: readonly string[];
  readonly withDownstream?: boolean;
  /** `2/8`: the keys whose stable hash falls in the second of eight shards. */
  readonly shard?: string;
}
