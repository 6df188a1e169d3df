/**
 * `npm run test:schedulers`: the examples for Airflow and Luigi are executed by the real ones against a small lake: partitions are
 * filled, a second run finds nothing to do, data that the checks refuse is a failed task, an empty window is no success. The other
 * examples are compiled. Installs both below .systems/ once (some minutes). A missing Python is a skip, a failure with
 * TEST_DISALLOW_SKIP=1.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = path.join(root, '.systems', 'schedulers');
const PACKAGES = { airflow: 'apache-airflow==3.3.2', luigi: 'luigi==3.8.1' };
const LIMIT_MS = 20 * 60_000;
const DAY = {
  good: '2026-01-04',
  late: '2026-01-05',
  bad: '2026-01-06',
  worse: '2026-01-07',
  last: '2026-01-08',
};

const python = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import venv, sys; sys.exit(sys.version_info < (3, 10))']).status === 0,
);
if (python === undefined) {
  console.error('SKIPPED: the schedulers were not run: Python 3.10 or newer with venv is not installed.');
  process.exit(process.env.TEST_DISALLOW_SKIP === '1' ? 1 : 0);
}

const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-schedulers-'));
const env = {
  ...process.env,
  LAKEFILL_BIN: `${process.execPath} ${path.join(root, 'dist/main.js')}`,
  LAKEFILL_PROJECT: path.join(folder, 'project'),
  LAKEFILL_MARKERS: path.join(folder, 'markers'),
  LAKEFILL_SHARDS: '2',
  PYTHONDONTWRITEBYTECODE: '1',
  AIRFLOW_HOME: path.join(folder, 'airflow'),
  AIRFLOW__CORE__DAGS_FOLDER: path.join(root, 'examples/airflow'),
  AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
  LUIGI_CONFIG_PATH: path.join(root, 'examples/luigi/luigi.cfg'),
  PYTHONPATH: path.join(root, 'examples/luigi'),
};
try {
  for (const [name, requirement] of Object.entries(PACKAGES)) install(name, requirement);
  await makeLake();
  compileAll();
  contract();
  luigi();
  airflow();
  console.log('schedulers: all as expected');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(name, requirement) {
  const venv = path.join(cache, name);
  const done = path.join(venv, `${requirement}.installed`);
  if (existsSync(done)) return;
  console.error(`Installing ${requirement} (some minutes, once) ...`);
  mkdirSync(cache, { recursive: true });
  must(python, ['-m', 'venv', venv]);
  must(path.join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', requirement]);
  writeFileSync(done, '');
}

/** Two good days, two whose ids are there twice, and one that has not arrived. */
async function makeLake() {
  const project = env.LAKEFILL_PROJECT;
  mkdirSync(path.join(project, 'partitions'), { recursive: true });
  writeFileSync(
    path.join(project, 'partitions/sales.yaml'),
    `target: ./lake/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: ${DAY.good}, end: ${DAY.last}, column: ts }
  region: { values: [eu, us] }
inputs:
  raw: ./raw/dt={dt}/*.parquet
transform: SELECT id, ts, region FROM raw WHERE region = $region
checks:
  - unique: [id]
`,
  );
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const day of Object.values(DAY).filter((one) => one !== DAY.last)) {
    mkdirSync(path.join(project, 'raw', `dt=${day}`), { recursive: true });
    const id = day === DAY.bad || day === DAY.worse ? 'i // 4' : 'i';
    await connection.run(
      `COPY (SELECT ${id} AS id, TIMESTAMP '${day}' + to_minutes(i::INTEGER) AS ts, ['eu', 'us'][1 + i % 2] AS region FROM range(40) t(i))
       TO '${path.join(project, 'raw', `dt=${day}`, 'a.parquet')}' (FORMAT parquet)`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}

function compileAll() {
  const files = readdirSync(path.join(root, 'examples'), { recursive: true }).filter((name) =>
    name.endsWith('.py'),
  );
  assert.ok(files.length >= 5);
  for (const file of files)
    must(python, [
      '-c',
      'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")',
      path.join(root, 'examples', file),
    ]);
}

/** What all of them share, called directly: an empty window is refused and not worth a retry. */
function contract() {
  const code = `
import sys
sys.path.insert(0, ${JSON.stringify(path.join(root, 'examples'))})
import lakefill_cli
from datetime import datetime, timezone
moment = datetime(2026, 1, 4, tzinfo=timezone.utc)
try:
    lakefill_cli.run("sales", moment, moment)
except lakefill_cli.LakefillFailed as failed:
    assert (failed.exit_code, failed.retryable) == (2, False), failed
else:
    raise AssertionError("an empty window was a success")
`;
  must(python, ['-c', code]);
  assert.deepEqual(filled(), []);
}

function luigi() {
  const fill = (day, ...more) =>
    run(path.join(cache, 'luigi/bin/luigi'), [
      '--module',
      'lakefill_sales',
      ...more,
      '--local-scheduler',
      ...(day ? ['--date', day] : []),
    ]);
  expectStatus(fill(DAY.good, 'FillSales'), 0);
  assert.deepEqual(filled(), [DAY.good]);
  rmSync(env.LAKEFILL_MARKERS, { recursive: true });
  expectStatus(fill(DAY.good, 'FillSales'), 0);
  const marker = JSON.parse(readFileSync(path.join(env.LAKEFILL_MARKERS, `sales-${DAY.good}.json`), 'utf8'));
  assert.deepEqual(marker.counts, {}, 'the second run has nothing to do');
  for (const [day, why] of [
    [DAY.bad, 'rejected'],
    [DAY.bad, 'tried-before'],
    [DAY.last, 'input-missing'],
  ]) {
    const failed = fill(day, 'FillSales');
    expectStatus(failed, 3);
    assert.ok(failed.output.includes(why), failed.output);
  }
  assert.deepEqual(filled(), [DAY.good]);
  console.log('luigi: filled, nothing to do, failed as it should');
}

function airflow() {
  const bin = path.join(cache, 'airflow/bin/airflow');
  mkdirSync(env.AIRFLOW_HOME);
  must(bin, ['db', 'migrate']);
  // The run that Airflow makes at the end of a day is for the day before.
  const dagOf = (day) => run(bin, ['dags', 'test', 'lakefill_sales', `${day}T00:00:00+00:00`]);
  const first = dagOf(DAY.bad);
  expectStatus(first, 0);
  assert.deepEqual(filled(), [DAY.good, DAY.late], first.output);
  assert.match(
    first.output,
    new RegExp(`--from ${DAY.late}T00:00:00.*--to ${DAY.bad}T00:00:00.*--shard 2/2`),
  );
  const files = listing();
  expectStatus(dagOf(DAY.bad), 0);
  assert.deepEqual(listing(), files, 'the second run has nothing to do');
  const refused = dagOf(DAY.last);
  assert.match(
    refused.output,
    /LakefillFailed: lakefill ended with exit code 12|AirflowFailException: lakefill ended with exit code 12/,
  );
  assert.match(refused.output, /DagRun Finished.*state=failed|state:failed|DagRunState\.FAILED/i);
  assert.deepEqual(listing(), files);
  console.log('airflow: filled, nothing to do, failed as it should');
}

/** Days of which both regions are published. */
function filled() {
  const days = new Map();
  for (const file of listing()) {
    const [day, region] = file.split('/');
    days.set(day.slice(3), (days.get(day.slice(3)) ?? new Set()).add(region));
  }
  return [...days].flatMap(([day, regions]) => (regions.size === 2 ? [day] : [])).sort();
}

function listing() {
  const lake = path.join(env.LAKEFILL_PROJECT, 'lake/sales');
  if (!existsSync(lake)) return [];
  return readdirSync(lake, { recursive: true })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', timeout: LIMIT_MS });
  if (done.error) throw done.error;
  return { status: done.status, output: done.stdout + done.stderr };
}

function must(command, args) {
  expectStatus(run(command, args), 0);
}

function expectStatus({ status, output }, wanted) {
  if (status !== wanted) throw new Error(`ended with ${status}, not ${wanted}:\n${output.slice(-6000)}`);
}
