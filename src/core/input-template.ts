/** Templates of inputs: like layouts, but with globs, and the variables may stand in file names. */
import type { Location } from './location.js';
import type { PathColumn } from './layout.js';
import type { KeyValues } from './partition-key.js';

export interface InputTemplate {
  /** The template as written. */
  readonly template: string;
  /** Literal part up to the first variable or glob, cut at its last `/`. */
  readonly root: Location;
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  /** Longest literal prefix (in the store) of everything that these values can match: what to list for them. */
  listPrefix(values: KeyValues): string;
  /** Values of the object at this path if the template matches it and it is a data object; null otherwise. */
  match(path: string): KeyValues | null;
  /** Values of the `col=value` segments of a matching object's path (decoded), by column. */
  columns(path: string): Readonly<Record<string, string | null>>;
  /** The prefix or pattern for these values, for messages: `raw/sales/dt=2025-01-03/*.parquet`. */
  describe(values: KeyValues): string;
}
