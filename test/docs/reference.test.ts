/** The reference page is what the schema says today, and its examples are read as they stand. `npm run docs:reference` writes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkRules } from '../../src/check/rules/index.js';
import { load } from '../dataset/project.js';
import { EXAMPLES } from './examples.js';
import { renderReference } from './reference.js';

const PAGE = new URL('../../docs/reference/dataset.md', import.meta.url);

describe('docs/reference/dataset.md', () => {
  it('is what the schema says', async () => {
    const page = renderReference();
    if (process.env['WRITE_DOCS'] === '1') await writeFile(PAGE, page);
    expect(await readFile(PAGE, 'utf8'), 'run `npm run docs:reference`').toBe(page);
  });

  it.each(Object.entries(EXAMPLES))('has an example of %s that is read', async (name, files) => {
    const own = Object.fromEntries(files.map(({ file, text }) => [file, text]));
    const { datasets } = await load({ 'partitions/.keep': '', ...own }, {}, checkRules);
    expect(datasets).toHaveLength(files.filter(({ file }) => /partitions\/.*yaml$/.test(file)).length);
    expect(await readFile(PAGE, 'utf8'), name).toContain(files[0]!.text);
  });

  it('has no row without a meaning', async () => {
    const rows = (await readFile(PAGE, 'utf8')).split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => /\|\s*\|/.test(row))).toEqual([]);
  });
});
