import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublishedName } from '../../src/core/published-name.js';
import { fileName } from '../../src/publish/hive/names.js';

const ATTEMPT = '0123456789abcdef';
const sorts = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('fileName', () => {
  it('is generation, attempt and index when that sorts after the base', () => {
    expect(fileName(12, ATTEMPT, 3, [])).toBe('part-g0000000012-0123456789abcdef-00003.parquet');
    expect(fileName(2, ATTEMPT, 0, [fileName(1, 'ffffffffffffffff', 99, [])])).toMatch(/^part-g0000000002/);
  });

  it('gets as many z in front as the base needs', () => {
    expect(fileName(1, ATTEMPT, 0, ['part.parquet'])).toMatch(/^zpart-g/);
    expect(fileName(1, ATTEMPT, 0, ['zpart.parquet'])).toMatch(/^zzpart-g/);
    expect(fileName(1, ATTEMPT, 0, ['a.parquet'])).toMatch(/^part-g/);
  });

  const anyName = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 24 }),
    fc.string({ unit: fc.constantFrom('z', 'p', 'a', 'r', 't', '-', 'g'), minLength: 1, maxLength: 24 }),
    fc.constantFrom(
      '\u{10FFFF}x',
      '\u{10FFFD}',
      'é.parquet',
      'データ.parquet',
      '\uffff',
      'zzzzzzzzzzzzzzzzzzzz',
    ),
    fc.tuple(fc.nat(30), fc.nat(9)).map(([z, g]) => 'z'.repeat(z) + fileName(g, ATTEMPT, 0, [])),
  );

  it('sorts after every name of the base, by bytes, whatever the base is called', () => {
    fc.assert(
      fc.property(
        fc.array(anyName, { maxLength: 8 }),
        fc.nat(1e6),
        fc.nat(9999),
        (base, generation, index) => {
          const name = fileName(generation, ATTEMPT, index, base);
          for (const old of base) expect(sorts(name, old)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keeps sorting after the base over generations that replace each other', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 4 }), (external) => {
        let base = external;
        for (let generation = 1; generation < 5; generation++) {
          const attempt = generation.toString(16).repeat(16);
          const names = [0, 1, 2].map((i) => fileName(generation, attempt, i, base));
          for (const name of names) for (const old of base) expect(sorts(name, old)).toBeGreaterThan(0);
          expect([...names].sort(sorts)).toEqual(names);
          expect(names.every((name) => isPublishedName(name))).toBe(true);
          expect(names.every((name) => Buffer.byteLength(name) <= 255 && !/^[._]/.test(name))).toBe(true);
          base = names;
        }
      }),
    );
  });
});
