/**
 * Starts LocalStack (S3 only, state in memory and below .localstack/) and waits until it answers. The settings keep it
 * from taking this machine for a container of its own: there it would write to system folders and to the resolver's
 * configuration.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createBucket } from './create-bucket.mjs';
import { ensureInstalled, folder } from './install.mjs';

const READY_LIMIT_MS = 180_000;

/** `{ endpoint, version, log, exited, stop() }`. Throws when it does not become ready in time; then it has been stopped. */
export async function startLocalStack({ port = 4566, bucket = 'lake' } = {}) {
  const { python, version } = ensureInstalled();
  const state = path.join(folder, `state-${port}`);
  mkdirSync(path.join(state, 'tmp'), { recursive: true });
  const log = path.join(folder, `log-${port}.txt`);
  const output = openSync(log, 'w');
  const child = spawn(python, ['-m', 'localstack.runtime.main'], {
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      OVERRIDE_IN_DOCKER: '0',
      DNS_ADDRESS: '0',
      FILESYSTEM_ROOT: state,
      TMPDIR: path.join(state, 'tmp'),
      SERVICES: 's3',
      STRICT_SERVICE_LOADING: '1',
      EAGER_SERVICE_LOADING: '1',
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      ACTIVATE_PRO: '0',
      LOCALSTACK_ACTIVATE_PRO: '0',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      SKIP_INFRA_DOWNLOADS: '1',
    },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await stopChild(child, exited);
    rmSync(state, { recursive: true, force: true });
  };
  try {
    await ready(`${endpoint}/_localstack/health`, child, log);
    await createBucket(endpoint, bucket);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, version, log, exited, stop };
}

async function ready(url, child, log) {
  for (const end = Date.now() + READY_LIMIT_MS; Date.now() < end;) {
    if (child.exitCode !== null) throw new Error(`LocalStack ended at its start:\n${tail(log)}`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`LocalStack did not become ready in ${READY_LIMIT_MS / 1000} s:\n${tail(log)}`);
}

/** Asked to end, and ended if it does not. */
export async function stopChild(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

const tail = (file) => readFileSync(file, 'utf8').trim().split('\n').slice(-15).join('\n');
