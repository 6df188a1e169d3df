import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/journal/entry.js';
import { EMPTY_STATE, fold } from '../../src/journal/fold.js';
import { KnownNames } from '../../src/journal/known-names.js';
import { fileName } from '../../src/publish/hive/names.js';
import { entries, fact, file } from './facts.js';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(16)) as [string, string, string];
const name = (generation: number, attempt: string, index = 0) => fileName(generation, attempt, index, []);
const upload = (generation: number, attempt: string) => ({
  path: `lake/k/${name(generation, attempt)}`,
  id: 'u',
  size: 3,
  sha256: 'ab',
});

const created: Fact[][] = [
  [fact('promoting', { attempt: A, add: [upload(1, A)] })],
  [fact('published', { attempt: A, files: [file(name(1, A))] })],
];
const replacing = fact('promoting', {
  attempt: B,
  generation: 2,
  base: { generation: 1, version: 'v' },
  remove: [file(name(1, A))],
  add: [upload(2, B)],
});

function strangers(groups: readonly (readonly Fact[])[], key: string, ...names: string[]): string[] {
  return new KnownNames(fold(EMPTY_STATE, entries(groups))).strangers(key, names);
}

describe('names that the journal knows', () => {
  it('are those of the current generation, of an attempt on its way, and of one that was withdrawn', () => {
    const own = [name(1, A), name(2, B)];
    expect(strangers([...created, [replacing]], 'k', ...own)).toEqual([]);
    const withdrawn: Fact[][] = [
      [fact('aborting', { attempt: B })],
      [fact('withdrawn', { attempt: B, revoked: [name(2, B)] })],
    ];
    expect(strangers([...created, [replacing], ...withdrawn], 'k', ...own)).toEqual([]);
  });

  it('are those of generations that the key has passed, also when nothing keeps their names any more', () => {
    const adopted = fact('adopted', { generation: 7, files: [file('spark.parquet')] });
    expect(strangers([[adopted]], 'k', name(3, C), name(7, C))).toEqual([]);
    expect(strangers([[adopted]], 'k', name(8, C))).toEqual([name(8, C)]);
  });

  it('are those that an attempt of another key made: copies', () => {
    expect(strangers(created, 'other', name(1, A), name(1, A, 4))).toEqual([]);
    expect(strangers(created, 'other', name(1, B))).toEqual([name(1, B)]);
  });

  it('are no names of others, however they look', () => {
    const others = ['part-00000.parquet', 'part-g1-x-0.parquet', `sub/${name(9, C)}`, `${name(9, C)}.crc`];
    expect(strangers([], 'k', ...others)).toEqual([]);
  });
});

describe('names that it does not know', () => {
  it('are all without a journal, whatever stands in front of them', () => {
    const after = fileName(1, A, 0, ['zebra.parquet']);
    expect(strangers([], 'k', name(1, A), after)).toEqual([name(1, A), after]);
  });

  it('are those of every entry that an older copy of the journal lacks', () => {
    const cleaned: Fact[][] = [
      [fact('cleaning', { attempt: B })],
      [fact('published', { attempt: B, files: [file(name(2, B))] })],
    ];
    const whole = [...created, [replacing], ...cleaned];
    expect(strangers(whole, 'k', name(2, B))).toEqual([]);
    expect(strangers(created, 'k', name(2, B))).toEqual([name(2, B)]);
  });
});
