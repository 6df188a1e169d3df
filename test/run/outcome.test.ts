import { expect, it } from 'vitest';
import type { Outcome } from '../../src/journal/entry.js';
import { exitCodeOf, outcomeOf } from '../../src/run/outcome.js';

/** `rejected`, or `blocked upstream-failed`. */
const ends = (...words: string[]) =>
  words.map((word, i) => {
    const [outcome, code] = word.split(' ') as [Outcome, string?];
    return outcomeOf(`k${i}`, outcome, code ? { error: { code, message: '', hint: null } } : {});
  });

it.each([
  [0, ['promoted', 'unchanged', 'staged', 'skipped']],
  [12, ['rejected', 'rejected']],
  [3, ['rejected', 'unchanged', 'unchanged']],
  [3, ['rejected', 'skipped dry-run', 'skipped dry-run']],
  [12, ['rejected', 'skipped in-flight']],
  [0, ['skipped dry-run', 'unchanged']],
  [3, ['rejected', 'promoted']],
  [3, ['rejected', 'staged']],
  [10, ['conflict', 'unchanged']],
  [3, ['conflict', 'rejected']],
  [12, ['rejected', 'blocked upstream-failed']],
  [12, ['rejected', 'blocked together']],
  [10, ['conflict', 'blocked together']],
  [12, ['rejected', 'cancelled canary']],
  [12, ['rejected', 'rejected', 'cancelled max-failures']],
  [3, ['rejected', 'blocked input-missing']],
  [3, ['blocked upstream-failed']],
  [3, ['rejected', 'cancelled time-budget']],
  [11, ['skipped in-flight', 'skipped in-flight']],
])('a run exits %i after %j', (code, words) => {
  expect(exitCodeOf(ends(...words), null)).toBe(code);
});
