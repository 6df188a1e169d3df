/** Names of published files; what reads them is core/published-name.ts. Pure. */
import { compareBytes } from '../../core/byte-order.js';

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
  const name = (i: number) =>
    `part-g${String(generation).padStart(10, '0')}-${attempt}-${String(i).padStart(5, '0')}.parquet`;
  // The first file decides for all, so that the files of an attempt keep their order.
  return sortingPrefix(name(0), baseNames) + name(index);
}

/** What is put in front, the plainest first. No number of z's outsorts a name that begins with a byte above 'z'; the last code points do. */
const FRONTS = ['z', '\u{10FFFD}', '\u{10FFFF}'];
const LONGEST_FRONT = 16;

function sortingPrefix(name: string, baseNames: readonly string[]): string {
  const sortsLast = (front: string) => baseNames.every((base) => compareBytes(base, front + name) < 0);
  if (sortsLast('')) return '';
  for (const front of FRONTS) {
    for (let length = 1; length <= LONGEST_FRONT; length++) {
      if (sortsLast(front.repeat(length))) return front.repeat(length);
    }
  }
  return FRONTS.at(-1)!.repeat(LONGEST_FRONT); // not in byte order, and still a name of its own
}
