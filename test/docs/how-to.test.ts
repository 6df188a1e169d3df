/** How the pages are checked: one that says something else than what happens is found. The pages are in how-to-pages.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { untrue } from './how-to.js';

test('a page that says something else is found', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-pages-'));
  const page = path.join(folder, 'page.md');
  const write = (output: string) =>
    writeFileSync(
      page,
      `\`\`\`text a/b.txt\nhello\n\`\`\`\n\n\`\`\`console\n$ cat a/b.txt; lakefill schema nothing\n${output}\n\`\`\`\n`,
    );
  try {
    write('hello');
    const found = await untrue(page);
    expect(found).toContain('error:');
    write(found.slice(found.indexOf('+++ now\n') + '+++ now\n'.length).trimEnd());
    expect(await untrue(page)).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
