/**
 * The tests' S3 server in a process of its own, without signatures: made runnable in a temporary folder, started on a free
 * port with buckets `raw` and `lake`. Tells its parent the endpoint; ends with it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const source = fileURLToPath(new URL('../test/support/s3-server/', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-s3-server-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
for (const name of readdirSync(source).filter((n) => n.endsWith('.ts') && !n.endsWith('.test.ts'))) {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(readFileSync(path.join(source, name), 'utf8'), {
    compilerOptions,
  });
  writeFileSync(path.join(folder, name.replace(/\.ts$/, '.js')), outputText);
}
const { startS3Server } = await import(pathToFileURL(path.join(folder, 'index.js')).href);
const server = await startS3Server({ buckets: ['raw', 'lake'], credentials: null });
process.once('disconnect', () => process.exit(0));
process.send(server.env);
