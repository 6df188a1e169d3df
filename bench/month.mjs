/**
 * Fix a month: lakefill against a bare DuckDB loop of one COPY per day with no safety at all. Interleaved rounds in one run; prints
 * medians and ratios (bare / lakefill: 1.0 is as fast as the bare loop), peak memory, and whether both made the same rows.
 *
 *     node bench/month.mjs [--days 31] [--rows 1000000] [--rounds 3]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { dayName, makeSales } from './sales.mjs';
import { peakMemory } from './peak-memory.mjs';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '31' },
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
  },
});
const days = Number(values.days);
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const cli = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const bareLoop = fileURLToPath(new URL('bare-loop.mjs', import.meta.url));
const project = mkdtempSync(path.join(tmpdir(), 'lakefill-bench-'));
const last = dayName(days - 1);

mkdirSync(path.join(project, 'partitions'));
writeFileSync(
  path.join(project, 'partitions', 'sales.yaml'),
  `target: ./clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: ${last}, column: ts }
inputs:
  raw: ./raw/sales/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
  - rowCount: { min: 1, vsInput: [0.9, 1.0] }
`,
);
writeFileSync(
  path.join(project, 'partitions', 'sales.sql'),
  `SELECT order_id, ts, customer_id, sku, upper(trim(region)) AS region, qty, price, round(qty * price, 2) AS revenue, note
FROM raw WHERE ts >= $partition_start AND ts < $partition_end
`,
);

try {
  process.stdout.write(`${days} days x ${rows.toLocaleString('en')} rows, ${rounds} rounds, medians\n`);
  await makeSales(path.join(project, 'raw', 'sales'), days, rows);
  const results = { bare: [], lakefill: [] };
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await once('bare', [bareLoop, project, String(days)]));
    results.lakefill.push(await once('lakefill', [cli, 'run', '--yes', '--quiet', '--project', project]));
  }
  const equal = await sameRows();
  const bare = summary(results.bare);
  const ours = summary(results.lakefill);
  console.log('                  seconds   cpu s   peak MB   M rows/s');
  for (const [name, s] of [
    ['bare DuckDB loop', bare],
    ['lakefill run', ours],
  ]) {
    console.log(
      `${name.padEnd(17)} ${s.seconds.toFixed(2).padStart(7)} ${s.cpu.toFixed(2).padStart(7)} ${s.peakMb.toFixed(0).padStart(9)} ${((days * rows) / 1e6 / s.seconds).toFixed(2).padStart(10)}`,
    );
  }
  console.log(
    `speed / bare loop: ${(bare.seconds / ours.seconds).toFixed(2)}   CPU / bare loop: ${(ours.cpu / bare.cpu).toFixed(2)}   same rows: ${equal ? 'yes' : 'NO'}`,
  );
  if (!equal) process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

/** One run of a command in a fresh target. */
async function once(name, args) {
  const target = path.join(project, name === 'bare' ? 'bare' : 'clean');
  rmSync(target, { recursive: true, force: true });
  rmSync(path.join(project, '_lakefill'), { recursive: true, force: true });
  if (name === 'lakefill') rmSync(path.join(target, '_lakefill'), { recursive: true, force: true });
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  const watch = peakMemory(child.pid);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  const { peakMb, cpu } = watch.stop();
  if (code !== 0) throw new Error(`${name} exited with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, peakMb, cpu };
}

function summary(list) {
  const median = (key) => list.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(list.length / 2)];
  return { seconds: median('seconds'), cpu: median('cpu'), peakMb: median('peakMb') };
}

/** Both targets hold the same rows, as multisets. */
async function sameRows() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const digest = async (folder) => {
    const glob = path.join(project, folder, '**', '*.parquet').replaceAll("'", "''");
    const result = await connection.runAndReadAll(
      `SELECT count(*) AS n, bit_xor(hash(t)) AS x, sum(hash(t) % 1000003) AS s FROM (SELECT * EXCLUDE (dt) FROM read_parquet('${glob}', hive_partitioning = true)) t`,
    );
    return JSON.stringify(result.getRowsJson());
  };
  const [a, b] = [await digest('bare'), await digest('clean/sales')];
  connection.closeSync();
  instance.closeSync();
  return a === b;
}
