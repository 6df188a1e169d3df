/**
 * Listing over loopback HTTP, one thread: this package's S3 store beside plain paging with the same SDK. The server is a
 * process of its own. `node bench/list-s3.mjs [keys]`. The second round waits per request, as a network does.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { internals } from './internals.mjs';

const { createS3Store } = await internals('store/s3/store.ts');

const keys = Number(process.argv[2] ?? 100_000);
const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' };

async function ours(endpoint) {
  const store = await createS3Store({ bucket: 'lake', env: { ...env, AWS_ENDPOINT_URL: endpoint } });
  let listed = 0;
  for await (const page of store.list('clean/sales/')) listed += page.length;
  await store.close();
  return listed;
}

async function plain(endpoint) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  let listed = 0;
  for await (const page of paginateListObjectsV2({ client }, { Bucket: 'lake', Prefix: 'clean/sales/' })) {
    listed += page.Contents?.length ?? 0;
  }
  client.destroy();
  return listed;
}

async function measure(name, run, endpoint) {
  await run(endpoint); // the server's cache and the compiler
  const cpu = process.cpuUsage();
  const start = performance.now();
  const listed = await run(endpoint);
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  if (listed !== keys) throw new Error(`${name} listed ${listed} of ${keys} keys`);
  const rate = (s) => `${Math.round(keys / s / 1000)} k keys/s`.padStart(14);
  console.log(
    `${name.padEnd(28)} ${seconds.toFixed(2)} s ${rate(seconds)}  by CPU time ${rate((used.user + used.system) / 1e6)}`,
  );
  return seconds;
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
for (const wait of [0, 30]) {
  const file = fileURLToPath(new URL('list-server.mjs', import.meta.url));
  const server = fork(file, [String(keys), String(wait)]);
  const port = await new Promise((resolve) => server.once('message', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  console.log(`${keys} keys, ${wait} ms per request`);
  const a = await measure('lakefill', ours, endpoint);
  const b = await measure('plain SDK paging', plain, endpoint);
  console.log(`${(b / a).toFixed(1)} x\n`);
  server.disconnect();
}
