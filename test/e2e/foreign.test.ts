/** Files that lakefill did not write: left alone, noticed, never replaced unasked, and restorable when replaced. */
import { cpSync, linkSync, readFileSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RecoverDocument } from '../../src/index.js';
import { salesSql, writeParquet } from './duck.js';
import { TestLake, day, days, key, outcomes, ROWS, SALES_SQL, salesYaml, until } from './lake.js';
import { slow } from './slow.js';

/** A file of the clean dataset's shape that something else wrote. */
function foreignFile(lake: TestLake, file: string, version: number): Promise<void> {
  return writeParquet(
    lake.path(file),
    `SELECT order_id + 50000 AS order_id, ts, region, qty * price AS revenue, version FROM (${salesSql(day(1), 100_000, version, ROWS)})`,
  );
}

test('markers, hidden files and hidden folders beside the data are nobody’s business', async () => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  const beside = ['_SUCCESS', '.part.crc', '_temporary/0/part-1.parquet', '.spark/x.parquet', '_metadata'];
  for (const name of beside) lake.write(`clean/sales/${key(1)}/${name}`, `${name} is kept`);
  lake.write('clean/sales/_SUCCESS', '');
  lake.write('clean/sales/_delta_backup/x.parquet', 'kept too');
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh' });
  const scanned = (await lake.scan()).datasets[0]!.partitions[0]!;
  expect(scanned.files).toBe(1);

  await lake.deliver([1], 2);
  expect(outcomes(await lake.run())).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
  for (const name of beside)
    expect(lake.read(`clean/sales/${key(1)}/${name}`).toString()).toBe(`${name} is kept`);
  expect(lake.exists('clean/sales/_delta_backup/x.parquet')).toBe(true);
});

test('a foreign file in a managed partition holds it; replaced on demand, it comes back with a rollback', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  const foreign = `clean/sales/${key(1)}/part-from-elsewhere.parquet`;
  await foreignFile(lake, foreign, 7);
  const bytes = lake.read(foreign);
  await lake.deliver([1, 2], 2);

  expect((await lake.statuses())[key(1)]).toMatch(/^stale modified-outside/);
  const plan = await lake.plan('plan.json');
  expect(plan.datasets[0]!.held).toMatchObject([{ key: key(1), code: 'modified-outside' }]);
  expect(plan.datasets[0]!.held[0]!.hint).toContain('--overwrite-external');
  expect(outcomes(await lake.run())).toEqual({ [key(2)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS, 7: ROWS });

  const over = await lake.run(0, '--overwrite-external');
  expect(outcomes(over)).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
  await lake.ok(0, 'rollback', over.id, '--yes');
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS, 7: ROWS });
  expect(lake.dataFiles(`clean/sales/${key(1)}`).some((file) => readFileSync(file).equals(bytes))).toBe(true);
});

test('a partition that something else made is held, and restorable when it was replaced on demand', async () => {
  const lake = await TestLake.sales(2);
  const foreign = `clean/sales/${key(1)}/old.parquet`;
  await foreignFile(lake, foreign, 7);
  const bytes = lake.read(foreign);

  // Newer than its input, so it is fresh and not ours.
  expect((await lake.scan()).datasets[0]!.partitions[0]).toMatchObject({ status: 'fresh', managed: false });
  const first = await lake.run(0, '--only', 'all');
  expect(outcomes(first)).toEqual({ [key(2)]: 'promoted' });
  expect(lake.read(foreign).equals(bytes)).toBe(true);
  const plan = await lake.plan('plan.json', '--only', 'all');
  expect(plan.datasets[0]!.held).toMatchObject([{ key: key(1), code: 'unmanaged' }]);

  const over = await lake.run(0, '--only', 'all', '--overwrite-external', '--partition', key(1));
  expect(outcomes(over)).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  const back = await lake.ok(0, 'rollback', over.id, '--yes', '--json');
  expect(outcomes(back.json())).toEqual({ [key(1)]: 'promoted' });
  const [restored, ...more] = lake.dataFiles(`clean/sales/${key(1)}`);
  expect(more).toEqual([]);
  expect(readFileSync(restored!).equals(bytes)).toBe(true);
});

test.each([
  [
    'added',
    (lake: TestLake) => foreignFile(lake, `clean/sales/${key(1)}/intruder.parquet`, 7),
    { 1: ROWS, 7: ROWS },
  ],
  [
    'replaced',
    (lake: TestLake) =>
      foreignFile(lake, lake.dataFiles(`clean/sales/${key(1)}`)[0]!.slice(lake.dir.length + 1), 7),
    { 7: ROWS },
  ],
  [
    'removed',
    (lake: TestLake) => {
      lake.remove(lake.dataFiles(`clean/sales/${key(1)}`)[0]!.slice(lake.dir.length + 1));
      return Promise.resolve();
    },
    {},
  ],
])('a file that something else %s while the run works wins', async (_, change, versions) => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  lake.define('sales', salesYaml(1), slow(SALES_SQL));
  await lake.deliver([1], 2);

  const run = lake.start(['run', '--yes', '--events', '--only', 'all']);
  await until('the transform runs', () => run.text().includes('"step":"transform"') || run.ended());
  await change(lake);
  const done = await run.done;
  expect(done.status, done.stdout + done.stderr).toBe(10);
  const last = JSON.parse(done.stdout.trim().split('\n').at(-1)!) as { document: never };
  expect(outcomes(last.document)).toEqual({ [key(1)]: 'conflict' });
  expect(await lake.versions(key(1))).toEqual(versions);
  expect(lake.files('clean/_lakefill/sales/prepared')).toEqual([]);
});

test('files that arrive in the middle of promotions are never lost and never hidden', async () => {
  const count = 6;
  const lake = await TestLake.sales(count);
  await lake.fill();
  await lake.deliver(days(count), 2);
  await foreignFile(lake, 'elsewhere.parquet', 7);
  const bytes = lake.read('elsewhere.parquet');
  const planted = new Set<number>();
  const intruder = (n: number) => `clean/sales/${key(n)}/zz-intruder.parquet`;

  const run = lake.start(['run', '--yes', '--json']);
  let read = lake.journal().length;
  await until('the run ends', () => {
    // As soon as the journal tells the intent, and before or after any of the steps behind it.
    const entries = lake.journal().slice(read);
    read += entries.length;
    for (const fact of entries.flatMap((entry) => entry.facts)) {
      if (fact['fact'] !== 'promoting') continue;
      const n = days(count).find((d) => key(d) === fact['key'])!;
      linkSync(lake.path('elsewhere.parquet'), lake.path(intruder(n)));
      planted.add(n);
    }
    return run.ended();
  });
  const done = await run.done;
  expect(planted.size).toBe(count);
  const ends = outcomes(done.json());
  const statuses = await lake.statuses();
  for (const n of days(count)) {
    const versions = await lake.versions(key(n));
    const own =
      ends[key(n)] === 'promoted'
        ? [{ 2: ROWS, 7: ROWS }]
        : [
            { 1: ROWS, 7: ROWS },
            { 2: ROWS, 7: ROWS },
          ];
    expect(own, `${key(n)} ended ${ends[key(n)]}`).toContainEqual(versions);
    expect(lake.read(intruder(n)).equals(bytes)).toBe(true);
    expect(statuses[key(n)], key(n)).toMatch(/^stale modified-outside/);
  }
  const recovered = await lake.library((project) => project.recover());
  expect(recovered.datasets.flatMap(({ keys }) => keys)).toEqual([]);
});

test('a copied lake is fresh, and its partitions are replaced, rolled back and recovered like any other', async () => {
  const lake = await TestLake.sales(2);
  const first = await lake.fill();
  expect(first.exitCode).toBe(0);
  cpSync(lake.path('clean'), lake.path('copy'), { recursive: true });
  lake.remove('clean');
  renameSync(lake.path('copy'), lake.path('clean'));
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh', [key(2)]: 'fresh' });
  const notes = async () => (await lake.scan()).datasets[0]!.notes.map((note) => note.code);
  expect(await notes()).toEqual(['copied']);
  expect((await lake.ok(0, 'recover', '--dry-run')).stdout).toContain('2 partitions were copied');
  expect(await notes()).toEqual(['copied']);
  const recovered = await lake.ok(0, 'recover', '--yes', '--json');
  expect(recovered.json<RecoverDocument>().datasets).toEqual([{ dataset: 'sales', copied: 2, keys: [] }]);
  expect(await notes()).toEqual([]);
  expect((await lake.ok(0, 'recover', '--yes')).stdout).toContain('nothing to recover');

  await lake.deliver([1], 2);
  const second = await lake.run();
  expect(outcomes(second)).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
  expect(outcomes((await lake.ok(0, 'rollback', second.id, '--yes', '--json')).json())).toEqual({
    [key(1)]: 'promoted',
  });
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  // The other one was never replaced since the copy was made: its journal still has the versions of the original.
  await lake.ok(0, 'rollback', first.id, '--yes', '--partition', key(2));
  expect(await lake.versions(key(2))).toEqual({});
});
