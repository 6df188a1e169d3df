/** Names of published files. Pure. */

/**
 * Name of the i-th file (from 0) of an attempt: `part-g<generation>-<attempt>-<i>.parquet`, with as many `z` in front as it
 * takes to sort after every name of the base, so that a reader who pages forward and has passed the old names meets all new ones.
 */
export function fileName(
  generation: number,
  attempt: string,
  index: number,
  baseNames: readonly string[],
): string {
  const name = `part-g${String(generation).padStart(10, '0')}-${attempt}-${String(index).padStart(5, '0')}.parquet`;
  return sortingPrefix(name, baseNames) + name;
}

function sortingPrefix(name: string, baseNames: readonly string[]): string {
  let prefix = '';
  while (baseNames.some((base) => compareBytes(base, prefix + name) >= 0)) {
    // No number of z's outsorts a name that begins with a byte above 'z' (non-ASCII): the last code point does.
    if (prefix.length >= 16) return '\u{10FFFD}';
    prefix += 'z';
  }
  return prefix;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** True for names that only lakefill makes. */
export function isPublishedName(name: string): boolean {
  return /^(z*|\u{10FFFD})part-g\d{10}-[0-9a-f]{16}-\d{5}\.parquet$/u.test(name);
}
