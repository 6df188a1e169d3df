import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHiveValue,
  encodeHiveValue,
  escapeHive,
  HIVE_NULL,
  isUnwritableValue,
  unescapedPrefix,
  unescapeHive,
} from '../../src/core/hive.js';

/** Text as DuckDB and Arrow write it. */
const percentAll = (text: string) =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const c = String.fromCharCode(byte);
      return /[A-Za-z0-9_.~-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
const text = fc.string({ unit: 'grapheme', minLength: 1 });

describe('hive escaping', () => {
  it.each([
    ['a b+c&d', 'a b+c&d'],
    ['café', 'café'],
    ['a/b', 'a%2Fb'],
    ['a=b', 'a%3Db'],
    ['100%', '100%25'],
    ['"#%\'*/:=?\\{[]^', '%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E'],
    ['}<>|', '}<>|'],
    ['\x01\n\x1f\x7f', '%01%0A%1F%7F'],
  ])('%j is written as %s', (value, raw) => {
    expect(escapeHive(value)).toBe(raw);
    expect(unescapeHive(raw)).toBe(value);
  });

  it.each([
    ['caf%C3%A9', 'café'],
    ['caf%E9', 'café'],
    ['a%20b', 'a b'],
    ['a%2fb', 'a/b'],
    ['100%', '100%'],
    ['%zz', '%zz'],
  ])('%s is read as %s', (raw, value) => {
    expect(unescapeHive(raw)).toBe(value);
  });

  it('gives back every text, in both dialects', () => {
    fc.assert(fc.property(text, (value) => unescapeHive(escapeHive(value)) === value));
    fc.assert(fc.property(text, (value) => unescapeHive(percentAll(value)) === value));
  });

  it('shares the unescaped prefix between dialects', () => {
    fc.assert(
      fc.property(text, (value) => {
        const prefix = unescapedPrefix(value);
        return escapeHive(value).startsWith(prefix) && percentAll(value).startsWith(prefix);
      }),
    );
    expect(unescapedPrefix('north america')).toBe('north');
  });

  it('writes NULL by its own name, and no text by that name', () => {
    expect(encodeHiveValue(null)).toBe(HIVE_NULL);
    expect(decodeHiveValue(HIVE_NULL)).toBeNull();
    expect([HIVE_NULL, '', 'a\0', '\ud800'].map(isUnwritableValue)).toEqual([true, true, true, true]);
    expect(['..', 'a/b', '\u{1F600}'].map(isUnwritableValue)).toEqual([false, false, false]);
  });
});
