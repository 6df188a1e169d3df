/**
 * Many small things, where the bookkeeping is the work: 1,000 tiny partitions end to end and once more with nothing to do, a plan of
 * 20,000 keys, an hourly run with nothing to do over 40 datasets of 1,825 partitions, the history of 1,000 runs. Wall seconds.
 *
 *     node bench/many.mjs [tiny] [plan] [hourly] [history]
 */
import { spawn } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { openProject } from '../dist/index.js';
import { peakMemory } from './peak-memory.mjs';

const CLI = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const HOUR_MS = 3_600_000;
const MEASUREMENTS = { tiny, plan, hourly, history };

const work = mkdtempSync(path.join(tmpdir(), 'lakefill-many-'));
const seed = path.join(work, 'seed.parquet');
let seedBytes;
let links = 0;
let current;
try {
  await writeSeed();
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MEASUREMENTS);
  for (const name of wanted) await MEASUREMENTS[name]();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function tiny() {
  const dir = project('tiny', [
    ['events', { grain: 'hour', start: '2025-01-01T00', count: 1000, column: 'ts' }],
  ]);
  for (const hour of hours('2025-01-01', 1000)) putInput(dir, 'events', hour);
  tell('1,000 tiny partitions, made', await lakefill(dir, 'run', '--yes', '--quiet', '--limit', 'all'));
  tell(
    '1,000 tiny partitions, nothing to do',
    await lakefill(dir, 'run', '--yes', '--quiet', '--limit', 'all'),
  );
}

async function plan() {
  const dir = project('plan', [['events', { grain: 'hour', start: '2023-01-01T00', count: 20_000 }]]);
  for (const hour of hours('2023-01-01', 20_000)) putInput(dir, 'events', hour);
  const file = path.join(dir, 'plan.json');
  tell('a plan of 20,000 keys', await lakefill(dir, 'plan', '--limit', 'all', '--quiet', '--out', file));
  console.log(`  its file: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

async function hourly() {
  const names = Array.from({ length: 40 }, (_, i) => `lake${String(i).padStart(2, '0')}`);
  const dir = project(
    'hourly',
    names.map((name) => [name, { grain: 'day', start: '2020-01-01', count: 1825 }]),
  );
  for (const name of names) {
    for (let i = 0; i < 1825; i++) {
      const day = new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
      putInput(dir, name, day);
      putFile(path.join(dir, 'clean', name, `dt=${day}`, 'part-0.parquet'));
    }
  }
  tell('adopt 40 x 1,825 partitions', await lakefill(dir, 'adopt', '--yes', '--quiet'));
  for (let i = 0; i < 3; i++) {
    tell('hourly run over 40 x 1,825, nothing to do', await lakefill(dir, 'run', '--yes', '--quiet'));
  }
}

async function history() {
  const dir = project('history', [['events', { grain: 'hour', start: '2025-01-01T00', count: 1 }]]);
  putInput(dir, 'events', '2025-01-01T00');
  const opened = await openProject({ dir });
  for (let i = 0; i < 1000; i++) await opened.apply(await opened.plan({ only: ['all'] }));
  await opened.close();
  tell('history of 1,000 runs', await lakefill(dir, 'history', '--json'));
}

/** A project whose datasets copy tiny inputs: `count` units of the grain from `start` on. */
function project(name, datasets) {
  const dir = path.join(work, name);
  mkdirSync(path.join(dir, 'partitions'), { recursive: true });
  for (const [dataset, { grain, start, count, column }] of datasets) {
    const step = grain === 'hour' ? HOUR_MS : 24 * HOUR_MS;
    const first = Date.parse(grain === 'hour' ? `${start}:00Z` : `${start}T00:00Z`);
    const end = new Date(first + (count - 1) * step).toISOString().slice(0, grain === 'hour' ? 13 : 10);
    writeFileSync(
      path.join(dir, 'partitions', `${dataset}.yaml`),
      `target: ./clean/${dataset}/dt={dt}/
partition:
  dt: { grain: ${grain}, start: '${start}', end: '${end}' }
inputs:
  raw: ./raw/${dataset}/dt={dt}/*.parquet
checks:
  - notNull: [id]
  - rowCount: { min: 1 }
`,
    );
    if (column !== undefined) {
      writeFileSync(
        path.join(dir, 'partitions', `${dataset}.sql`),
        'SELECT id, name, $partition_start AS made_for FROM raw\n',
      );
    }
  }
  return dir;
}

function hours(start, count) {
  const first = Date.parse(`${start}T00:00Z`);
  return Array.from({ length: count }, (_, i) => new Date(first + i * HOUR_MS).toISOString().slice(0, 13));
}

function putInput(dir, dataset, unit) {
  putFile(path.join(dir, 'raw', dataset, `dt=${unit}`, 'part-0.parquet'));
}

/** A link to the one small file: the folders are the work here. */
function putFile(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  linkSync(nextSeed(), file);
}

/** A file system allows so many links of one file. */
function nextSeed() {
  if (links++ % 30_000 === 0) {
    current = path.join(work, `seed-${links}.parquet`);
    writeFileSync(current, seedBytes);
    const old = new Date(Date.now() - 86_400_000);
    utimesSync(current, old, old);
  }
  return current;
}

async function writeSeed() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT r AS id, 'name ' || r AS name FROM range(10) t(r)) TO '${seed.replaceAll("'", "''")}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  seedBytes = readFileSync(seed);
}

async function lakefill(dir, ...args) {
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, ...args, '--project', dir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const watch = peakMemory(child.pid);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  const { peakMb, cpu } = watch.stop();
  return { seconds: (performance.now() - begun) / 1000, peakMb, cpu, code };
}

function tell(what, { seconds, peakMb, cpu, code }) {
  console.log(
    `${what.padEnd(44)} ${seconds.toFixed(2).padStart(7)} s  cpu ${cpu.toFixed(1).padStart(5)} s  peak ${peakMb.toFixed(0).padStart(5)} MB${code === 0 ? '' : `  EXIT ${code}`}`,
  );
}
