/** Partitions that are found in an input: its pairs of day and region, as they come and go. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeParquet } from '../e2e/duck.js';
import { TestLake, day, key } from '../e2e/lake.js';
import { expectNothingToDo, fill, planned } from './converge.js';

const YAML = `target: ./clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(3)}, exclude: [${day(2)}] }
  region: { from: raw }
inputs:
  raw: ./raw/sales/dt={dt}/region={region}/*.parquet
`;
const id = (n: number, region: string) => `${key(n)}/region=${region}`;

async function deliver(lake: TestLake, n: number, region: string): Promise<void> {
  const file = lake.path(`raw/sales/dt=${day(n)}/region=${region}/part-0.parquet`);
  await writeParquet(file, `SELECT ${n}::INTEGER AS amount`);
}

async function regions(): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define('sales', YAML);
  await deliver(lake, 1, 'eu');
  await deliver(lake, 2, 'eu');
  await deliver(lake, 3, 'us');
  return lake;
}

test('the pairs of the listing are the partitions; new ones appear, and what was made stays known', async () => {
  const lake = await regions();
  expect(await lake.statuses()).toEqual({ [id(1, 'eu')]: 'missing absent', [id(3, 'us')]: 'missing absent' });
  expect(await fill(lake, { partitions: [`dt=${day(3)}/region=us`] })).toEqual({
    [`sales/${id(3, 'us')}`]: 'promoted',
  });
  expect(await fill(lake)).toEqual({ [`sales/${id(1, 'eu')}`]: 'promoted' });
  await expectNothingToDo(lake);

  await deliver(lake, 1, 'apac');
  expect(await planned(lake)).toMatchObject({ tasks: [`sales/${id(1, 'apac')}`] });
  await fill(lake);
  await expectNothingToDo(lake);

  // Gone from the input: the partition is expected because the journal knows it, and is not rewritten from nothing.
  lake.remove(`raw/sales/dt=${day(3)}`);
  expect(await lake.statuses()).toEqual({
    [id(1, 'apac')]: 'fresh',
    [id(1, 'eu')]: 'fresh',
    [id(3, 'us')]: 'fresh',
  });
  await expectNothingToDo(lake);
  // What stands in the target and nobody knows is unexpected.
  lake.write(`clean/sales/${id(3, 'mars')}/a.parquet`, 'x');
  expect(await lake.statuses()).toMatchObject({ [id(3, 'mars')]: 'unexpected not-expected' });
});

test('pairs whose marker is missing are no partitions yet: scan, plan and run say so, and nothing is wrong', async () => {
  const lake = await regions();
  lake.define(
    'sales',
    YAML.replace(
      'raw: ./raw/sales/dt={dt}/region={region}/*.parquet',
      'raw: { url: "./raw/sales/dt={dt}/region={region}/*.parquet", marker: _SUCCESS }',
    ),
  );
  const told = 'no values found in raw (marker _SUCCESS is missing in 3 folders)';
  expect((await lake.ok(0, 'scan')).stdout).toContain(told);
  expect((await lake.ok(0, 'run', '--yes')).stdout + (await lake.ok(0, 'plan')).stdout).toContain(told);
  lake.write(`raw/sales/dt=${day(1)}/region=eu/_SUCCESS`, '');
  expect(await lake.statuses()).toEqual({ [id(1, 'eu')]: 'missing absent' });
});

test('objects whose path has no value where one should be are counted and one is named', async () => {
  const lake = await regions();
  expect((await lake.scan()).datasets[0]!.notes).toEqual([]);
  lake.write('raw/sales/dt=2025-02-30/region=eu/f.parquet', 'x');
  lake.write(`raw/sales/dt=${day(1)}/region=/f.parquet`, 'x');
  // Not data of the input.
  lake.write(`raw/sales/dt=${day(1)}/region=eu/readme.txt`, 'x');
  lake.write(`raw/sales/dt=${day(1)}/region=/_SUCCESS`, '');
  const scan = await lake.scan();
  const place = lake.path(`raw/sales/dt=${day(1)}/region=/f.parquet`);
  const message = `2 objects of input raw belong to no partition, as a value in the path is none, such as ${place}`;
  expect(scan.datasets[0]!.notes).toEqual([{ code: 'no-partition', message }]);
  expect((await lake.ok(0, 'scan')).stdout).toContain(message);
});

/** A folder with a file in it, whose last letter is no UTF-8. */
function misnamed(lake: TestLake, place: string): void {
  const folder = Buffer.concat([Buffer.from(lake.path(place)), Buffer.of(0xff)]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(Buffer.concat([folder, Buffer.from('/a.parquet')]), 'x');
}

test('a folder whose name is no text leaves the pairs unknown, is told, and hides no other dataset', async () => {
  const lake = TestLake.empty();
  lake.define('sales', YAML);
  lake.define(
    'other',
    `target: ./clean/other/dt={dt}/\npartition:\n  dt: { grain: day, start: ${day(1)}, end: ${day(1)} }\ninputs: { raw: "./raw/other/dt={dt}/*.parquet" }\n`,
  );
  await writeParquet(lake.path(`raw/other/dt=${day(1)}/a.parquet`), 'SELECT 1 AS amount');
  misnamed(lake, `raw/sales/dt=${day(3)}/region=`);
  const place = `${lake.path(`raw/sales/dt=${day(3)}/region=`)}\\xff is not valid UTF-8.`;
  const scan = await lake.ok(1, 'scan');
  expect(scan.stdout).toContain(`which partitions sales should have is not known: The name of ${place}`);
  expect(scan.stdout).toMatch(/^other {2}1 missing/m);
  expect((await lake.ok(1, 'run', '--yes')).stderr).toContain(`${place} Nothing was done.`);
  expect((await lake.ok(0, 'run', 'other', '--yes')).stdout).toContain('1 promoted');
  // With a pair that is known the keys themselves are unknown.
  await deliver(lake, 1, 'eu');
  expect(await lake.statuses()).toEqual({ [id(1, 'eu')]: 'unknown input-unknown' });
});

test('a folder whose name is no text in the target is told and changes no status', async () => {
  const lake = await regions();
  await fill(lake);
  misnamed(lake, `clean/sales/dt=${day(3)}/region=`);
  const { stdout } = await lake.ok(0, 'scan');
  expect(stdout).toContain('2 fresh');
  expect(stdout).toContain(`dt=${day(3)}/region=\\xff is not valid UTF-8.`);
});

test('a newline in a name of the target is seen as one', async () => {
  const lake = await regions();
  lake.write(`clean/sales/dt=${day(3)}/region=a\nb/a.parquet`, 'x');
  const { stdout } = await lake.ok(0, 'scan');
  expect(stdout).toContain(
    `unexpected  dt=${day(3)}/region=a\\nb  other-layout: ${lake.path('clean/sales')}/dt=${day(3)}/region=a\\nb/ has data`,
  );
});

test('what reads such a dataset waits for the pairs that it should have', async () => {
  const lake = await regions();
  lake.define(
    'all',
    `target: ./clean/all/dt={dt}/\npartition:\n  dt: { grain: day, start: ${day(1)}, end: ${day(3)} }\ninputs:\n  sales: { dataset: sales }\n`,
  );
  expect(await lake.statuses('all')).toEqual({
    [key(1)]: 'blocked upstream-missing',
    [key(2)]: 'blocked input-missing',
    [key(3)]: 'blocked upstream-missing',
  });
  expect(Object.keys(await fill(lake))).toEqual(
    expect.arrayContaining([`all/${key(1)}`, `all/${key(3)}`, `sales/${id(1, 'eu')}`]),
  );
  await expectNothingToDo(lake);
});
