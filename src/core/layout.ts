/**
 * Layouts: templates that format partition values into prefixes and parse listed prefixes back.
 *
 * Pure text work; the calendar behind time patterns is grain.ts. The law: parse(format(values)) = values for
 * every value, and a prefix that does not format back to itself parses to null (it is never guessed).
 */
import type { Location } from './location.js';
import type { KeyValues } from './partition-key.js';

/** A `col=value` column of the path and how its text is typed: a whole date, a numeric part, or text. */
export interface PathColumn {
  readonly name: string;
  readonly type: 'date' | 'integer' | 'text';
  /** The partition variable that it shows; null for a literal `col=value` segment. */
  readonly variable: string | null;
}

export interface Layout {
  /** The template as written. */
  readonly template: string;
  /** Literal part up to the first variable; ends in `/`. */
  readonly root: Location;
  /** Partition variables in order of first appearance. */
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  /** `/`-separated segments of a key; 0 when nothing partitions. */
  readonly depth: number;
  /** The key (prefix after the root, without its last `/`); `all` at depth 0. */
  format(values: KeyValues): string;
  /** Values of a key, or null when the key does not round-trip. */
  parse(key: string): KeyValues | null;
  /** The values that a non-canonical spelling (`month=1` for `month=01`) seems to mean, or null. For hints only. */
  decodeLoosely(key: string): KeyValues | null;
  /** Text of each path column for these values. */
  columns(values: KeyValues): Readonly<Record<string, string | null>>;
}

/** Prefix in the store of one partition: root, key, `/`. */
export function partitionPrefix(layout: Layout, key: string): string {
  return layout.depth === 0 ? layout.root.path : `${layout.root.path}${key}/`;
}
