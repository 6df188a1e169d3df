/** Datasets that read themselves: each partition from the one before it, or from what stands there. */
import { expect, test } from 'vitest';
import { writeParquet } from '../e2e/duck.js';
import { TestLake, day, days, key } from '../e2e/lake.js';
import { expectNothingToDo, fill, planned } from './converge.js';

const BALANCE_YAML = (count: number, more = '') => `target: ./clean/balance/dt={dt}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(count)} }
inputs:
  moves: ./raw/moves/dt={dt}/*.parquet
  previous: { self: -1, options: { columns: { account: VARCHAR, balance: BIGINT } } }
checks:
  - range: { column: balance, min: 0 }
${more}`;
const BALANCE_SQL = `SELECT account, sum(amount)::BIGINT AS balance
FROM (SELECT account, amount FROM moves UNION ALL SELECT account, balance FROM previous)
GROUP BY account ORDER BY account
`;

async function move(lake: TestLake, n: number, amount: number, part = 0): Promise<void> {
  const file = lake.path(`raw/moves/dt=${day(n)}/part-${part}.parquet`);
  await writeParquet(file, `SELECT 'a' AS account, ${amount}::BIGINT AS amount`);
}

async function balances(lake: TestLake): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const folder of new Set(lake.files('clean/balance').map((file) => file.split('/')[0]!))) {
    const [row] = await lake.rowsOf(`clean/balance/${folder}`, 'SELECT sum(balance)::INTEGER AS b FROM data');
    if (row) all[folder] = Number(row['b']);
  }
  return all;
}

async function balanceLake(count: number): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define('balance', BALANCE_YAML(count), BALANCE_SQL);
  for (const n of days(count)) await move(lake, n, 10 ** (n - 1));
  return lake;
}

test('a running balance is made from the first day on, each day from the one before it, in one run', async () => {
  const lake = await balanceLake(4);
  expect(await lake.statuses('balance')).toEqual({
    [key(1)]: 'missing absent',
    [key(2)]: 'blocked upstream-missing',
    [key(3)]: 'blocked upstream-missing',
    [key(4)]: 'blocked upstream-missing',
  });
  const plan = await lake.library((project) => project.plan({ order: 'newest' }));
  expect(plan.datasets[0]!.tasks.map(({ key: k, inputs }) => [k, inputs[1]])).toEqual([
    [key(1), expect.objectContaining({ name: 'previous', objects: 0 })],
    ...[1, 2, 3].map((n) => [key(n + 1), { name: 'previous', tasks: [`balance/${key(n)}`] }]),
  ]);
  expect(Object.values(await fill(lake))).toEqual(Array(4).fill('promoted'));
  expect(await balances(lake)).toEqual({ [key(1)]: 1, [key(2)]: 11, [key(3)]: 111, [key(4)]: 1111 });
  await expectNothingToDo(lake);

  // A late correction: the day itself is stale, then the next one, each by what it reads itself.
  await move(lake, 2, 20);
  expect(await planned(lake)).toMatchObject({ tasks: [`balance/${key(2)}`] });
  expect(await fill(lake)).toEqual({ [`balance/${key(2)}`]: 'promoted' });
  expect(await planned(lake)).toMatchObject({ tasks: [`balance/${key(3)}`] });
  // Or all that follows at once.
  expect(await fill(lake, { withDownstream: true })).toEqual({
    [`balance/${key(3)}`]: 'promoted',
    [`balance/${key(4)}`]: 'promoted',
  });
  expect(await balances(lake)).toEqual({ [key(1)]: 1, [key(2)]: 21, [key(3)]: 121, [key(4)]: 1121 });
  await expectNothingToDo(lake);

  // Uploaded again with the same content: made again, nothing published, and what follows stays as it is.
  lake.write(`raw/moves/dt=${day(1)}/part-0.parquet`, lake.read(`raw/moves/dt=${day(1)}/part-0.parquet`));
  expect(await fill(lake, { withDownstream: true })).toEqual({
    [`balance/${key(1)}`]: 'unchanged same-content',
    ...Object.fromEntries([2, 3, 4].map((n) => [`balance/${key(n)}`, 'unchanged upstream-unchanged'])),
  });
  await expectNothingToDo(lake);
});

test('a day that is refused holds up what follows it, and nothing else', async () => {
  const lake = TestLake.empty();
  lake.define(
    'balance',
    BALANCE_YAML(3)
      .replace('dt={dt}/\n', 'dt={dt}/r={r}/\n')
      .replace('dt={dt}/*.', 'dt={dt}/r={r}/*.')
      .replace('inputs:', '  r: { values: [x, y] }\ninputs:'),
    BALANCE_SQL,
  );
  for (const n of days(3))
    for (const r of ['x', 'y']) {
      const file = lake.path(`raw/moves/dt=${day(n)}/r=${r}/part-0.parquet`);
      await writeParquet(file, `SELECT 'a' AS account, ${r === 'x' && n === 2 ? -9 : 1}::BIGINT AS amount`);
    }
  const id = (n: number, r: string) => `balance/${key(n)}/r=${r}`;
  expect(await fill(lake)).toEqual({
    [id(1, 'x')]: 'promoted',
    [id(2, 'x')]: 'rejected checks',
    [id(3, 'x')]: 'blocked upstream-failed',
    ...Object.fromEntries([1, 2, 3].map((n) => [id(n, 'y'), 'promoted'])),
  });
  expect(await planned(lake)).toMatchObject({
    tasks: [],
    held: [`${id(2, 'x')} tried-before`, `${id(3, 'x')} upstream-missing`],
  });
});

test('what is made from the one before it cannot be promoted as a unit with it, and is not begun so', async () => {
  const lake = await balanceLake(2);
  for (const request of [{ together: true }, { batch: '7d' }])
    expect((await planned(lake, request)).refused).toMatchObject({ code: 'PLAN_REFUSED' });
  expect((await planned(lake, { batch: '1d' })).refused).toBeNull();
});

test('what reads a partition that was only staged waits until that one is promoted', async () => {
  const lake = await balanceLake(2);
  const run = await lake.library(async (p) => p.apply(await p.plan({ stageOnly: true })));
  expect(run.datasets[0]!.partitions).toMatchObject([
    { outcome: 'staged' },
    { outcome: 'blocked', error: { message: expect.stringContaining('only staged') } },
  ]);
  await lake.library((p) => p.promote(run.id));
  const retried = await lake.library((p) => p.retry(run.id));
  expect(retried.counts).toEqual({ staged: 1 });
  await lake.library((p) => p.promote(retried.id));
  expect(await balances(lake)).toEqual({ [key(1)]: 1, [key(2)]: 11 });
  await expectNothingToDo(lake);
});

test('without known columns the first partition says what to declare, and a seed before the first is read', async () => {
  const lake = await balanceLake(1);
  lake.define('balance', BALANCE_YAML(1).replace(/, options.*/, ' }'), BALANCE_SQL);
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(run.datasets[0]!.partitions[0]).toMatchObject({ outcome: 'failed' });
  expect(run.datasets[0]!.partitions[0]!.error!.hint).toContain('inputs.previous.options.columns');
  await writeParquet(
    lake.path('clean/balance/dt=2024-12-31/seed.parquet'),
    `SELECT 'a' AS account, 500::BIGINT AS balance`,
  );
  expect(await fill(lake)).toEqual({ [`balance/${key(1)}`]: 'promoted' });
  expect((await balances(lake))[key(1)]).toBe(501);
});

test('a partition of many small files is rewritten in place, on request, to the same rows', async () => {
  const lake = TestLake.empty();
  const yaml = (more: string) => `target: { url: './clean/events/dt={dt}/'${more} }
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(1)} }
inputs:
  raw: ./raw/events/dt={dt}/*.parquet
`;
  const rows = 'SELECT r AS id, md5(r::VARCHAR) AS text FROM range(20000) t(r)';
  await writeParquet(lake.path(`raw/events/dt=${day(1)}/a.parquet`), rows);
  lake.define('events', yaml(', maxFileBytes: 50kB, rowGroupRows: 2048'));
  await fill(lake);
  const many = lake.dataFiles('clean/events').length;
  expect(many).toBeGreaterThan(3);
  const before = await lake.rowsOf('clean/events', 'SELECT * FROM data ORDER BY id');

  const own = yaml('').replace('raw: ./raw/events/dt={dt}/*.parquet', 'current: { self: 0 }');
  lake.define('events', `${own}checks: [{ sameRows: current }]\nstale: { on: [], smallFiles: 1MiB }\n`);
  expect(await lake.statuses('events')).toEqual({ [key(1)]: 'stale small-files' });
  expect(await planned(lake)).toMatchObject({ tasks: [], held: [`events/${key(1)} small-files`] });
  expect(await fill(lake, { only: ['small-files'] })).toEqual({ [`events/${key(1)}`]: 'promoted' });
  expect(lake.dataFiles('clean/events')).toHaveLength(1);
  expect(await lake.rowsOf('clean/events', 'SELECT * FROM data ORDER BY id')).toEqual(before);
  await expectNothingToDo(lake);
  expect(await planned(lake, { only: ['small-files', 'stale'] })).toMatchObject({ tasks: [] });
});

test('a partition that does not stand there cannot be made from itself', async () => {
  const lake = TestLake.empty();
  lake.define(
    'own',
    `target: ./clean/own/dt={dt}/\npartition:\n  dt: { grain: day, start: ${day(1)}, end: ${day(1)} }\ninputs: { current: { self: 0 } }\n`,
  );
  expect(await lake.statuses('own')).toEqual({ [key(1)]: 'blocked input-missing' });
});
