/** Inputs that cannot be read, and inputs that change under the hands of a plan or a run. */
import { openSync, renameSync, truncateSync, writeSync, closeSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestLake, days, key, outcomes, rawFile, ROWS, salesYaml, SALES_SQL, until } from './lake.js';
import { slow } from './slow.js';

test('files that cannot be read fail their own day and nothing else; good copies repair it', async () => {
  const lake = await TestLake.sales(6);
  truncateSync(lake.path(rawFile(2)), statSync(lake.path(rawFile(2))).size - 100);
  lake.write(rawFile(3), '');
  lake.write(rawFile(4), `PAR1${'garbage '.repeat(40)}PAR1`);
  lake.write(rawFile(5), 'this is no Parquet file at all\n'.repeat(10));
  // The footer is whole, the pages are not.
  const pages = openSync(lake.path(rawFile(6)), 'r+');
  writeSync(pages, Buffer.alloc(300, 0xff), 0, 300, 4);
  closeSync(pages);

  const run = await lake.run(3);
  expect(outcomes(run)).toMatchObject({ [key(1)]: 'promoted', [key(2)]: 'failed', [key(4)]: 'failed' });
  for (const partition of run.datasets[0]!.partitions.filter((p) => p.outcome !== 'promoted')) {
    expect(partition).toMatchObject({ outcome: 'failed', error: { code: 'INPUT_UNREADABLE' } });
    expect(partition.error!.message).toContain(`raw/sales/${partition.key}/part-0.parquet`);
    expect(partition.error!.message).not.toContain('scratch');
    expect(lake.dataFiles(`clean/sales/${partition.key}`)).toEqual([]);
  }
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  // A file without a single byte is known to be none before anything is read.
  expect((await lake.statuses())[key(3)]).toBe('blocked input-unreadable');
  const text = await lake.cli('scan');
  expect(text.stdout).toContain('input-unreadable');

  await lake.deliver([2, 3, 4, 5, 6]);
  const again = await lake.run(0);
  expect(Object.values(outcomes(again))).toEqual(Array(5).fill('promoted'));
  for (const n of days(6)) expect(await lake.versions(key(n))).toEqual({ 1: ROWS });
});

test('an input replaced between plan and apply is a conflict of its own partition', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  await lake.deliver([1, 2], 2);
  await lake.plan('both.json');
  await lake.deliver([2], 3);

  const both = await lake.ok(3, 'apply', 'both.json', '--json');
  expect(outcomes(both.json())).toEqual({ [key(1)]: 'promoted', [key(2)]: 'conflict' });
  const refused = both.json().datasets[0]!.partitions.find((p) => p.key === key(2))!;
  expect(refused.error).toMatchObject({ code: 'input-changed', hint: 'Plan again.' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
  expect(await lake.versions(key(2))).toEqual({ 1: ROWS });

  // Nothing else to do in this plan: the whole of it is a conflict.
  await lake.plan('one.json');
  await lake.deliver([2], 4);
  const before = lake.tree('clean/sales');
  await lake.ok(10, 'apply', 'one.json', '--json');
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(outcomes(await lake.run())).toEqual({ [key(2)]: 'promoted' });
  expect(await lake.versions(key(2))).toEqual({ 4: ROWS });
});

test.each([
  ['by rename', (lake: TestLake) => lake.deliver([1], 3)],
  [
    'in place',
    async (lake: TestLake) => {
      // The run may have the very same file open, under a name of its own.
      await lake.deliver([9], 3);
      lake.write(rawFile(1), lake.read(rawFile(9)));
    },
  ],
  [
    'in place, half of it so far',
    (lake: TestLake) => {
      const whole = lake.read(rawFile(1));
      lake.write(rawFile(1), whole.subarray(0, whole.length / 2));
      return Promise.resolve();
    },
  ],
  ['by removal', (lake: TestLake) => Promise.resolve(lake.remove(rawFile(1)))],
])('an input replaced during the run (%s) is not published', async (how, replace) => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  lake.define('sales', salesYaml(1), slow(SALES_SQL));
  await lake.deliver([1], 2);
  const before = lake.tree('clean/sales');

  const run = lake.start(['run', '--yes', '--events', '--only', 'all']);
  await until('the transform runs', () => run.text().includes('"step":"transform"') || run.ended());
  await replace(lake);
  const done = await run.done;

  const ended = JSON.parse(done.stdout.trim().split('\n').at(-1)!) as { document: never };
  expect(done.status, done.stdout + done.stderr).toBe(10);
  expect(outcomes(ended.document)).toEqual({ [key(1)]: 'conflict' });
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  const statuses = await lake.statuses();
  expect(statuses[key(1)]).toMatch(how === 'by removal' ? /^fresh/ : /^stale .*input-changed/);
});

test('a file that arrives during the run waits for the next one: what was planned is what is done', async () => {
  const lake = await TestLake.sales(1, { sql: slow(SALES_SQL) });
  const run = lake.start(['run', '--yes', '--events']);
  await until('the transform runs', () => run.text().includes('"step":"transform"') || run.ended());
  await lake.deliver([9], 3);
  renameSync(lake.path(rawFile(9)), lake.path(rawFile(1).replace('part-0', 'part-1')));
  expect((await run.done).status).toBe(0);
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  expect((await lake.statuses())[key(1)]).toMatch(/^stale .*input-changed/);
});
