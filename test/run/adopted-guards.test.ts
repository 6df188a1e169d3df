/** Adopted partitions are guarded like those that were made here: what nothing recorded of them is read from their footers. */
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeParquet } from '../e2e/duck.js';
import { TestLake, day, days, key, outcomes, rawFile } from '../e2e/lake.js';

const YAML = `target: ./clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(4)} }
inputs:
  raw: ./raw/sales/dt={dt}/*.parquet
schema: { policy: strict }
checks:
  - rowCount: { vsCurrent: [0.9, 1.1] }
`;

const ROWS = `SELECT i AS k, 'a' || i AS name, (i / 7)::DECIMAL(18, 2) AS price, [i] AS list, {'a': i::UTINYINT, 'b': uuid()} AS pair,
  TIMESTAMP '2025-01-01' + to_hours(i::INTEGER) AS ts, TIMESTAMPTZ '2025-01-01 00:00:00Z' AS at, DATE '2025-01-01' AS d FROM range(24) t(i) ORDER BY i`;

const LONG_AGO = new Date('2025-02-01');

/** Days that something else wrote, the column of the path in its files too, taken over as they stand. */
async function adopted(): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define('sales', YAML, 'SELECT * EXCLUDE (dt) FROM raw');
  for (const n of days(4)) {
    await writeParquet(lake.path(rawFile(n)), ROWS);
    // A clock that ticks every few milliseconds may give both files one time; what is as new as its target is no fresh one.
    utimesSync(lake.path(rawFile(n)), LONG_AGO, LONG_AGO);
    const file = `clean/sales/${key(n)}/part-00000-8c1b6a3e-c000.snappy.parquet`;
    await writeParquet(lake.path(file), `SELECT *, DATE '${day(n)}' AS dt FROM (${ROWS})`);
  }
  await lake.library((project) => project.adopt());
  return lake;
}

test('output of an adopted lake is held against the columns and rows of the files that stand there', async () => {
  const lake = await adopted();
  await writeParquet(lake.path(rawFile(1)), `SELECT *, 1 AS extra FROM (${ROWS})`);
  await writeParquet(lake.path(rawFile(2)), `SELECT * REPLACE (k::VARCHAR AS k) FROM (${ROWS})`);
  await writeParquet(lake.path(rawFile(3)), `${ROWS} LIMIT 2`);
  await writeParquet(lake.path(rawFile(4)), `${ROWS} DESC`);
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(run)).toEqual({
    [key(1)]: 'rejected',
    [key(2)]: 'rejected',
    [key(3)]: 'rejected',
    [key(4)]: 'promoted',
  });
  const [extra, retyped, short, same] = run.datasets[0]!.partitions;
  expect(extra!.error!.message).toContain('column extra is new');
  expect(retyped!.error!.message).toContain('column k is VARCHAR instead of BIGINT');
  expect(short!.error!.message).toContain('2 rows are 0.083 of the 24 rows that readers find now');
  expect(same).toMatchObject({ rows: { previous: 24 }, checks: [{ passed: true }, { passed: true }] });
  expect(same!.checks.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
});

/** Two of 24 rows without a name. */
const SOME_NULL = `SELECT * REPLACE (CASE WHEN k > 1 THEN name END AS name) FROM (${ROWS})`;
const NULLS = `${YAML}  - nullRatio: { column: name, vsCurrent: 0.05 }\n`;

test('a rise of NULLs over what stands there is refused, whoever wrote it', async () => {
  const lake = await adopted();
  lake.define('sales', NULLS, 'SELECT * EXCLUDE (dt) FROM raw');
  await writeParquet(lake.path(rawFile(1)), SOME_NULL);
  await writeParquet(lake.path(rawFile(2)), `${ROWS} DESC`);
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(run)).toEqual({ [key(1)]: 'rejected', [key(2)]: 'promoted' });
  expect(run.datasets[0]!.partitions[0]!.error!.message).toContain(
    'nullRatio(name): 8.33 % of the rows have name NULL, 0 % of those that readers find now',
  );
  // The second day is of lakefill now: its file is asked, though its rows are recorded.
  await writeParquet(lake.path(rawFile(2)), SOME_NULL);
  const again = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(again)).toEqual({ [key(2)]: 'rejected' });
});

test('what was never adopted is guarded by its footers when it is to be overwritten', async () => {
  const lake = TestLake.empty();
  lake.define('sales', NULLS, 'SELECT * EXCLUDE (dt) FROM raw');
  for (const n of days(4)) {
    await writeParquet(lake.path(rawFile(n)), n === 3 ? `${ROWS} LIMIT 2` : n === 4 ? SOME_NULL : ROWS);
    await writeParquet(lake.path(`clean/sales/${key(n)}/part-0.parquet`), ROWS);
  }
  const run = await lake.library(async (project) =>
    project.apply(await project.plan({ only: ['all'], overwriteExternal: true })),
  );
  expect(outcomes(run)).toEqual({
    [key(1)]: 'promoted',
    [key(2)]: 'promoted',
    [key(3)]: 'rejected',
    [key(4)]: 'rejected',
  });
  const [same, , short] = run.datasets[0]!.partitions;
  expect(same!.rows.previous).toBe(24);
  expect(short!.error!.message).toContain('2 rows are 0.083 of the 24 rows that readers find now');
});

test('a hole in a lake that nobody adopted is filled with the columns of the newest files that stand there', async () => {
  const lake = TestLake.empty();
  lake.define('sales', YAML, 'SELECT * EXCLUDE (dt) FROM raw');
  for (const n of days(4)) await writeParquet(lake.path(rawFile(n)), ROWS);
  for (const n of [1, 2])
    await writeParquet(lake.path(`clean/sales/${key(n)}/part-0.parquet`), n === 1 ? `SELECT 1 AS k` : ROWS);
  await writeParquet(lake.path(rawFile(3)), `SELECT * REPLACE (k::VARCHAR AS k) FROM (${ROWS})`);
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(run)).toEqual({ [key(3)]: 'rejected', [key(4)]: 'promoted' });
  expect(run.datasets[0]!.partitions[0]!.error!.message).toContain('column k is VARCHAR instead of BIGINT');
});

test('where the newest files differ from the output, all of it is refused: nothing mixes by chance', async () => {
  const lake = TestLake.empty();
  lake.define('sales', YAML, 'SELECT * EXCLUDE (dt) FROM raw');
  for (const n of days(4)) await writeParquet(lake.path(rawFile(n)), ROWS);
  await writeParquet(
    lake.path(`clean/sales/${key(2)}/part-0.parquet`),
    `SELECT k::INTEGER AS k FROM (${ROWS})`,
  );
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(run)).toEqual({ [key(1)]: 'rejected', [key(3)]: 'rejected', [key(4)]: 'rejected' });
});
