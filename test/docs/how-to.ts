/** Pages of docs/ whose commands are run and whose output is compared: `npm run docs:how-to` writes what really happens. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Pages that say how their lake is made; paths from the checkout, ascending. */
export function pages(): string[] {
  const names = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).sort();
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name))
    .filter((page) => readFileSync(path.join(ROOT, page), 'utf8').includes('\n```sql setup\n'));
}

/** What the page says that does not happen; empty when all of it does. */
export function untrue(page: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/how-to/main.mjs', '--check', page], { cwd: ROOT });
    let text = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0 ? '' : text || `ended with ${status}`));
  });
}
