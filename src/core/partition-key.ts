/** One partition's identity: the key as it stands in paths, and what it decodes to. */
import type { Interval } from './interval.js';

/**
 * Values of the partition variables by name. A time variable's value is the canonical text of its unit (the
 * default format of its grain, such as `2025-01-03` or `2025-01`), whatever the layout writes; another
 * variable's value is its decoded text; `null` is Hive's NULL (`__HIVE_DEFAULT_PARTITION__`).
 */
export type KeyValues = Readonly<Record<string, string | null>>;

export interface PartitionKey {
  /** The prefix after the root without its last `/`, raw as stored: the identity. `all` when nothing partitions. */
  readonly key: string;
  readonly values: KeyValues;
  /** Interval of the time variable, in UTC instants; null without one. */
  readonly interval: Interval | null;
}
