/** The output column that a variable without time names decides where rows belong, as that of a time variable does. */
import { expect, test } from 'vitest';
import { writeParquet } from '../e2e/duck.js';
import { TestLake, outcomes } from '../e2e/lake.js';

const yaml = (region: string) => `target: ./clean/sales/r={r}/
partition: { r: ${region} }
inputs: { raw: "./raw/r={r}/*.parquet" }
`;

async function lakeOf(region: string, sql = 'SELECT id, region FROM raw'): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define('sales', yaml(region), sql);
  await writeParquet(lake.path('raw/r=eu/a.parquet'), `SELECT 1 AS id, 'eu' AS region`);
  // Somebody's mistake.
  await writeParquet(
    lake.path('raw/r=us/a.parquet'),
    `SELECT 2 AS id, 'eu' AS region UNION ALL SELECT 3, 'us'`,
  );
  return lake;
}

test.each([['{ values: [eu, us], column: region }'], ['{ from: raw, column: region }']])(
  'rows of another value of %s are refused',
  async (region) => {
    const lake = await lakeOf(region);
    const run = await lake.library(async (project) => project.apply(await project.plan()));
    expect(outcomes(run)).toEqual({ 'r=eu': 'promoted', 'r=us': 'rejected' });
    expect(run.datasets[0]!.partitions[1]!.error).toMatchObject({
      code: 'foreign-rows',
      message: expect.stringContaining('A row does not belong to r=us') as string,
      hint: 'Limit the query to its partition, such as WHERE region = $r.',
    });
    lake.define('sales', yaml(region), 'SELECT id, region FROM raw WHERE region = $r');
    const again = await lake.library(async (project) => project.apply(await project.plan()));
    expect(outcomes(again)).toEqual({ 'r=us': 'promoted' });
  },
);

test('a column that the output lacks is refused, with the nearest', async () => {
  const lake = await lakeOf('{ values: [eu, us], column: regionn }');
  const run = await lake.library(async (project) => project.apply(await project.plan()));
  expect(outcomes(run)).toEqual({ 'r=eu': 'failed', 'r=us': 'failed' });
  expect(run.datasets[0]!.partitions[0]!.error).toMatchObject({
    code: 'TRANSFORM_REFUSED',
    message: 'The output has no column regionn, by which its rows are placed in r.',
    hint: 'Did you mean region? Select it, or correct partition.r.column.',
  });
});
