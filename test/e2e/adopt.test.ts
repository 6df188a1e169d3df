/** Lakes that something else wrote, taken over as they stand: nothing is rewritten, and from then on they are looked after. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AdoptDocument } from '../../src/index.js';
import { expectValid } from '../cli/support/schemas.js';
import { salesSql, writeParquet } from './duck.js';
import { ROWS, SALES_SQL, TestLake, day, days, key, outcomes, rawFile, salesYaml } from './lake.js';

/** A file as Spark names them: nothing of lakefill in its name. */
function sparkFile(n: number, part = 0): string {
  return `clean/sales/${key(n)}/part-0000${part}-8c1b6a3e-c000.snappy.parquet`;
}

/** The clean rows of a day as something else would have made them. */
function sparkDay(lake: TestLake, n: number, version = 1, part = 0): Promise<void> {
  const raw = salesSql(day(n), n * 100_000, version, ROWS);
  return writeParquet(
    lake.path(sparkFile(n, part)),
    `SELECT order_id, ts, upper(trim(region)) AS region, qty * price AS revenue, version FROM (${raw})`,
  );
}

/** A raw lake, and a clean one that a plain loop of COPY made from it. */
async function foreignLake(count: number): Promise<TestLake> {
  const lake = await TestLake.sales(count);
  for (const n of days(count)) await sparkDay(lake, n);
  return lake;
}

function results(document: AdoptDocument): Record<string, string> {
  return Object.fromEntries(
    document.datasets[0]!.partitions.map((p) => [
      p.key,
      p.code === null ? p.result : `${p.result} ${p.code}`,
    ]),
  );
}

function digests(lake: TestLake, folder: string): string[] {
  return lake.dataFiles(folder).map((file) =>
    createHash('sha256')
      .update(lake.read(file.slice(lake.dir.length + 1)))
      .digest('hex'),
  );
}

test('a year that something else wrote is taken over without touching it, and then looked after', async () => {
  const lake = await foreignLake(365);
  const before = lake.tree('clean/sales');
  const original = digests(lake, `clean/sales/${key(40)}`);
  const scanned = await lake.ok(0, 'scan');
  expect(scanned.stdout).toMatch(/^sales {2}365 fresh \(365 unmanaged\)$/m);

  const would = await lake.ok(0, 'adopt', '--dry-run', '--json');
  expect(lake.exists('clean/_lakefill')).toBe(false);
  expect(Object.values(results(would.json<AdoptDocument>()))).toEqual(Array(365).fill('adopted'));

  const adopted = (
    await lake.ok(0, 'adopt', '--yes', '--json', '--reason', 'made by Spark')
  ).json<AdoptDocument>();
  expectValid('adopt', adopted);
  expect(results(adopted)).toEqual(Object.fromEntries(days(365).map((n) => [key(n), 'adopted'])));
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(lake.journal().length).toBeLessThanOrEqual(3);
  const scan = (await lake.scan()).datasets[0]!;
  expect(scan.counts).toEqual({ fresh: 365 });
  expect(scan.unmanaged).toEqual({});
  expect(scan.partitions[0]).toMatchObject({ managed: true, generation: 1, rows: null });

  // Nothing is left to do, neither for adopt nor for run.
  const journal = lake.journal().length;
  const again = (await lake.ok(0, 'adopt', '--yes', '--json')).json<AdoptDocument>();
  expect(again.datasets[0]).toMatchObject({ managed: 365, partitions: [] });
  expect((await lake.run()).counts).toEqual({});
  expect(lake.journal()).toHaveLength(journal);
  expect(lake.tree('clean/sales')).toEqual(before);

  // An input that changes makes its key stale, a run replaces what something else wrote, and a rollback brings those bytes back.
  await lake.deliver([40], 2);
  expect((await lake.statuses())[key(40)]).toBe('stale input-changed');
  const run = await lake.run();
  expect(outcomes(run)).toEqual({ [key(40)]: 'promoted' });
  expect(await lake.versions(key(40))).toEqual({ 2: ROWS });
  await lake.ok(0, 'rollback', run.id, '--yes');
  expect(digests(lake, `clean/sales/${key(40)}`)).toEqual(original);
  expect(await lake.versions(key(40))).toEqual({ 1: ROWS });

  const history = await lake.ok(0, 'history');
  expect(history.stdout).toMatch(/adopt .* 365 adopted +made by Spark/);
  const events = await lake.ok(0, 'history', '--partition', key(40));
  expect(events.stdout).toContain("1 file as found; that day's inputs and definition are assumed");
  const undo = await lake.cli('rollback', adopted.run, '--yes', '--json');
  expect([undo.status, undo.error().code]).toEqual([2, 'RUN_UNKNOWN']);
});

test('what is stale or was modified is taken over only by name; the rest is left, with its reason', async () => {
  const lake = await TestLake.sales(6, {
    yaml: salesYaml(6).replace(
      'checks:',
      `  late: { url: './late/dt={dt}/*.parquet', require: none }\nchecks:`,
    ),
  });
  await sparkDay(lake, 1);
  await sparkDay(lake, 2);
  await lake.deliver([2], 2); // its input is newer
  lake.write(`clean/sales/${key(3)}/torn.parquet`, 'torn');
  await sparkDay(lake, 4);
  await lake.ok(0, 'run', '--yes', '--partition', key(5));
  await sparkDay(lake, 5); // beside a generation of lakefill
  const foreign = `clean/sales/dt=2024-12-31/x.parquet`;
  await writeParquet(lake.path(foreign), 'SELECT 1 AS a');
  const before = lake.tree('clean/sales');

  const text = await lake.ok(0, 'adopt', '--yes');
  expect(text.stdout).toContain("--partition 'dt=2025-01-02'");
  const again = (await lake.ok(0, 'adopt', '--yes', '--json')).json<AdoptDocument>();
  expect(results(again)).toEqual({
    [key(2)]: 'left input-newer',
    [key(3)]: 'left settling',
    [key(5)]: 'left modified-outside',
    [key(6)]: 'left absent',
    'dt=2024-12-31': 'left not-expected',
  });
  expect(again.datasets[0]!.managed).toBe(2);

  const named = ['--partition', key(2), '--partition', key(3), '--partition', key(5)];
  const taken = (await lake.ok(0, 'adopt', '--yes', '--json', ...named)).json<AdoptDocument>();
  expect(results(taken)).toEqual({ [key(2)]: 'adopted', [key(3)]: 'left settling', [key(5)]: 'adopted' });
  expect(taken.datasets[0]!.partitions.find((p) => p.key === key(5))).toMatchObject({
    generation: 2,
    files: 2,
  });
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(await lake.statuses()).toMatchObject({
    [key(1)]: 'fresh',
    [key(2)]: 'fresh',
    [key(3)]: 'pending settling',
    [key(5)]: 'fresh',
  });
});

test('a definition that changes after the adoption makes its partitions stale, its form alone does not', async () => {
  const lake = await foreignLake(2);
  await lake.ok(0, 'adopt', '--yes');
  lake.define('sales', salesYaml(2), SALES_SQL.toLowerCase().replace('select ', 'select\n  '));
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh', [key(2)]: 'fresh' });
  lake.define('sales', salesYaml(2), SALES_SQL.replace('qty * price', 'qty * price * 2'));
  expect(await lake.statuses()).toEqual({
    [key(1)]: 'stale definition-changed',
    [key(2)]: 'stale definition-changed',
  });
});

test('without a terminal it asks for --yes, and a selection narrows it', async () => {
  const lake = await foreignLake(3);
  const asked = await lake.cli('adopt', '--json');
  expect([asked.status, asked.error().code]).toEqual([2, 'CONFIRMATION_NEEDED']);
  const some = await lake.ok(0, 'adopt', '--yes', '--json', '--from', day(2), '--exclude', key(3));
  expect(results(some.json<AdoptDocument>())).toEqual({ [key(2)]: 'adopted' });
  expect((await lake.scan()).datasets[0]!.unmanaged).toEqual({ fresh: 2 });
  expect(lake.exists(rawFile(1))).toBe(true);
});
