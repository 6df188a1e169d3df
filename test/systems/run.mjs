/**
 * Runs the suites of this folder on an S3 server that others wrote: `node test/systems/run.mjs localstack|versitygw|moto`.
 * Starts the server on a free port, runs vitest, stops the server. A missing tool is a skip with its reason, and a
 * failure with TEST_DISALLOW_SKIP=1. Nothing waits for ever.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { root, Unavailable } from '../../localstack/install.mjs';
import { startLocalStack } from '../../localstack/server.mjs';
import { startMoto } from './moto.mjs';
import { startVersitygw } from './versitygw.mjs';

const SYSTEMS = { localstack: startLocalStack, versitygw: startVersitygw, moto: startMoto };
const RUN_LIMIT_MS = 8 * 60_000;

const [name, ...rest] = process.argv.slice(2);
const start = SYSTEMS[name];
if (!start) {
  console.error(`Usage: node test/systems/run.mjs ${Object.keys(SYSTEMS).join('|')} [vitest arguments]`);
  process.exit(2);
}
process.exitCode = await run();

async function run() {
  let server;
  try {
    server = await start({ port: await freePort(), bucket: 'lake' });
  } catch (error) {
    if (!(error instanceof Unavailable)) {
      console.error(`FAILED: ${name} was not started: ${error.message}`);
      return 1;
    }
    const disallowed = process.env.TEST_DISALLOW_SKIP === '1';
    console.error(
      `${disallowed ? 'FAILED' : 'SKIPPED'}: the suites on ${name} were not run: ${error.message}.`,
    );
    return disallowed ? 1 : 0;
  }
  console.error(`${name} ${server.version} on ${server.endpoint}`);
  try {
    return await vitest(server);
  } finally {
    await server.stop();
  }
}

function vitest({ endpoint, credentials = { accessKeyId: 'test', secretAccessKey: 'test' } }) {
  const vitestBin = path.join(
    path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const child = spawn(
    process.execPath,
    [vitestBin, 'run', '--config', 'test/systems/vitest.config.ts', ...rest],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        LAKEFILL_TEST_SYSTEM: name,
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
  return new Promise((resolve) =>
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    }),
  );
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
