/** What is said of a regular expression, and that the engine refuses each one that is refused here. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { regexProblem } from '../../src/check/regex-problem.js';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function isTaken(regex: string): Promise<boolean> {
  try {
    await connection.run(`SELECT regexp_full_match('x', '${regex.replaceAll("'", "''")}')`);
    return true;
  } catch {
    return false;
  }
}

describe('what is certainly wrong', () => {
  it.each([
    ['[A-Z', "the [ of '[A-Z' is not closed with ]"],
    ['[]a', "the [ of '[]a' is not closed with ]"],
    ['(a|b', 'a ( is not closed with )'],
    ['a)b', "the ) of ')b' closes no ("],
    ['*.csv', "'*.csv' has nothing to repeat"],
    ['a|+', "'+' has nothing to repeat"],
    ['a**', "'*' has nothing to repeat"],
    ['a\\', 'ends in a lone backslash'],
    ['(?!x)a', "'(?!x)a' looks around, which RE2 cannot"],
    ['(a)\\1', "'\\1' refers back to a group, which RE2 cannot"],
  ])('%s', async (regex, message) => {
    expect(regexProblem(regex)).toBe(message);
    expect(await isTaken(regex)).toBe(false);
  });
});

it.each([
  '[A-Z]{2}\\d+',
  '(?i)abc',
  '(?P<n>a)',
  '[[:alpha:]_]+',
  '[]a]*',
  '[^]a]*',
  '\\Qa(b\\E+',
  '\\x{41}{2}',
  '\\p{Greek}+',
  '\\12*',
  'a{,2}',
  '{a}',
  'a*?|',
  '(a|)*',
  '^*',
])('%s is right', async (regex) => {
  expect(regexProblem(regex)).toBeNull();
  expect(await isTaken(regex)).toBe(true);
});

it('refuses nothing that the engine takes', async () => {
  const pieces =
    'a|b|(|)|(?:|(?i)|(?=|[|]|[^|[:alpha:]|\\|*|+|?|{2}|{2,}|{|}|^|$|.|-|\\1|\\12|\\Q|\\E|\\x{41}|\\d'
      .split('|')
      .concat('|');
  const regexes = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 })
    .map((list) => list.join(''));
  const refused = fc.sample(regexes, 4000).filter((regex) => regexProblem(regex) !== null);
  const taken: string[] = [];
  for (const regex of refused) if (await isTaken(regex)) taken.push(regex);
  expect(taken).toEqual([]);
  expect(refused.length).toBeGreaterThan(500);
});
