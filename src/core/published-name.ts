/**
 * Names that only lakefill gives to files: `part-g<generation>-<attempt>-<index>.parquet`, with characters in front where it must
 * sort after other names. What makes such names is publish/hive/names.ts. Pure.
 */

export interface PublishedName {
  readonly generation: number;
  /** Random id of the publication that made the file; never used twice. */
  readonly attempt: string;
  /** Place among the files of the attempt, from 0. */
  readonly index: number;
}

const NAME = /^(?:z*|\u{10FFFD}*|\u{10FFFF}*)part-g(\d{10})-([0-9a-f]{16})-(\d{5})\.parquet$/u;

/** What a file name says; null for a name that lakefill does not make. */
export function readPublishedName(name: string): PublishedName | null {
  const match = NAME.exec(name);
  return match && { generation: Number(match[1]), attempt: match[2]!, index: Number(match[3]) };
}

/** True for names that only lakefill makes. */
export function isPublishedName(name: string): boolean {
  return readPublishedName(name) !== null;
}
