/**
 * Days end to end on S3: `lakefill run` with checks against download, COPY and upload by hand with the same SDK and as many days at
 * once. The server is a process of its own on this machine. `doctor` proves the store once before, on its own account. Rounds in turn; medians; 1.0 is as fast as by hand.
 *
 *     npm run build && node bench/s3-days.mjs [--days 10] [--rows 200000] [--lanes 2] [--rounds 3]
 */
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { dayName, makeSales } from './sales.mjs';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '10' },
    rows: { type: 'string', default: '200000' },
    lanes: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
const { days, lanes, rounds } = values;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Not news to anyone who runs this.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const project = mkdtempSync(path.join(tmpdir(), 'lakefill-bench-s3-'));
const server = fork(here('s3-server.mjs'));
const env = { ...process.env, ...(await new Promise((resolve) => server.once('message', resolve))) };

try {
  await deliver();
  // As on AWS, and as the SDK does by itself: without it the server would compute one, in JavaScript and on these cores.
  writeFileSync(path.join(project, 'lakefill.yaml'), 'stores:\n  s3://lake/: { checksums: true }\n');
  mkdirSync(path.join(project, 'partitions'));
  writeFileSync(
    path.join(project, 'partitions', 'sales.sql'),
    `SELECT order_id, ts, customer_id, sku, upper(trim(region)) AS region, qty, price, round(qty * price, 2) AS revenue, note
FROM raw WHERE ts >= $partition_start AND ts < $partition_end
`,
  );
  const seconds = { hand: [], lakefill: [] };
  const probe = [];
  for (let round = 0; round < Number(rounds); round++) {
    seconds.hand.push(await once([here('s3-by-hand.mjs'), days, lanes]));
    define(`round-${round}`);
    probe.push(await once([here('../dist/main.js'), 'doctor', '--quiet', '--project', project]));
    const args = ['run', '--yes', '--quiet', '--concurrency', lanes, '--project', project];
    seconds.lakefill.push(await once([here('../dist/main.js'), ...args]));
  }
  const [hand, ours] = [median(seconds.hand), median(seconds.lakefill)];
  console.log(
    `${days} days x ${Number(values.rows).toLocaleString('en')} rows, ${lanes} at once, ${rounds} rounds, medians`,
  );
  console.log(`by hand   ${hand.toFixed(2)} s`);
  console.log(`doctor    ${median(probe).toFixed(2)} s, once per dataset: it proves what the store enforces`);
  console.log(`lakefill  ${ours.toFixed(2)} s   ${(hand / ours).toFixed(2)} x of by hand`);
} finally {
  server.disconnect();
  rmSync(project, { recursive: true, force: true });
}

/** The raw days, into the bucket. */
async function deliver() {
  const raw = path.join(project, 'raw');
  await makeSales(raw, Number(days), Number(values.rows));
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  for (let i = 0; i < Number(days); i++) {
    const name = `dt=${dayName(i)}/part-0.parquet`;
    const Body = await readFile(path.join(raw, name));
    await client.send(new PutObjectCommand({ Bucket: 'raw', Key: `sales/${name}`, Body }));
  }
  client.destroy();
}

/** A target that nothing was written to yet. */
function define(target) {
  writeFileSync(
    path.join(project, 'partitions', 'sales.yaml'),
    `target: s3://lake/${target}/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: ${dayName(Number(days) - 1)}, column: ts }
inputs:
  raw: s3://raw/sales/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
`,
  );
}

/** Wall seconds of a process, its start included. */
async function once(args) {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { env, cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${path.basename(args[0])} exited with ${code}`);
  return (performance.now() - begun) / 1000;
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}
