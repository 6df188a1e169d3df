import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePlan, encodePlan, loadPlan, savePlan } from '../../src/plan/plan-file.js';
import type { Task } from '../../src/plan/plan.js';
import { STORE, sketch } from '../support/lake.js';
import { planOf, scanOf, scanned } from './support.js';

const dataset = sketch({ inputs: [{ name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` }] });
const plan = planOf([
  scanOf(dataset, [
    scanned(dataset, 'dt=2025-01-03', 'absent'),
    scanned(dataset, 'dt=2025-01-04', 'unreadable'),
  ]),
]);
/** The plan with other tasks, as text. */
function changed(change: (tasks: readonly Task[]) => readonly Task[]): string {
  const [only] = plan.datasets;
  return JSON.stringify({ ...plan, datasets: [{ ...only!, tasks: change(only!.tasks) }] });
}

let dir: string;

beforeEach(async () => void (dir = await mkdtemp(path.join(tmpdir(), 'lakefill-plan-'))));
afterEach(() => rm(dir, { recursive: true }));

describe('plan files', () => {
  it('come back as they were saved, and replace the one before whole', async () => {
    const file = path.join(dir, 'plan.json');
    await writeFile(file, 'old');
    await savePlan(plan, file);
    expect(await loadPlan(file)).toEqual(plan);
    expect(await readdir(dir)).toEqual(['plan.json']);
    expect(await readFile(file, 'utf8')).toBe(encodePlan(plan));
  });

  it('leave nothing behind when they cannot be saved', async () => {
    await expect(savePlan(plan, path.join(dir, 'none', 'plan.json'))).rejects.toMatchObject({
      code: 'USAGE',
      message: `The plan could not be saved as ${dir}/none/plan.json: there is no folder ${dir}/none. Nothing was run.`,
    });
    await expect(savePlan(plan, dir)).rejects.toMatchObject({
      code: 'USAGE',
      message: `The plan could not be saved as ${dir}: a folder stands there. Nothing was run.`,
    });
    expect(await readdir(path.dirname(dir))).not.toContainEqual(
      expect.stringContaining(`${path.basename(dir)}.`),
    );
  });

  it.each([
    ['is not JSON', '{'],
    ['has the format null', '[]'],
    ['has the format "lakefill.plan/2"', JSON.stringify({ ...plan, format: 'lakefill.plan/2' })],
    ['is wrong at options.order', JSON.stringify({ ...plan, options: { ...plan.options, order: 'random' } })],
    ['is wrong at datasets.0.tasks.0.key', JSON.stringify(plan).replace('"key":"dt=2025-01-03"', '"key":3')],
    ['is wrong at id', JSON.stringify({ ...plan, id: '../x' })],
    [
      'is wrong at datasets.0.tasks.1.key: dt=2025-01-03 is a task already, at datasets.0.tasks.0.key',
      changed((tasks) => [tasks[0]!, tasks[0]!]),
    ],
    [
      'is wrong at datasets.1.dataset: sales is there already',
      JSON.stringify({ ...plan, datasets: [plan.datasets[0], plan.datasets[0]] }),
    ],
    [
      'is wrong at options.accept: a check is accepted only with a reason',
      JSON.stringify({ ...plan, options: { ...plan.options, accept: ['unique(id)'] } }),
    ],
    [
      'is wrong at datasets.0.tasks.0.inputs.0.tasks: raw/dt=2025-01-03 is no task of the plan',
      changed(([first]) => [{ ...first!, inputs: [{ name: 'raw', tasks: ['raw/dt=2025-01-03'] }] }]),
    ],
    ['is wrong at estimate', JSON.stringify({ ...plan, estimate: undefined })],
  ])('refuse a plan that %s', (message, content) => {
    expect(() => decodePlan(content, 'plan.json')).toThrow(
      expect.objectContaining({
        code: 'PLAN_INVALID',
        message: expect.stringContaining(`plan.json ${message}`),
      }),
    );
  });

  it('refuse a file that cannot be read', async () => {
    await expect(loadPlan(path.join(dir, 'none.json'))).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });
});
