import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clean,
  formatBytes,
  formatCount,
  formatSeconds,
  formatTime,
  oneLine,
  oneName,
  plural,
} from '../../../src/cli/render/format.js';
import { formatByteSize } from '../../../src/core/byte-size.js';

describe('numbers for people', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [9626, '9.4 KiB'],
    [52311, '51 KiB'],
    [1048575, '1 MiB'],
    [1048576, '1 MiB'],
    [5 * 2 ** 50, '5 PiB'],
    [5000 * 2 ** 50, '5000 PiB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test('sizes are written as the library writes them', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(20), (a, b) => {
        expect(formatBytes(a * 2 ** b)).toBe(formatByteSize(a * 2 ** b));
      }),
    );
  });

  test.each([
    [0, '0.00 s'],
    [0.84, '0.84 s'],
    [9.994, '9.99 s'],
    [9.996, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7380, '2 h 03 min'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('%i is %s', (count, text) => expect(formatCount(count)).toBe(text));

  test('one is singular', () => {
    expect([plural(1, 'key'), plural(0, 'key'), plural(1200, 'key')]).toEqual([
      '1 key',
      '0 keys',
      '1,200 keys',
    ]);
  });

  test('an instant loses its T and its milliseconds', () => {
    expect(formatTime('2025-02-01T09:00:00.123Z')).toBe('2025-02-01 09:00:00Z');
  });
});

describe('text from a lake', () => {
  test('control characters cannot reach the terminal', () => {
    expect(clean('a\u001b[31mb\u0007\u009bc')).toBe('a\\x1b[31mb\\x07\\x9bc');
  });

  test('newlines stay in a message and become a space in a cell', () => {
    expect(clean('a\nb')).toBe('a\nb');
    expect(oneLine(' a\r\n  b\tc ')).toBe('a b c');
  });

  test('in a name they are seen, and a name stays one line', () => {
    expect(oneName('dt=a\nb\tc\rd\u001be')).toBe('dt=a\\nb\\tc\\rd\\x1be');
    expect(oneName(' a ')).toBe(' a ');
  });
});
