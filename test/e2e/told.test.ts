/** What a scheduler and a person are told: nothing that is unknown, left alone or lost passes for work well done. */
import { rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/index.js';
import { TestLake, days, descendants, key, outcomes, salesYaml, SALES_SQL, until } from './lake.js';
import { slow } from './slow.js';

const FRAGILE = SALES_SQL.replace('version\n', "error('no luck') AS version\n");

/** A lake of `sales` and a second dataset beside it that reads the same raw files. */
async function twoDatasets(count: number): Promise<TestLake> {
  const lake = await TestLake.sales(count);
  lake.define('other', salesYaml(count).replace('clean/sales', 'clean/other'), SALES_SQL);
  return lake;
}

test('what is unknown is no success: not for plan, not for run, which does the rest', async () => {
  const lake = await twoDatasets(2);
  const first = await lake.library(async (project) =>
    project.apply(await project.plan({ datasets: ['sales'] })),
  );
  expect(first.exitCode).toBe(0);
  const entry = `clean/_lakefill/sales/journal/${lake.files('clean/_lakefill/sales/journal')[0]}`;
  lake.write(entry, 'not an entry');

  for (const words of [[], ['--check'], ['--only', 'all']])
    expect((await lake.ok(1, 'plan', ...words)).stdout).toMatch(/; 2 unknown/);
  const plan = (await lake.ok(1, 'plan', '--json')).json<Plan>();
  expect(plan.datasets.find((d) => d.dataset === 'sales')).toMatchObject({
    tasks: [],
    held: [],
    unknown: days(2).map((n) => ({ key: key(n), status: 'unknown' })),
  });

  const quiet = await lake.ok(1, 'run', 'sales', '--yes', '--quiet');
  expect(quiet.stdout).toContain('nothing that could be decided');
  expect(quiet.stdout).toContain('2 unknown');
  const run = await lake.run(1);
  expect(run.exitCode).toBe(1);
  expect(run.counts).toEqual({ promoted: 2 });
  expect(run.datasets.find((d) => d.dataset === 'sales')!.unknown).toMatchObject([
    { key: key(1), status: 'unknown' },
    { key: key(2), status: 'unknown' },
  ]);
});

test('retry is told of an input that cannot be listed', async () => {
  const lake = await TestLake.sales(1, { sql: FRAGILE });
  const run = await lake.run(3);
  rmSync(lake.path('raw/sales'), { recursive: true });
  symlinkSync(lake.path('raw/sales'), lake.path('raw/sales'));
  const retry = await lake.ok(1, 'retry', run.id, '--yes', '--json');
  expect(retry.json().datasets[0]).toMatchObject({ partitions: [], unknown: [{ key: key(1) }] });
  expect((await lake.ok(1, 'retry', run.id, '--yes', '--quiet')).stdout).toContain('1 unknown');
});

test('holes that stay because their keys are held are found by --check and told by run', async () => {
  const lake = await TestLake.sales(2);
  const run = await lake.fill();
  await lake.ok(0, 'rollback', run.id, '--partition', key(1), '--yes');
  const plan = (await lake.ok(4, 'plan', '--check', '--json')).json<Plan>();
  expect(plan.datasets[0]).toMatchObject({
    tasks: [],
    held: [{ key: key(1), code: 'tried-before', status: 'missing' }],
  });
  await lake.ok(0, 'plan');
  for (const words of [[], ['--quiet']])
    expect((await lake.ok(0, 'run', '--yes', ...words)).stdout).toMatch(/^1 held, tried-before: .+$/m);
  // What the hint says.
  expect(plan.datasets[0]!.held[0]!.hint).toContain('--only failed');
  expect(outcomes(await lake.run(0, '--only', 'failed'))).toEqual({ [key(1)]: 'promoted' });
  expect(outcomes(await lake.run(0, '--only', 'failed'))).toEqual({});
});

test('what is said of refused output can be typed', async () => {
  const lake = await TestLake.sales(1, { sql: SALES_SQL.replace('order_id,', 'order_id // 2 AS order_id,') });
  const run = await lake.run(12);
  const { hint } = run.datasets[0]!.partitions[0]!.error!;
  const [diff, retry] = [...hint!.matchAll(/'lakefill ([^']+)'/g)].map(([, words]) => wordsOf(words!));
  const shown = await lake.ok(0, ...diff!);
  expect(shown.stdout).toContain('never promoted');
  const place = /its files: ([^)]+)\)/.exec(hint!)![1]!;
  expect(lake.files(place.slice(lake.dir.length + 1))).toEqual(['part-00000.parquet', 'staged.json']);
  const accepted = await lake.ok(0, ...retry!, '--yes', '--json');
  expect(outcomes(accepted.json())).toEqual({ [key(1)]: 'promoted' });
});

test('readers of what a run changed are counted, with what to type', async () => {
  const lake = await TestLake.sales(2);
  lake.define(
    'totals',
    `target: ./clean/totals/month={m}/
partition:
  m: { grain: month, start: 2025-01, end: 2025-01 }
inputs:
  sales: { dataset: sales }
`,
    'SELECT count(*) AS n FROM sales',
  );
  await lake.fill();
  lake.remove(`clean/sales/${key(1)}`);
  const text = (await lake.ok(0, 'run', 'sales', '--yes')).stdout;
  expect(text).toContain('1 partition downstream reads what changed: totals (1)');
  expect(text).toContain('next: lakefill run totals');
  expect(outcomes(await lake.run(0, 'totals'))).toEqual({ 'month=2025-01': 'unchanged' });

  await lake.deliver([2], 2);
  const both = await lake.run(0, '--with-downstream');
  expect(both.downstream).toBeUndefined();
  expect(both.counts).toEqual({ promoted: 1, unchanged: 1 });
  const back = await lake.ok(0, 'rollback', both.id, '--yes', '--json');
  expect(back.json().downstream).toEqual([{ dataset: 'totals', partitions: 1 }]);
});

test('while another run works on everything there is nothing left, and that is no success', async () => {
  const lake = await TestLake.sales(1, { sql: slow(SALES_SQL).replace('250000000', '60000000000') });
  await lake.plan('plan.json');
  const first = lake.start(['run', '--yes', '--events']);
  await until('the transform runs', () => first.text().includes('"step":"transform"') || first.ended());
  const { run: id } = JSON.parse(first.text().trim().split('\n')[0]!) as { run: string };
  const second = (await lake.ok(11, 'run', '--yes', '--json')).json();
  expect(second).toMatchObject({ exitCode: 11, datasets: [{ held: [{ code: 'in-flight', keys: 1 }] }] });
  const applied = (await lake.ok(11, 'apply', 'plan.json', '--json')).json();
  expect(applied.datasets[0]!.partitions).toMatchObject([
    { outcome: 'skipped', error: { code: 'in-flight', message: `Run ${id} is working on it.` } },
  ]);
  first.kill('SIGTERM');
  const done = await first.done;
  expect(done.status).toBe(143);
  const last = JSON.parse(done.stdout.trim().split('\n').at(-1)!) as { document: { exitCode: number } };
  expect(last.document.exitCode).toBe(143);
  expect((await lake.ok(0, 'history', id)).stdout).toContain('exit 143');
});

test('an engine that is killed while the plan is opened is started again', async () => {
  const lake = await TestLake.sales(2);
  await lake.plan('plan.json');
  const apply = lake.start(['apply', 'plan.json', '--json']);
  let killed = 0;
  while (!apply.ended() && killed === 0) killed = await killEngines(apply.pid);
  expect(killed).toBe(1);
  expect((await apply.done).status).toBe(0);
});

test('an engine that is killed always costs the partitions, not the run', async () => {
  const lake = await TestLake.sales(2);
  await lake.plan('plan.json');
  const apply = lake.start(['apply', 'plan.json', '--json']);
  while (!apply.ended()) await killEngines(apply.pid);
  const done = await apply.done;
  expect(done.status, done.stderr).toBe(3);
  expect(outcomes(done.json())).toEqual({ [key(1)]: 'failed', [key(2)]: 'failed' });
  for (const { error } of done.json().datasets[0]!.partitions) expect(error!.code).toBe('ENGINE_CRASHED');
});

/** As a shell splits them. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

async function killEngines(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  let killed = 0;
  for (const child of descendants(pid)) {
    try {
      process.kill(child, 'SIGKILL');
      killed++;
    } catch {
      // It ended by itself.
    }
  }
  return killed;
}
