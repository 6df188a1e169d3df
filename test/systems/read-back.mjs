/**
 * Reads the demo's lake back with pyarrow: `npm run test:read-back [-- LAKE]`, after `npm run demo`; then reads a lake of its own with it
 * while real runs replace a month. Installs pyarrow into .systems/.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PYARROW = 'pyarrow==26.0.1';
const root = fileURLToPath(new URL('../..', import.meta.url));
const venv = path.join(root, '.systems', 'pyarrow');
const python = path.join(venv, 'bin', 'python');
const lake = path.resolve(process.argv[2] ?? path.join(root, 'demo-lake', 'lake'));

const run = (command, args, more = {}) =>
  spawnSync(command, args, { stdio: 'inherit', timeout: 10 * 60_000, ...more }).status;

function skip(why) {
  const disallowed = process.env.TEST_DISALLOW_SKIP === '1';
  console.error(`${disallowed ? 'FAILED' : 'SKIPPED'}: the lake was not read back by pyarrow: ${why}.`);
  process.exit(disallowed ? 1 : 0);
}

if (!existsSync(lake)) {
  console.error(`There is no lake at ${lake}: run the demo first.`);
  process.exit(1);
}
if (!existsSync(python) && run('python3', ['-m', 'venv', venv]) !== 0) skip('python3 with venv is needed');
if (
  run(python, ['-c', 'import pyarrow']) !== 0 &&
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PYARROW]) !== 0
)
  skip(`${PYARROW} could not be installed`);
const readBack = run(python, [path.join(root, 'test', 'systems', 'read-back.py'), lake]) ?? 1;
if (readBack !== 0) process.exit(readBack);

const vitest = path.join(
  path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const watch = [vitest, 'run', '--config', 'test/systems/vitest.config.ts', 'test/systems/pyarrow.test.ts'];
process.exit(
  run(process.execPath, watch, { cwd: root, env: { ...process.env, LAKEFILL_PYTHON: python } }) ?? 1,
);
