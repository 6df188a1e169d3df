import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/core/byte-order.js';

describe('compareBytes', () => {
  it('orders like the UTF-8 bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        'a',
        '/',
        '-',
        '\u{7f}',
        'é',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{10000}',
        '\u{1f600}',
        '\u{10ffff}',
      ),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('puts what is above U+FFFF last, unlike the order of UTF-16', () => {
    expect(['\u{1f600}', '\u{e000}'].sort()).toEqual(['\u{1f600}', '\u{e000}']);
    expect(['\u{1f600}', '\u{e000}'].sort(compareBytes)).toEqual(['\u{e000}', '\u{1f600}']);
  });
});
