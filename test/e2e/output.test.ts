/** What a run leaves for readers, read by an engine that knows nothing of lakefill; and what its documents say of it. */
import { expect, test } from 'vitest';
import { openProject } from '../../src/index.js';
import { expectValid } from '../cli/support/schemas.js';
import { quoted, select } from './duck.js';
import { TestLake, days, key, outcomes, rawFile, ROWS } from './lake.js';

const SQL = `SELECT order_id, ts, region, qty * price AS revenue, version, $dt AS dt,
  ts::TIMESTAMPTZ AS instant, (qty * 1.25)::DECIMAL(18, 4) AS exact, [qty, version] AS list, {'a': qty, 'b': region} AS pair,
  'caf\u00e9 \u65e5' AS words, NULL::INTEGER AS nothing, current_setting('TimeZone') AS zone
FROM raw WHERE ts >= $partition_start AND ts < $partition_end`;

test('rows, types and files as they were asked for', async () => {
  const lake = await TestLake.sales(2, { sql: SQL });
  await lake.run();
  const files = lake.dataFiles('clean/sales');
  expect(files).toHaveLength(2);
  const from = `read_parquet([${files.map(quoted).join(', ')}], hive_partitioning = false)`;
  const columns = await select(
    `SELECT column_name AS n, column_type AS t FROM (DESCRIBE SELECT * FROM ${from})`,
  );
  expect(Object.fromEntries(columns.map(({ n, t }) => [n, t]))).toEqual({
    order_id: 'BIGINT',
    ts: 'TIMESTAMP',
    region: 'VARCHAR',
    revenue: 'DOUBLE',
    version: 'INTEGER',
    instant: 'TIMESTAMP WITH TIME ZONE',
    exact: 'DECIMAL(18,4)',
    list: 'BIGINT[]',
    pair: 'STRUCT(a BIGINT, b VARCHAR)',
    words: 'VARCHAR',
    nothing: 'INTEGER',
    zone: 'VARCHAR',
  });
  const raw = `read_parquet([${days(2)
    .map((n) => quoted(lake.path(rawFile(n))))
    .join(', ')}], hive_partitioning = false)`;
  const differing = await select(`SELECT count(*)::INTEGER AS n FROM (
    (SELECT order_id, ts, region, qty * price AS r FROM ${raw} EXCEPT ALL SELECT order_id, ts, region, revenue FROM ${from})
    UNION ALL (SELECT order_id, ts, region, revenue FROM ${from} EXCEPT ALL SELECT order_id, ts, region, qty * price FROM ${raw}))`);
  expect(differing).toEqual([{ n: 0 }]);
  const chunks = await select(
    `SELECT DISTINCT compression AS c FROM parquet_metadata([${files.map(quoted).join(', ')}])`,
  );
  expect(chunks).toEqual([{ c: 'ZSTD' }]);
  // A reader that knows the layout finds the day in the path, as ever.
  const hive = await select(
    `SELECT dt::VARCHAR AS dt, count(*)::INTEGER AS n FROM read_parquet(${quoted(lake.path('clean/sales/*/*.parquet'))}, hive_partitioning = true) GROUP BY 1 ORDER BY 1`,
  );
  expect(hive).toEqual([
    { dt: key(1).slice(3), n: ROWS },
    { dt: key(2).slice(3), n: ROWS },
  ]);
  expect(await select(`SELECT DISTINCT zone, words FROM ${from}`)).toEqual([
    { zone: 'UTC', words: 'caf\u00e9 \u65e5' },
  ]);
});

test('every document is what its schema says, and the library returns the same', async () => {
  const lake = await TestLake.sales(3);
  lake.write(rawFile(3), 'broken, and long enough to be looked at');
  for (const verb of ['scan', 'plan']) expectValid(verb, (await lake.ok(0, verb, '--json')).json());
  await lake.plan('plan.json');
  expectValid('plan', JSON.parse(lake.read('plan.json').toString()));
  const run = await lake.cli('run', '--yes', '--json');
  expectValid('run', run.json());
  const id = run.json().id;
  expect((await lake.ok(0, 'history', id, '--json')).json()).toEqual(run.json());

  await lake.deliver([1], 2);
  const events = await lake.cli('run', '--yes', '--events');
  for (const line of events.stdout.trim().split('\n')) expectValid('event', JSON.parse(line));
  expectValid('history', (await lake.ok(0, 'history', '--json', '--partition', key(1))).json());
  for (const verb of ['recover', 'gc']) expectValid(verb, (await lake.ok(0, verb, '--yes', '--json')).json());
  const rolled = await lake.cli('rollback', id, '--partition', key(2), '--yes', '--json');
  expectValid('run', rolled.json());
  expectValid('error', (await lake.ok(2, 'scan', 'slaes', '--json')).error());

  const project = await openProject({ dir: lake.dir });
  try {
    const document = await project.runDocument(id);
    expect(outcomes(document)).toMatchObject({
      [key(1)]: 'promoted',
      [key(2)]: 'promoted',
      [key(3)]: 'failed',
    });
    const steps: string[] = [];
    const plan = await project.plan({ only: ['all'], partitions: [key(1)] });
    expectValid('plan', plan);
    const applied = await project.apply(plan, { onEvent: (event) => steps.push(event.event) });
    expectValid('run', applied);
    expect(steps[0]).toBe('run-started');
    expect(steps.at(-1)).toBe('run-ended');
    expectValid('scan', await project.scan({ deep: true }));
    expectValid('history', await project.history({ limit: 2 }));
  } finally {
    await project.close();
  }
});
