/** Order of text by its UTF-8 bytes: the order of S3 listings and of every listing here. Pure. */

/** Negative, zero or positive as `a` comes before, is, or comes after `b`. Well-formed text only. */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (code points above U+FFFF, 4 bytes in UTF-8) before U+E000..U+FFFF; UTF-8 after. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
