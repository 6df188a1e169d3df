/** A byte range of an object, cut at the object's end. Pure. */
import { LakefillError } from '../core/errors.js';

export interface ByteRange {
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The part of `range` that an object of `size` bytes has; the whole object without a range. Throws USAGE for a range that is none. */
export function cutRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { start: 0, end: size };
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new LakefillError('USAGE', `[${start}, ${end}) is not a byte range. Nothing was read.`, {
      hint: 'Give whole numbers with 0 <= start <= end.',
    });
  }
  return { start: Math.min(start, size), end: Math.min(end, size) };
}
