import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from '../../src/core/byte-size.js';
import { formatDuration, parseDuration } from '../../src/core/duration.js';
import { compileKeyGlob, compileSegmentGlob, isGlob } from '../../src/core/glob.js';
import { nearest } from '../../src/core/nearest.js';

describe('durations', () => {
  it.each([
    ['90m', 5_400_000],
    ['6h', 21_600_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['30s', 30_000],
    ['250ms', 250],
    [' 1 h ', 3_600_000],
    ['0', 0],
    ['0d', 0],
    ['', null],
    ['7', null],
    ['-1h', null],
    ['1.5h', null],
    ['1h30m', null],
    ['1y', null],
    ['99999999999999w', null],
  ])('%j is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('prints the shortest exact text', () => {
    expect([5_400_000, 7_200_000, 604_800_000, 1500, 0].map(formatDuration)).toEqual([
      '90m',
      '2h',
      '7d',
      '1500ms',
      '0s',
    ]);
    fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe('byte sizes', () => {
  it.each([
    ['200GB', 200e9],
    ['512MiB', 536_870_912],
    ['1.5 gib', 1_610_612_736],
    ['64kb', 64_000],
    ['12B', 12],
    ['4096', 4096],
    ['', null],
    ['4G', null],
    ['iB', null],
    ['-1GB', null],
    ['10XB', null],
    ['9999999PiB', null],
  ])('%j is %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [52_300, '51 KiB'],
    [1_048_575, '1 MiB'],
    [10_200, '10 KiB'],
    [5e12, '4.5 TiB'],
  ])('%i prints as %s', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });
});

describe('nearest', () => {
  const keys = ['partition', 'target', 'inputs', 'checks', 'rollback'];
  it.each([
    ['partitions', 'partition'],
    ['Target', 'target'],
    ['input', 'inputs'],
    ['cheks', 'checks'],
    ['roll', 'rollback'],
    ['zzz', null],
    ['t', null],
    ['', null],
  ])('%j means %s', (word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });

  it('does not choose between words that begin alike', () => {
    expect(nearest('st', ['start-time', 'staleness'])).toBeNull();
  });
});

describe('globs', () => {
  it.each([
    ['*.parquet', 'a.parquet', true],
    ['*.parquet', 'aXparquet', false],
    ['a?c', 'a\u{1F600}c', true],
    ['a?c', 'ac', false],
    ['a[b]', 'a[b]', true],
    ['a*', 'b/a', false],
  ])('segment %s and %s: %s', (glob, text, expected) => {
    expect(compileSegmentGlob(glob)(text)).toBe(expected);
  });

  it.each([
    ['dt=2025-01-*', 'dt=2025-01-03', true],
    ['dt=2025-01-*', 'dt=2025-02-03', false],
    ['dt=2025-01-*', 'dt=2025-01-03/region=eu', true],
    ['dt=2025-01-03', 'dt=2025-01-03/region=eu', true],
    ['dt=2025-01-0', 'dt=2025-01-03', false],
    ['*/region=eu', 'dt=2025-01-03/region=eu', true],
    ['*/region=eu/', 'dt=2025-01-03/region=eu', true],
    ['region=eu', 'dt=2025-01-03/region=eu', false],
    ['**/region=eu', 'dt=2025-01-03/region=eu', true],
    ['**/region=eu', 'region=eu', true],
    ['**', 'anything', true],
    ['*', 'a/b', true],
    ['region=a%5Bb%5D', 'region=a%5Bb%5D', true],
  ])('key %s and %s: %s', (glob, key, expected) => {
    expect(compileKeyGlob(glob)(key)).toBe(expected);
  });

  it('tells globs from keys', () => {
    expect([isGlob('dt=2025-01-*'), isGlob('dt=2025-01-0?'), isGlob('dt=2025-01-03')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
