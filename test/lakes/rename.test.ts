/** A column gets another name: what stands is restated on request, what is new has it, and readers are not refused. */
import { expect, test } from 'vitest';
import { writeParquet } from '../e2e/duck.js';
import { TestLake, day, key } from '../e2e/lake.js';
import { expectNothingToDo, fill, planned } from './converge.js';

const yaml = (count: number, more = '') => `target: ./clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(count)} }
inputs:
  raw: ./raw/sales/dt={dt}/*.parquet
${more}`;
const RENAMED = 'schema: { policy: strict, rename: { QTY: quantity } }\nchecks: [{ notNull: [quantity] }]\n';

async function deliver(lake: TestLake, n: number, column = 'qty'): Promise<void> {
  await writeParquet(
    lake.path(`raw/sales/dt=${day(n)}/part-0.parquet`),
    `SELECT r::INTEGER AS id, ${n}::INTEGER AS ${column} FROM range(3) t(r)`,
  );
}

async function columns(lake: TestLake, n: number): Promise<string[]> {
  return Object.keys((await lake.rowsOf(`clean/sales/${key(n)}`, 'SELECT * FROM data LIMIT 1'))[0]!);
}

test('a renamed column is no dropped one; old partitions are restated on request, new ones have the new name', async () => {
  const lake = TestLake.empty();
  lake.define('sales', yaml(1));
  await deliver(lake, 1);
  await fill(lake);
  lake.define('sales', yaml(2, RENAMED));
  await deliver(lake, 2, 'Qty');
  expect(await lake.statuses()).toEqual({ [key(1)]: 'stale definition-changed', [key(2)]: 'missing absent' });
  expect(await planned(lake)).toMatchObject({ held: [`sales/${key(1)} definition-changed`] });
  expect(await fill(lake)).toEqual({ [`sales/${key(2)}`]: 'promoted' });
  expect([await columns(lake, 1), await columns(lake, 2)]).toEqual([
    ['id', 'qty'],
    ['id', 'quantity'],
  ]);
  expect(await fill(lake, { only: ['stale'] })).toEqual({ [`sales/${key(1)}`]: 'promoted' });
  expect(await columns(lake, 1)).toEqual(['id', 'quantity']);
  await expectNothingToDo(lake);
  // The source follows: the column has its new name already, and nothing changes for readers.
  await deliver(lake, 2, 'quantity');
  expect(await fill(lake)).toEqual({ [`sales/${key(2)}`]: 'unchanged same-content' });
  await expectNothingToDo(lake);
});

test('both names, or neither, are refused with what to do', async () => {
  const lake = TestLake.empty();
  const sql = (select: string) => lake.define('sales', yaml(1, RENAMED), `SELECT ${select} FROM raw\n`);
  await deliver(lake, 1);
  const error = async () => {
    const run = await lake.library(async (p) => p.apply(await p.plan({ only: ['all'] })));
    return run.datasets[0]!.partitions[0]!.error;
  };
  sql('qty, qty AS quantity');
  expect(await error()).toMatchObject({
    code: 'TRANSFORM_REFUSED',
    message: expect.stringContaining('both qty and quantity'),
  });
  sql('id, qty AS qyt');
  expect(await error()).toMatchObject({
    code: 'TRANSFORM_REFUSED',
    hint: expect.stringContaining('id, qyt'),
  });
  // A place in the SQL is told as if nothing stood around it.
  sql("qty,\n  error('no') AS x");
  expect(await error()).toMatchObject({ code: 'TRANSFORM_FAILED' });
  sql('qty,\n  nothing');
  expect((await error())!.message).toContain('line 2, column 3');
});
