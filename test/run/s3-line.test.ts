/** The whole line on S3: a raw lake in one bucket, the target in another, through the public API and the real SDK. */
import { mkdtemp, rm, writeFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProject } from '../../src/index.js';
import { startS3Server, type S3Server } from '../support/s3-server/index.js';
import { createS3Store } from '../../src/store/s3/store.js';
import { listAll } from '../../src/store/object-store.js';

let server: S3Server;
let dir: string;
const before: Record<string, string | undefined> = {};

beforeEach(async () => {
  server = await startS3Server({ buckets: ['raw', 'lake'] });
  for (const [name, value] of Object.entries(server.env)) {
    before[name] = process.env[name];
    process.env[name] = value;
  }
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-s3-'));
  await mkdir(path.join(dir, 'partitions'));
  await writeFile(
    path.join(dir, 'partitions', 'sales.yaml'),
    `target: s3://lake/clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03, column: ts }
inputs:
  raw: s3://raw/sales/dt={dt}/*.parquet
checks:
  - unique: [id]
`,
  );
  await writeFile(
    path.join(dir, 'partitions', 'sales.sql'),
    'SELECT id, ts, amount * 2 AS amount FROM raw\n',
  );
});

afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(dir, { recursive: true, force: true });
  await server.close();
});

describe('the whole line on S3', () => {
  it('scans, runs, finds nothing left, follows a correction, and rolls it back', async () => {
    for (const day of ['2025-01-01', '2025-01-02', '2025-01-03']) await putRaw(day, 3);
    const project = await openProject({ dir });
    try {
      expect((await project.scan()).datasets[0]!.counts).toEqual({ missing: 3 });
      const first = await project.apply(await project.plan());
      expect(first.counts).toEqual({ promoted: 3 });
      expect((await project.scan()).datasets[0]!.counts).toEqual({ fresh: 3 });
      expect(await rowsOf('2025-01-02')).toEqual([2, 4, 6]);

      await putRaw('2025-01-02', 5);
      expect((await project.scan()).datasets[0]!.counts).toEqual({ fresh: 2, stale: 1 });
      const second = await project.apply(await project.plan());
      expect(second.counts).toEqual({ promoted: 1 });
      expect(await rowsOf('2025-01-02')).toEqual([2, 4, 6, 8, 10]);

      const undone = await project.rollback(second.id);
      expect(undone.counts).toEqual({ promoted: 1 });
      expect(await rowsOf('2025-01-02')).toEqual([2, 4, 6]);
      expect((await project.recover()).datasets.flatMap(({ keys }) => keys)).toEqual([]);
    } finally {
      await project.close();
    }
  });

  it('adopts what something else wrote, replaces it on a correction, and restores it', async () => {
    for (const day of ['2025-01-01', '2025-01-02', '2025-01-03']) await putRaw(day, 3);
    await putForeign('2025-01-02', 3);
    const original = await keys('lake', 'clean/sales/dt=2025-01-02/');
    const project = await openProject({ dir });
    try {
      // By name: the store's clock has whole seconds, so the input may not look older.
      const adopted = await project.adopt({ partitions: ['dt=2025-01-02'] });
      expect(adopted.datasets[0]!.partitions).toMatchObject([{ result: 'adopted', files: 1, generation: 1 }]);
      expect(await keys('lake', 'clean/sales/dt=2025-01-02/')).toEqual(original);
      expect((await project.scan()).datasets[0]).toMatchObject({
        counts: { fresh: 1, missing: 2 },
        unmanaged: {},
      });
      await putRaw('2025-01-02', 5);
      const run = await project.apply(await project.plan());
      expect(run.counts).toEqual({ promoted: 3 });
      expect(await rowsOf('2025-01-02')).toEqual([2, 4, 6, 8, 10]);
      await project.rollback(run.id, { partitions: ['dt=2025-01-02'] });
      expect(await rowsOf('2025-01-02')).toEqual([2, 4, 6]);
    } finally {
      await project.close();
    }
  });

  it('refuses to write without its journal, and makes a new one of what stands there', async () => {
    for (const day of ['2025-01-01', '2025-01-02', '2025-01-03']) await putRaw(day, 3);
    // S3 tells times by the second: without a journal, data as old as its input counts as older than it.
    await setTimeout(1000 - (Date.now() % 1000));
    const project = await openProject({ dir });
    try {
      await project.apply(await project.plan());
      const s3 = await store('lake');
      const control = await listAll(s3, 'clean/_lakefill/');
      await s3.delete(control.map(({ path: name }) => ({ path: name, etag: null })));
      await s3.close();
      const before = await keys('lake', 'clean/sales/');
      await expect(project.gc()).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
      await expect(project.apply(await project.plan({ only: ['all'] }))).rejects.toMatchObject({
        code: 'JOURNAL_LOST',
      });
      const made = await project.adopt({ rebuild: true });
      expect(made.datasets[0]!.partitions.map(({ result }) => result)).toEqual(Array(3).fill('adopted'));
      expect(await keys('lake', 'clean/sales/')).toEqual(before);
      await putRaw('2025-01-03', 5);
      expect((await project.apply(await project.plan())).counts).toEqual({ promoted: 1 });
      expect(await rowsOf('2025-01-03')).toEqual([2, 4, 6, 8, 10]);
    } finally {
      await project.close();
    }
  });

  it('refuses a store that lets two writers create one object, and says how to go on', async () => {
    server.ignored.add('put-if-none-match');
    await putRaw('2025-01-01', 3);
    const project = await openProject({ dir });
    try {
      const plan = await project.plan({ partitions: ['dt=2025-01-01'] });
      await expect(project.apply(plan)).rejects.toMatchObject({
        code: 'TARGET_REFUSED',
        hint: expect.stringContaining('--single-writer') as string,
      });
      expect(await keys('lake', 'clean/sales/')).toEqual([]);
    } finally {
      await project.close();
    }
  });
});

async function store(bucket: string) {
  return createS3Store({ bucket, env: server.env });
}

async function keys(bucket: string, prefix: string): Promise<string[]> {
  const s3 = await store(bucket);
  const listed = await listAll(s3, prefix);
  await s3.close();
  return listed.map((object) => object.path);
}

async function putRaw(day: string, rows: number): Promise<void> {
  const file = path.join(dir, `raw-${day}.parquet`);
  await query(
    `COPY (SELECT i AS id, TIMESTAMP '${day}' + to_minutes(i) AS ts, i AS amount FROM range(1, ${rows + 1}) t(i)) TO '${file}' (FORMAT parquet)`,
  );
  const s3 = await store('raw');
  await s3.put(`sales/dt=${day}/part-0.parquet`, { bytes: await readFile(file) }, { kind: 'overwrite' });
  await s3.close();
}

/** A clean file as something else would have written it. */
async function putForeign(day: string, rows: number): Promise<void> {
  const file = path.join(dir, `foreign-${day}.parquet`);
  await query(
    `COPY (SELECT i AS id, TIMESTAMP '${day}' + to_minutes(i) AS ts, i * 2 AS amount FROM range(1, ${rows + 1}) t(i)) TO '${file}' (FORMAT parquet)`,
  );
  const s3 = await store('lake');
  await s3.put(
    `clean/sales/dt=${day}/part-00000-spark.parquet`,
    { bytes: await readFile(file) },
    { kind: 'overwrite' },
  );
  await s3.close();
}

/** The amounts that a reader of the lake finds, read back by a DuckDB of the test's own. */
async function rowsOf(day: string): Promise<number[]> {
  const s3 = await store('lake');
  const folder = await mkdtemp(path.join(dir, 'back-'));
  for (const { path: key } of await listAll(s3, `clean/sales/dt=${day}/`)) {
    const got = await s3.get(key);
    if (got.outcome === 'found') await writeFile(path.join(folder, path.basename(key)), got.bytes);
  }
  await s3.close();
  expect((await readdir(folder)).length).toBe(1);
  return (
    await query(`SELECT amount::INTEGER AS amount FROM read_parquet('${folder}/*.parquet') ORDER BY 1`)
  ).map((row) => Number(row['amount']));
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
