/** versitygw: a second S3 server that others wrote, built by Go below .systems/. It checks signatures and conditional deletions. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createBucket } from '../../localstack/create-bucket.mjs';
import { root, Unavailable } from '../../localstack/install.mjs';
import { stopChild } from '../../localstack/server.mjs';

const VERSION = 'v1.8.0';
const folder = path.join(root, '.systems');
const binary = path.join(folder, 'bin', 'versitygw');
const credentials = { accessKeyId: 'testtest', secretAccessKey: 'testtestsecret' };
const BUILD_LIMIT_MS = 15 * 60_000;
const READY_LIMIT_MS = 30_000;

function ensureBuilt() {
  if (existsSync(binary)) return;
  const go = spawnSync('go', ['version'], { encoding: 'utf8', timeout: 30_000 });
  if (go.status !== 0) throw new Unavailable('Go is not installed (versitygw needs 1.25 or newer)');
  console.error(`Building versitygw ${VERSION} (a few minutes, once) ...`);
  mkdirSync(path.dirname(binary), { recursive: true });
  const built = spawnSync(
    'go',
    ['install', '-trimpath', '-ldflags=-s -w', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`],
    {
      encoding: 'utf8',
      timeout: BUILD_LIMIT_MS,
      env: { ...process.env, GOBIN: path.dirname(binary), CGO_ENABLED: '0' },
    },
  );
  if (built.status !== 0)
    throw new Unavailable(`go install failed: ${built.error?.message ?? built.stderr.slice(-500)}`);
}

export async function startVersitygw({ port = 7070, bucket = 'lake' } = {}) {
  ensureBuilt();
  const state = path.join(folder, `versitygw-${port}`);
  rmSync(state, { recursive: true, force: true });
  for (const name of ['data', 'versions']) mkdirSync(path.join(state, name), { recursive: true });
  const log = path.join(folder, `versitygw-${port}.log`);
  const output = openSync(log, 'w');
  const args = [
    '--port',
    `127.0.0.1:${port}`,
    '--quiet',
    'posix',
    '--versioning-dir',
    path.join(state, 'versions'),
    path.join(state, 'data'),
  ];
  const child = spawn(binary, args, {
    cwd: state,
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await stopChild(child, exited);
    rmSync(state, { recursive: true, force: true });
  };
  for (const end = Date.now() + READY_LIMIT_MS; ;) {
    try {
      await createBucket(endpoint, bucket, credentials);
      return { endpoint, version: VERSION, credentials, log, exited, stop };
    } catch (error) {
      if (child.exitCode === null && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      await stop();
      throw new Error(
        `versitygw did not become ready: ${error.message}\n${readFileSync(log, 'utf8').slice(-1000)}`,
      );
    }
  }
}
