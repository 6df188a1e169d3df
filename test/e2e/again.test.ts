/** Doing it again: retry, the same run, the same bytes, rollback, and what was tried before. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestLake, key, outcomes, rawFile, ROWS, SALES_SQL, salesYaml } from './lake.js';

/** Fails for the days after the first, unless the rows are of another version. */
const FRAGILE = SALES_SQL.replace(
  'version\n',
  "CASE WHEN version = 1 AND order_id >= 200000 THEN error('no luck') ELSE version END AS version\n",
);

test('retry takes what did not end well, and nothing else', async () => {
  const lake = await TestLake.sales(3, { sql: FRAGILE });
  const run = await lake.run(3);
  expect(outcomes(run)).toEqual({ [key(1)]: 'promoted', [key(2)]: 'failed', [key(3)]: 'failed' });
  expect(run.datasets[0]!.partitions[1]!.error!.message).toContain('no luck');
  await lake.deliver([3], 2);
  const retry = await lake.ok(3, 'retry', run.id, '--yes', '--json');
  expect(outcomes(retry.json())).toEqual({ [key(2)]: 'failed', [key(3)]: 'promoted' });
  const next = await lake.ok(3, 'retry', retry.json().id, '--yes', '--json');
  expect(outcomes(next.json())).toEqual({ [key(2)]: 'failed' });

  // Three times the same, three times failed: it is not tried a fourth time unasked.
  const plan = await lake.plan('plan.json');
  expect(plan.datasets[0]).toMatchObject({ tasks: [], held: [{ key: key(2), code: 'tried-before' }] });
  expect(outcomes(await lake.run(3, '--only', 'failed'))).toEqual({ [key(2)]: 'failed' });
  await lake.deliver([2], 2);
  expect(outcomes(await lake.run(0))).toEqual({ [key(2)]: 'promoted' });
  const wrong = (await lake.ok(2, 'retry', `${run.id}x`, '--yes', '--json')).error();
  expect(wrong).toMatchObject({ code: 'RUN_UNKNOWN' });
  expect(wrong.hint).toContain(run.id);
});

test('rollback goes back step by step, and what was undone is not made again by itself', async () => {
  const lake = await TestLake.sales(1);
  const first = await lake.run();
  const original = readFileSync(lake.dataFiles(`clean/sales/${key(1)}`)[0]!);
  await lake.deliver([1], 2);
  const second = await lake.run();
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });

  // The first run's content is not what readers find: nothing to undo.
  const early = await lake.ok(3, 'rollback', first.id, '--yes', '--json');
  expect(early.json().datasets[0]!.partitions).toMatchObject([
    { outcome: 'blocked', error: { code: 'replaced-since' } },
  ]);
  const before = lake.tree('clean');
  const dry = await lake.ok(0, 'rollback', second.id, '--dry-run', '--json');
  expect(outcomes(dry.json())).toEqual({ [key(1)]: 'skipped' });
  expect(lake.tree('clean')).toEqual(before);

  const back = await lake.ok(0, 'rollback', second.id, '--yes', '--json', '--reason', 'wrong prices');
  expect(back.json()).toMatchObject({ command: 'rollback', reason: 'wrong prices', counts: { promoted: 1 } });
  expect(readFileSync(lake.dataFiles(`clean/sales/${key(1)}`)[0]!).equals(original)).toBe(true);
  const plan = await lake.plan('plan.json');
  expect(plan.datasets[0]).toMatchObject({ tasks: [], held: [{ code: 'tried-before' }] });

  // A second time there is nothing left of that run to undo; then the first run, to nothing at all.
  const twice = await lake.ok(0, 'rollback', second.id, '--yes', '--json');
  expect(twice.json().datasets[0]!.partitions).toMatchObject([
    { outcome: 'unchanged', error: { code: 'already-undone' } },
  ]);
  const gone = await lake.ok(0, 'rollback', first.id, '--yes', '--json');
  expect(outcomes(gone.json())).toEqual({ [key(1)]: 'promoted' });
  expect(lake.dataFiles('clean/sales')).toEqual([]);
  expect((await lake.ok(2, 'rollback', 'never', '--yes', '--json')).error().code).toBe('RUN_UNKNOWN');

  // New input is a new try.
  await lake.deliver([1], 3);
  expect(outcomes(await lake.run())).toEqual({ [key(1)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 3: ROWS });
  const history = await lake.ok(0, 'history', '--partition', key(1), '--json');
  const what = history.json<{ events: { what: string }[] }>().events.map((event) => event.what);
  expect(what.filter((w) => w === 'rollback begun')).toHaveLength(2);
});

test('a rollback never overwrites what something else changed since, and never restores damaged bytes', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  await lake.deliver([1, 2], 2);
  const run = await lake.run();
  lake.write(`clean/sales/${key(1)}/foreign.parquet`, lake.read(rawFile(1)));
  const [kept] = lake.files('clean/_lakefill/sales/retained').filter((file) => file.startsWith(key(2)));
  const bytes = lake.read(`clean/_lakefill/sales/retained/${kept}`);
  bytes[bytes.length >> 1]! ^= 1;
  lake.write(`clean/_lakefill/sales/retained/${kept}`, bytes);
  const before = lake.tree('clean/sales');
  const back = await lake.ok(3, 'rollback', run.id, '--yes', '--json');
  expect(back.json().datasets[0]!.partitions).toMatchObject([
    { key: key(1), outcome: 'conflict', error: { code: 'modified-outside' } },
    { key: key(2), outcome: 'failed', error: { code: 'retained-damaged' } },
  ]);
  expect(lake.tree('clean/sales')).toEqual(before);
});

test('the same again changes nothing, whether asked for, delivered again or rejected before', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  const before = lake.tree('clean/sales');
  const same = await lake.run(0, '--only', 'all');
  expect(same.datasets[0]!.partitions.map((p) => [p.outcome, p.error?.code])).toEqual([
    ['unchanged', 'same-content'],
    ['unchanged', 'same-content'],
  ]);
  // The same bytes again under the same name: another version, the same content.
  await lake.deliver([1]);
  expect(outcomes(await lake.run())).toEqual({ [key(1)]: 'unchanged' });
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(Object.values(await lake.statuses())).toEqual(['fresh', 'fresh']);

  // Rejected once is enough; the definition or the input must change first.
  lake.define('sales', salesYaml(2), SALES_SQL.replace('order_id,', 'NULL::BIGINT AS order_id,'));
  await lake.run(12, '--only', 'stale');
  const plan = await lake.plan('plan.json', '--only', 'stale');
  expect(plan.datasets[0]!.held.map(({ code }) => code)).toEqual(['tried-before', 'tried-before']);
  lake.define('sales', salesYaml(2), SALES_SQL);
  expect(Object.values(await lake.statuses())).toEqual(['fresh', 'fresh']);
  expect(lake.tree('clean/sales')).toEqual(before);
});

test('what a dead run left in the middle is taken up, although there is nothing else to do', async () => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  await lake.deliver([1], 2);
  await lake.fill();
  // As if the process had died right before it wrote the last entry.
  const cutOff = () => {
    const last = lake.journal().at(-1)!;
    expect(last.facts.map((fact) => fact['fact'])).toEqual(['published']);
    lake.remove(`clean/_lakefill/sales/journal/${String(last.sequence).padStart(20, '0')}.json`);
  };
  cutOff();
  expect(await lake.statuses()).toEqual({ [key(1)]: 'stale interrupted' });
  const plan = await lake.plan('plan.json');
  expect(plan.datasets[0]).toMatchObject({ tasks: [], held: [{ key: key(1), code: 'interrupted' }] });
  expect(outcomes(await lake.run(0))).toEqual({});
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh' });

  cutOff();
  const told: string[] = [];
  await lake.library(async (project) =>
    project.apply(await project.plan(), { onEvent: ({ event }) => told.push(event) }),
  );
  expect(told).toContain('recovered');
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
});
