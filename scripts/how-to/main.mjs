/**
 * `npm run docs:how-to [-- PAGE...]` writes the real output of every command into the pages; with --check it writes nothing and
 * ends with 1 where a page says something else than what happens. Without names: every page that has commands.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { executePage } from './execute.mjs';
import { formatPage } from './page.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const args = process.argv.slice(2);
const check = args.includes('--check');
const named = args.filter((arg) => !arg.startsWith('--'));
const pages = named.length > 0 ? named : everyPage();

for (const page of pages) {
  const { steps, differences } = executePage(readFileSync(page, 'utf8'));
  const name = path.relative(process.cwd(), page);
  if (differences.length === 0) console.log(`${name}: as it says`);
  else if (check) {
    console.error(`${name} says something else than what happens:\n${differences.join('\n\n')}`);
    process.exitCode = 1;
  } else {
    writeFileSync(page, formatPage(steps));
    console.log(`${name}: ${differences.length} outputs written`);
  }
}

/** Pages that say how their lake is made. */
function everyPage() {
  const names = readdirSync(docs, { recursive: true }).filter((name) => name.endsWith('.md'));
  const files = names.sort().map((name) => path.join(docs, name));
  return files.filter((file) => readFileSync(file, 'utf8').includes('\n```sql setup\n'));
}
