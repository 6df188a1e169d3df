/** `--with-downstream` on a chain of days and months: what reads the selected days ends as if made from them, whatever stood before. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PlanRequest } from '../../src/index.js';
import { query, writeParquet } from '../e2e/duck.js';
import { TestLake } from '../e2e/lake.js';

const DAYS = ['2025-01-01', '2025-01-02', '2025-01-03'];

async function chain() {
  const lake = TestLake.empty();
  lake.define(
    'days',
    `target: ./lake/days/dt={dt}/
partition: { dt: { grain: day, start: 2025-01-01, end: 2025-01-03 } }
inputs: { raw: './src/dt={dt}/*.parquet' }
`,
  );
  lake.define(
    'months',
    `target: ./lake/months/m={m}/
partition: { m: { grain: month, start: 2025-01, end: 2025-01 } }
inputs: { days: { dataset: days, require: any } }
`,
    'SELECT count(*) AS n, sum(qty)::BIGINT AS qty FROM days',
  );
  const deliver = async (qty: number) => {
    for (const day of DAYS) {
      lake.remove(`src/dt=${day}`);
      await writeParquet(lake.path(`src/dt=${day}/f.parquet`), `SELECT ${qty} AS qty`);
    }
  };
  const run = async (request: PlanRequest = {}) => {
    const document = await lake.library(async (project) => project.apply(await project.plan(request)));
    const months = document.datasets.find(({ dataset }) => dataset === 'months')?.partitions ?? [];
    return months.map(({ outcome }) => outcome);
  };
  const month = async () => {
    const files = readdirSync(lake.path('lake/months/m=2025-01'));
    const paths = files.map((file) => lake.path('lake/months/m=2025-01', file));
    return query(paths, 'SELECT n::INTEGER AS n, qty::INTEGER AS qty FROM data');
  };
  await deliver(1);
  await run();
  return { lake, deliver, run, month };
}

const DOWNSTREAM: PlanRequest = { datasets: ['days'], withDownstream: true };

test.each<[string, PlanRequest]>([
  ['with nothing to do upstream', {}],
  ['with upstreams that turn out unchanged', { only: ['all'] }],
])('a stale month and a missing one are made, %s', async (_what, more) => {
  const { lake, deliver, run, month } = await chain();
  expect(await month()).toEqual([{ n: 3, qty: 3 }]);
  await deliver(5);
  await run({ datasets: ['days'] });
  expect(await run({ ...DOWNSTREAM, ...more })).toEqual(['promoted']);
  expect(await month()).toEqual([{ n: 3, qty: 15 }]);
  lake.remove('lake/months/m=2025-01');
  expect(await run({ ...DOWNSTREAM, ...more })).toEqual(['promoted']);
  expect(await month()).toEqual([{ n: 3, qty: 15 }]);
});

test('a fresh month is not made again from days that turn out unchanged', async () => {
  const { run } = await chain();
  expect(await run({ ...DOWNSTREAM, only: ['all'] })).toEqual(['unchanged']);
  expect(await run(DOWNSTREAM)).toEqual([]);
});

test('what reads a day whose file was cut short is made in the run that makes that day again', async () => {
  const { lake, run, month } = await chain();
  const [file] = readdirSync(lake.path('lake/days/dt=2025-01-02'));
  lake.write(`lake/days/dt=2025-01-02/${file!}`, '');
  lake.remove('lake/months/m=2025-01');
  const { datasets } = await lake.library((project) => project.scan({ datasets: ['months'] }));
  expect(datasets[0]!.partitions[0]).toMatchObject({
    status: 'blocked',
    reasons: [
      {
        code: 'upstream-missing',
        message: 'days: days/dt=2025-01-02 cannot be read: a file of it is too short to be Parquet',
      },
    ],
  });
  expect(await run()).toEqual(['promoted']);
  expect(await month()).toEqual([{ n: 3, qty: 3 }]);
});
