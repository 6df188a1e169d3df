/**
 * LocalStack without Docker: a Python virtual environment below .localstack/, made once. Which version depends on the
 * Python that is found; see README.md. Nothing outside the project folder is changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.dirname(here);
export const folder = path.join(root, '.localstack');
const INSTALL_LIMIT_MS = 15 * 60_000;

/** Why something cannot be run here; not a failure unless skips are disallowed. */
export class Unavailable extends Error {}

/** LocalStack by the Python it runs on: newer ones use syntax that older ones do not have. */
function versionFor([major, minor]) {
  if (major !== 3) return null;
  if (minor >= 13) return '2026.3.0';
  return minor >= 10 ? '4.13.1' : null;
}

function candidates() {
  const pyenv = path.join(process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv'), 'versions');
  const kept = existsSync(pyenv) ? readdirSync(pyenv).map((v) => path.join(pyenv, v, 'bin', 'python3')) : [];
  const named = ['python3.13', 'python3', 'python3.12', 'python3.11', 'python3.10'];
  return [process.env.LOCALSTACK_PYTHON, ...named, ...kept].filter(Boolean);
}

function pythons() {
  return candidates().flatMap((python) => {
    const code = 'import sys, venv; print(*sys.version_info[:2])';
    const asked = spawnSync(python, ['-c', code], { encoding: 'utf8', timeout: 10_000 });
    if (asked.status !== 0) return [];
    const version = versionFor(asked.stdout.trim().split(' ').map(Number));
    return version === null ? [] : [{ python, version }];
  });
}

/** `{ python, version }` of an installed LocalStack; installs it first where needed. Throws Unavailable. */
export function ensureInstalled(log = console.error) {
  const found = pythons();
  const chosen = found.find((f) => f.version === '2026.3.0') ?? found[0];
  if (!chosen) throw new Unavailable('no Python 3.10 or newer was found (set LOCALSTACK_PYTHON to one)');
  const requirements = path.join(here, `requirements-${chosen.version}.txt`);
  const wanted = readFileSync(requirements, 'utf8');
  const venv = path.join(folder, `venv-${chosen.version}`);
  const python = path.join(venv, 'bin', 'python');
  const stamp = path.join(venv, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { python, version: chosen.version };
  log(`Installing LocalStack ${chosen.version} with ${chosen.python} (a few minutes, once) ...`);
  step(chosen.python, ['-m', 'venv', venv]);
  step(python, ['-m', 'pip', 'install', '--no-input', '--quiet', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return { python, version: chosen.version };
}

function step(command, args) {
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
  if (ran.status === 0) return;
  const why = ran.error?.message ?? ran.stderr.trim().split('\n').slice(-3).join(' ');
  throw new Unavailable(`${path.basename(command)} ${args.slice(0, 3).join(' ')} failed: ${why}`);
}
