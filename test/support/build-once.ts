/**
 * Engine processes and the command line run from dist/: build it once before the tests (incremental, so cheap).
 * Type errors are the type check's business; the compiler writes its output all the same.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

export function setup(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { encoding: 'utf8' });
  if (built.status !== 0)
    process.stderr.write(`The build reported errors:\n${built.stdout.slice(0, 2000)}\n`);
}
