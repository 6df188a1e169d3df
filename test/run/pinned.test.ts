/** A target whose journal was begun with another layout: the plan says it already, and a dry run as the run does. */
import { expect, test } from 'vitest';
import { openProject } from '../../src/index.js';
import { salesYaml, TestLake } from '../e2e/lake.js';

const OTHERS = salesYaml(1)
  .replaceAll('dt={dt}', 'day={dt}')
  .replace(/raw\/sales\/day=/, 'raw/sales/dt=');

test('a plan shows that the journal belongs to another layout, and nothing of it can be applied', async () => {
  const lake = await TestLake.sales(1);
  const early = await openProject({ dir: lake.dir });
  const plan = await early.plan();
  expect(plan.refused).toBeNull();

  lake.define('sales', OTHERS);
  expect((await lake.run()).exitCode).toBe(0);
  const before = lake.tree('clean');
  await expect(early.apply(plan, { dryRun: true })).rejects.toMatchObject({ code: 'DEFINITION_DIFFERS' });
  await early.close();

  lake.define('sales', salesYaml(1));
  await lake.library(async (project) => {
    const { refused } = await project.plan();
    expect(refused).toMatchObject({ code: 'DEFINITION_DIFFERS' });
    expect(refused!.message).toContain('layout is "day={dt}/" there and "dt={dt}/" here');
  });
  const shown = await lake.ok(2, 'run', '--yes');
  expect(shown.stderr).toContain('layout is "day={dt}/" there');
  expect(lake.tree('clean')).toEqual(before);
});
