/** Which partitions a run takes, in which order, when it stops, and that a dry run writes nothing. */
import { expect, test } from 'vitest';
import { TestLake, days, key, outcomes, ROWS, SALES_SQL, salesYaml } from './lake.js';

/** Fails on one day. */
function failingOn(n: number): string {
  return SALES_SQL.replace(
    'version\n',
    `CASE WHEN order_id = ${n * 100_000} THEN error('no luck') ELSE version END AS version\n`,
  );
}

function endsInOrder(events: string): string[] {
  return events
    .split('\n')
    .filter((line) => line.includes('"partition-ended"'))
    .map((line) => (JSON.parse(line) as { result: { key: string } }).result.key);
}

test('limits, order and shares', async () => {
  const lake = await TestLake.sales(6);
  const dry = async (...args: string[]) => Object.keys(outcomes(await lake.run(0, '--dry-run', ...args)));
  const before = lake.tree();
  expect(await dry('--limit', '2')).toEqual([key(1), key(2)]);
  expect(await dry('--limit', '2', '--order', 'newest')).toEqual([key(6), key(5)]);
  expect(lake.tree()).toEqual(before);
  const shares = await Promise.all(
    [1, 2, 3].map(async (i) =>
      (await lake.plan(`p${i}.json`, '--shard', `${i}/3`)).datasets[0]!.tasks.map((t) => t.key),
    ),
  );
  expect(shares.flat().sort()).toEqual(days(6).map(key));
  for (const i of [1, 2, 3]) lake.remove(`p${i}.json`);

  // One at a time and in order: batches of one.
  const newest = await lake.ok(0, ...'run --yes --events --order newest --batch 1 --limit 3'.split(' '));
  expect(endsInOrder(newest.stdout)).toEqual([key(6), key(5), key(4)]);

  lake.define('sales', salesYaml(6, 'limits: { partitions: 2 }\n'), SALES_SQL);
  const over = await lake.ok(2, 'run', '--yes', '--json');
  expect(over.error()).toMatchObject({ code: 'PLAN_REFUSED' });
  expect(over.error().hint).toContain('--limit 2');
  expect(Object.keys(outcomes(await lake.run(0, '--limit', 'all')))).toEqual([key(1), key(2), key(3)]);
});

test('a canary that fails, and too many failures, stop what is not begun', async () => {
  const lake = await TestLake.sales(4, { sql: failingOn(1) });
  const canary = await lake.run(3, '--canary');
  expect(outcomes(canary)).toEqual({
    [key(1)]: 'failed',
    [key(2)]: 'cancelled',
    [key(3)]: 'cancelled',
    [key(4)]: 'cancelled',
  });
  expect(canary.datasets[0]!.partitions[1]!.error).toMatchObject({ code: 'canary' });
  expect(lake.dataFiles('clean/sales')).toEqual([]);

  await lake.deliver([5, 6, 7, 8, 9, 10, 11, 12]);
  lake.define('sales', salesYaml(12), SALES_SQL.replace('version\n', "error('no luck') AS version\n"));
  const many = await lake.run(3, '--max-failures', '2', '--concurrency', '1', '--only', 'all');
  const ends = Object.values(outcomes(many));
  expect(ends.filter((o) => o === 'failed').length).toBeGreaterThanOrEqual(2);
  expect(ends.filter((o) => o === 'cancelled').length).toBeGreaterThanOrEqual(3);
  expect(many.datasets[0]!.partitions.find((p) => p.outcome === 'cancelled')!.error).toMatchObject({
    code: 'max-failures',
  });

  lake.define('sales', salesYaml(12), SALES_SQL);
  const good = await lake.ok(0, 'run', '--yes', '--events', '--canary', '--only', 'all');
  expect(endsInOrder(good.stdout)[0]).toBe(key(1));
  expect(endsInOrder(good.stdout)).toHaveLength(12);
});

test('together: all or none; batches: in order, and each for itself', async () => {
  const lake = await TestLake.sales(4, { sql: failingOn(3) });
  const none = await lake.run(3, '--together');
  expect(outcomes(none)).toEqual({
    [key(1)]: 'blocked',
    [key(2)]: 'blocked',
    [key(3)]: 'failed',
    [key(4)]: 'blocked',
  });
  expect(lake.dataFiles('clean/sales')).toEqual([]);
  const batched = await lake.ok(3, 'run', '--yes', '--events', '--together', '--batch', '2');
  expect(endsInOrder(batched.stdout).slice(0, 2).sort()).toEqual([key(1), key(2)]);
  expect(Object.keys(await lake.versions(key(1)))).toEqual(['1']);
  expect(await lake.versions(key(2))).toEqual({ 1: ROWS });
  expect(await lake.versions(key(3))).toEqual({});
  expect(await lake.versions(key(4))).toEqual({});

  lake.define('sales', salesYaml(4), SALES_SQL);
  await lake.deliver(days(4), 2);
  expect(new Set(Object.values(outcomes(await lake.run(0, '--together', '--only', 'all'))))).toEqual(
    new Set(['promoted']),
  );
  for (const n of days(4)) expect(await lake.versions(key(n))).toEqual({ 2: ROWS });
  // What is unchanged keeps nobody waiting.
  await lake.deliver([2], 3);
  await lake.deliver([3], 2);
  const some = await lake.run(0, '--together');
  expect(outcomes(some)).toEqual({ [key(2)]: 'promoted', [key(3)]: 'unchanged' });
  // One entry names all four: nobody can stop between them.
  const cleaning = lake.journal().filter((entry) => entry.facts.some((fact) => fact['fact'] === 'cleaning'));
  expect(cleaning.map((entry) => entry.facts.length)).toEqual([4, 1]);
});

test('a dry run of everything that writes leaves every byte, name and time as it was', async () => {
  const lake = await TestLake.sales(3);
  const run = await lake.run(0, '--limit', '2');
  await lake.deliver([1], 2);
  const before = lake.tree();
  const dry = await lake.run(0, '--dry-run');
  expect(outcomes(dry)).toEqual({ [key(1)]: 'skipped', [key(3)]: 'skipped' });
  expect(dry.datasets[0]!.partitions[0]!.rows.output).toBe(ROWS);
  await lake.ok(0, 'rollback', run.id, '--dry-run');
  await lake.ok(0, 'recover', '--dry-run');
  await lake.ok(0, 'gc', '--dry-run');
  await lake.ok(0, 'retry', run.id, '--dry-run');
  await lake.ok(0, 'scan', '--deep');
  await lake.ok(0, 'plan');
  await lake.ok(0, 'history');
  expect(lake.tree()).toEqual(before);
});

test('stage only: checked, kept, and not published before somebody decides', async () => {
  const lake = await TestLake.sales(2);
  const run = await lake.run(0, '--stage-only');
  expect(Object.values(outcomes(run))).toEqual(['staged', 'staged']);
  expect(
    lake.dataFiles(`clean/_lakefill/sales/staging/${run.id}`).filter((f) => f.endsWith('.parquet')),
  ).toHaveLength(2);
  expect(lake.dataFiles('clean/sales')).toEqual([]);
  expect(Object.values(await lake.statuses())).toEqual(['missing absent', 'missing absent']);

  const promoted = await lake.ok(0, 'promote', run.id, '--partition', key(1), '--yes', '--json');
  expect(outcomes(promoted.json())).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
  expect(lake.dataFiles(`clean/sales/${key(2)}`)).toEqual([]);
});
