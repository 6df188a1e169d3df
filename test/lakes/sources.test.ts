/** What an input's source does: writes a marker last, keeps its data for a while. */
import { expect, test } from 'vitest';
import { TestLake, day, key, salesYaml, SALES_SQL } from '../e2e/lake.js';
import { writeSales } from '../e2e/duck.js';
import { expectNothingToDo, fill, planned } from './converge.js';

test('a folder without its marker does not exist yet; with it the partition is made, once', async () => {
  const yaml = salesYaml(2).replace(
    './raw/sales/dt={dt}/*.parquet',
    "{ url: './raw/sales/dt={dt}/*.parquet', marker: _SUCCESS }",
  );
  const lake = await TestLake.sales(2, { yaml });
  lake.write(`raw/sales/dt=${day(1)}/_SUCCESS`, '');
  expect(await lake.statuses()).toEqual({ [key(1)]: 'missing absent', [key(2)]: 'blocked input-missing' });
  expect(await fill(lake)).toEqual({ [`sales/${key(1)}`]: 'promoted' });
  await expectNothingToDo(lake);
  // A marker that is written again says nothing new; the data does.
  lake.write(`raw/sales/dt=${day(1)}/_SUCCESS`, 'again');
  lake.write(`raw/sales/dt=${day(2)}/_SUCCESS`, '');
  expect(await fill(lake)).toEqual({ [`sales/${key(2)}`]: 'promoted' });
  // While the source writes the day again, its marker is gone: nothing is made from half of it.
  lake.remove(`raw/sales/dt=${day(2)}/_SUCCESS`);
  await lake.deliver([2], 2);
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh', [key(2)]: 'fresh' });
  await expectNothingToDo(lake);
  lake.write(`raw/sales/dt=${day(2)}/_SUCCESS`, '');
  expect(await lake.statuses()).toMatchObject({ [key(2)]: 'stale input-changed' });
  expect(await fill(lake)).toEqual({ [`sales/${key(2)}`]: 'promoted' });
  expect(await lake.versions(key(2))).toEqual({ 2: 20 });
  await expectNothingToDo(lake);
});

test('what is older than the source keeps is never made again, whoever asks', async () => {
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const [old, young] = [ago(40), ago(20)];
  const yaml = salesYaml(2)
    .replace(`start: ${day(1)}, end: ${day(2)}`, `start: ${old}, end: ${young}`)
    .replace('./raw/sales/dt={dt}/*.parquet', "{ url: './raw/sales/dt={dt}/*.parquet' }");
  const lake = TestLake.empty();
  lake.define('sales', yaml, SALES_SQL);
  const rows = async (date: string, version: number) => {
    await writeSales(lake.path(`raw/sales/dt=${date}/part-0.parquet`), date, 1000, version, 20);
  };
  await rows(old, 1);
  await rows(young, 1);
  expect(await fill(lake)).toEqual({ [`sales/dt=${old}`]: 'promoted', [`sales/dt=${young}`]: 'promoted' });
  lake.define('sales', yaml.replace("*.parquet' }", "*.parquet', keeps: 30d }"), SALES_SQL);
  // Retention is no part of the definition's fingerprint.
  await expectNothingToDo(lake);
  await rows(old, 2);
  await rows(young, 2);
  const held = `sales/dt=${old} retention`;
  expect(await planned(lake)).toMatchObject({
    tasks: [`sales/dt=${young}`],
    held: expect.arrayContaining([held]),
  });
  expect(await fill(lake, { only: ['all'], partitions: [`dt=${old}`], overwriteExternal: true })).toEqual({});
  expect(await lake.versions(`dt=${old}`)).toEqual({ 1: 20 });
});
