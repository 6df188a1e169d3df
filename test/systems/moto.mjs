/** moto: an S3 server for tests that ignores many conditions, in a Python virtual environment below .systems/. Shows that what it lacks is told. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createBucket } from '../../localstack/create-bucket.mjs';
import { root, Unavailable } from '../../localstack/install.mjs';
import { stopChild } from '../../localstack/server.mjs';

const VERSION = '5.2.5';
const folder = path.join(root, '.systems');
const venv = path.join(folder, `moto-${VERSION}`);
const server = path.join(venv, 'bin', 'moto_server');
const INSTALL_LIMIT_MS = 10 * 60_000;
const READY_LIMIT_MS = 60_000;

function ensureInstalled() {
  if (existsSync(server)) return;
  console.error(`Installing moto ${VERSION} (a minute, once) ...`);
  mkdirSync(folder, { recursive: true });
  const python = path.join(venv, 'bin', 'python');
  step('python3', ['-m', 'venv', venv]);
  step(python, ['-m', 'pip', 'install', '--no-input', '--quiet', `moto[server,s3]==${VERSION}`]);
}

function step(command, args) {
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
  if (ran.status !== 0)
    throw new Unavailable(`${command} failed: ${ran.error?.message ?? ran.stderr.slice(-500)}`);
}

export async function startMoto({ port = 5000, bucket = 'lake' } = {}) {
  ensureInstalled();
  const log = path.join(folder, `moto-${port}.log`);
  const output = openSync(log, 'w');
  const child = spawn(server, ['-H', '127.0.0.1', '-p', String(port)], {
    cwd: folder,
    stdio: ['ignore', output, output],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = () => stopChild(child, exited);
  for (const end = Date.now() + READY_LIMIT_MS; ;) {
    try {
      await createBucket(endpoint, bucket);
      return { endpoint, version: VERSION, log, exited, stop };
    } catch (error) {
      if (child.exitCode === null && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        continue;
      }
      await stop();
      throw new Error(
        `moto did not become ready: ${error.message}\n${readFileSync(log, 'utf8').slice(-1000)}`,
      );
    }
  }
}
