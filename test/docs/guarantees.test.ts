import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/guarantees.md', 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));

const PROMISES = [
  'Nothing is lost',
  'Nothing unchecked is published',
  'Nothing is done twice',
  'Two lakefill writers never mix',
  'What was planned is what is done',
  'Every requested partition ends with an outcome and a reason',
  'A failed listing is unknown, never missing',
  'The guarantee is stated',
];

const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+\.ts)`/g)].map(([, file]) => file!);

describe('docs/guarantees.md', () => {
  it.each(PROMISES.map((promise, i) => [`${i + 1}. ${promise}`]))('has "%s", with a test', (promise) => {
    const row = rows.find((line) => line.startsWith(`| ${promise} |`));
    expect(row).toBeDefined();
    expect(testsIn(row!).length).toBeGreaterThan(0);
  });

  it.each([...new Set(testsIn(page))])('names %s, which exists', (file) => {
    expect(existsSync(file)).toBe(true);
  });

  it('speaks of every store and of the window', () => {
    for (const words of [
      'local directory',
      'Amazon S3',
      'S3-compatible',
      'memory',
      'The window',
      'not found',
      'Windows',
    ])
      expect(page).toContain(words);
  });
});
