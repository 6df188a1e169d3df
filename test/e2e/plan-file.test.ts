/** A saved plan is exact: it does what was shown, or says what moved; never something else. */
import { expect, test } from 'vitest';
import { loadPlan } from '../../src/index.js';
import type { Plan } from '../../src/index.js';
import { TestLake, key, outcomes, ROWS, SALES_SQL, salesYaml } from './lake.js';

test('a plan that is damaged, of another version or not there is refused', async () => {
  const lake = await TestLake.sales(1);
  const plan = await lake.plan('plan.json');
  const change = (to: unknown) =>
    lake.write('changed.json', typeof to === 'string' ? to : JSON.stringify(to));
  for (const [content, words] of [
    [{ ...plan, format: 'lakefill.plan/2' }, 'lakefill.plan/2'],
    [{ ...plan, format: undefined }, 'lakefill.plan/1'],
    [JSON.stringify(plan).slice(0, 200), 'JSON'],
    ['', 'JSON'],
    ['null', 'lakefill.plan/1'],
    [{ ...plan, datasets: 'all' }, 'datasets'],
    [withTask(plan, { key: 7 }), 'datasets.0.tasks.0.key'],
    [withTask(plan, { action: 'delete' }), 'datasets.0.tasks.0.action'],
    [{ ...plan, id: '../../x' }, 'id'],
  ] as const) {
    change(content);
    await expect(loadPlan(lake.path('changed.json'))).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining(words) as string,
    });
  }
  const done = await lake.ok(2, 'apply', 'changed.json', '--json');
  expect(done.error()).toMatchObject({ code: 'PLAN_INVALID' });
  expect((await lake.ok(2, 'apply', 'missing.json', '--json')).error().code).toMatch(/PLAN_INVALID|USAGE/);
  expect(lake.exists('clean')).toBe(false);
});

test('a plan whose keys or versions were edited does nothing else than it could', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  await lake.deliver([1, 2], 2);
  const plan = await lake.plan('plan.json');
  const before = lake.tree('clean/sales');
  await lake.library(async (project) => {
    for (const odd of ['../../../elsewhere', 'dt=2025-01-01/..', 'dt=2025-1-1'])
      await expect(project.apply(withTask(plan, { key: odd })), odd).rejects.toMatchObject({
        code: 'PLAN_INVALID',
      });
    // Of the layout's form, and not one that the definition expects.
    await expect(project.apply(withTask(plan, { key: key(3) }))).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining(`datasets.0.tasks.0.key: ${key(3)} is not expected`) as string,
    });
    const [{ base, inputs }] = plan.datasets[0]!.tasks as [Task];
    for (const [task, code] of [
      [{ base: { ...base, version: 'other' } }, 'base-moved'],
      [{ base: { ...base, generation: null } }, 'base-moved'],
      [{ inputs: inputs.map((input) => ({ ...input, version: 'other' })) }, 'input-changed'],
      [{ inputs: [] }, 'input-changed'],
    ] as const) {
      const run = await project.apply(only(withTask(plan, task)));
      expect(run.exitCode).toBe(10);
      expect(run.datasets[0]!.partitions).toMatchObject([{ outcome: 'conflict', error: { code } }]);
    }
  });
  expect(lake.tree('clean/sales')).toEqual(before);
});

test('applied twice it does nothing the second time; continued, it does the rest', async () => {
  const lake = await TestLake.sales(2);
  const plan = await lake.plan('plan.json');
  lake.write('first.json', JSON.stringify(only(plan)));
  expect(outcomes((await lake.ok(0, 'apply', 'first.json', '--json')).json())).toEqual({
    [key(1)]: 'promoted',
  });
  const rest = await lake.ok(0, 'apply', 'plan.json', '--json');
  expect(outcomes(rest.json())).toEqual({ [key(1)]: 'unchanged', [key(2)]: 'promoted' });
  const before = lake.tree('clean/sales');
  const again = (await lake.ok(0, 'apply', 'plan.json', '--json')).json();
  expect(again.datasets[0]!.partitions.map((p) => p.error?.code)).toEqual([
    'already-applied',
    'already-applied',
  ]);
  expect(again.plan).toBe(plan.id);
  expect(lake.tree('clean/sales')).toEqual(before);
});

test('after the SQL, the checks or the dataset changed it is refused', async () => {
  const lake = await TestLake.sales(1);
  await lake.plan('plan.json');
  for (const [yaml, sql] of [
    [salesYaml(1), SALES_SQL.replace('version', 'version + 1 AS version')],
    [salesYaml(1).replace('min: 1', 'min: 2'), SALES_SQL],
    [salesYaml(1).replace('clean/sales', 'clean/other'), SALES_SQL],
  ] as const) {
    lake.define('sales', yaml, sql);
    const done = await lake.ok(2, 'apply', 'plan.json', '--json');
    expect(done.error()).toMatchObject({ code: 'PLAN_REFUSED', hint: 'Plan again.' });
  }
  lake.remove('partitions/sales.yaml');
  lake.define('else', salesYaml(1), SALES_SQL);
  expect((await lake.ok(2, 'apply', 'plan.json', '--json')).error().code).toBe('PLAN_REFUSED');
  expect(lake.dataFiles('clean')).toEqual([]);
  // What does not change data does not spoil the plan.
  lake.remove('partitions/else.yaml');
  lake.define('sales', `# same\nowner: me\n${salesYaml(1)}`, `-- same\n${SALES_SQL}`);
  const done = await lake.cli('apply', 'plan.json', '--json');
  expect(done.status, done.stderr).toBe(0);
});

test('a partition that another run changed since is the only conflict', async () => {
  const lake = await TestLake.sales(3);
  await lake.fill();
  await lake.deliver([1, 2, 3], 2);
  await lake.plan('plan.json');
  const other = await lake.run(0, '--partition', key(2));
  const applied = await lake.ok(3, 'apply', 'plan.json', '--json');
  expect(outcomes(applied.json())).toEqual({
    [key(1)]: 'promoted',
    [key(2)]: 'conflict',
    [key(3)]: 'promoted',
  });
  const [, conflict] = applied.json().datasets[0]!.partitions;
  expect(conflict).toMatchObject({ generation: 2, error: { code: 'base-moved' } });
  expect(conflict!.error!.message).toContain(`Run ${other.id} published generation 2 meanwhile`);
  for (const n of [1, 2, 3]) expect(await lake.versions(key(n))).toEqual({ 2: ROWS });
  // `retry` of that run looks again: there is nothing left that differs.
  const retry = await lake.ok(0, 'retry', applied.json().id, '--yes', '--json');
  expect(outcomes(retry.json())).toEqual({ [key(2)]: 'unchanged' });
});

type Task = Plan['datasets'][number]['tasks'][number];

function withTask(plan: Plan, change: object): Plan {
  const [first, ...rest] = plan.datasets;
  const tasks = first!.tasks.map((task, i) => (i === 0 ? { ...task, ...change } : task));
  return { ...plan, datasets: [{ ...first!, tasks }, ...rest] };
}

/** The first task alone. */
function only(plan: Plan): Plan {
  return { ...plan, datasets: [{ ...plan.datasets[0]!, tasks: plan.datasets[0]!.tasks.slice(0, 1) }] };
}
