/** Output that must not be published: refused with rows to look at, and readers see nothing of it. */
import { expect, test } from 'vitest';
import { TestLake, key, outcomes, ROWS, salesYaml, SALES_SQL } from './lake.js';

test('rows that belong elsewhere, no rows and failed checks are refused, each for itself', async () => {
  const lake = TestLake.empty();
  await lake.deliver([1]);
  const define = (name: string, sql: string, more = '') =>
    lake.define(name, salesYaml(1, more).replace('clean/sales', `clean/${name}`), sql);
  define('shifted', SALES_SQL.replace('ts,', "ts + INTERVAL '86390 seconds' AS ts,"));
  define('elsewhere', SALES_SQL.replace('SELECT', "SELECT DATE '2025-01-02' AS dt,"));
  define('nothing', SALES_SQL.replace('WHERE', 'WHERE false AND'));
  define('nulls', SALES_SQL.replace('order_id,', 'nullif(order_id % 5, 0) AS order_id,'));
  define('allowed', SALES_SQL.replace('WHERE', 'WHERE false AND'), 'allowEmpty: true\n');

  const run = await lake.run(3);
  const of = Object.fromEntries(run.datasets.map((d) => [d.dataset, d.partitions[0]!]));
  expect(of['shifted']).toMatchObject({ outcome: 'rejected', error: { code: 'foreign-rows' } });
  expect(of['elsewhere']).toMatchObject({ outcome: 'rejected', error: { code: 'foreign-rows' } });
  expect(of['elsewhere']!.checks[0]).toMatchObject({ failures: ROWS, passed: false });
  expect(of['nothing']).toMatchObject({ outcome: 'rejected', error: { code: 'no-rows' } });
  expect(of['nulls']).toMatchObject({ outcome: 'rejected', error: { code: 'checks' } });
  const [notNull, unique] = of['nulls']!.checks;
  expect(notNull).toMatchObject({ check: 'notNull(order_id, ts)', passed: false, failures: 4 });
  expect(notNull!.samples).toHaveLength(4);
  expect(unique).toMatchObject({ check: 'unique(order_id)', passed: false, failures: 15 });
  expect(unique!.samples).toHaveLength(5);
  expect(of['allowed']).toMatchObject({ outcome: 'promoted', rows: { output: 0 }, files: 0 });

  for (const name of ['shifted', 'elsewhere', 'nothing', 'nulls', 'allowed'])
    expect(lake.dataFiles(`clean/${name}`), name).toEqual([]);
  // What was refused can be looked at; what is empty on purpose is done.
  expect(lake.files(`clean/_lakefill/nulls/staging/${run.id}`)).toEqual([
    `${key(1)}/part-00000.parquet`,
    `${key(1)}/staged.json`,
  ]);
  expect(await lake.statuses('allowed')).toEqual({ [key(1)]: 'fresh empty' });
  expect(outcomes(await lake.run(0))).toEqual({});
});

test('a transform gone wrong leaves the published generation alone, until its check is accepted', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  lake.define('sales', salesYaml(2), SALES_SQL.replace('order_id,', 'order_id // 2 AS order_id,'));
  const before = lake.tree('clean/sales');

  const text = await lake.ok(12, 'run', '--yes', '--only', 'stale');
  expect(text.stdout).toContain('rejected');
  expect(text.stdout).toContain('unique(order_id)');
  expect(text.stdout).toMatch(/50000/);
  expect(lake.tree('clean/sales')).toEqual(before);
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });

  const unreasoned = await lake.ok(
    2,
    'run',
    '--yes',
    '--only',
    'failed',
    '--accept',
    'unique(order_id)',
    '--json',
  );
  expect(unreasoned.error().code).toBe('USAGE');
  const accepted = await lake.run(
    0,
    '--only',
    'failed',
    '--accept',
    'unique(order_id)',
    '--reason',
    'ids are pairs now',
  );
  expect(accepted.reason).toBe('ids are pairs now');
  const check = accepted.datasets[0]!.partitions[0]!.checks.find((c) => c.check === 'unique(order_id)');
  expect(check).toMatchObject({ passed: false, accepted: true, failures: ROWS / 2 });
  expect(Object.values(outcomes(accepted))).toEqual(['promoted', 'promoted']);
  expect(Object.values(await lake.statuses())).toEqual(['fresh', 'fresh']);
});

test('a warning is told and published', async () => {
  const yaml = salesYaml(1).replace('- unique: [order_id]', '- unique: [region]\n    severity: warn');
  const lake = await TestLake.sales(1, { yaml });
  const run = await lake.run();
  const warned = run.datasets[0]!.partitions[0]!;
  expect(warned.outcome).toBe('promoted');
  expect(warned.checks.find((c) => c.check === 'unique(region)')).toMatchObject({
    severity: 'warn',
    passed: false,
  });
  const text = await lake.ok(0, 'history', run.id);
  expect(text.stdout).toContain('warn');
});

test('a schema that loses or retypes a column is refused; a new one is let in', async () => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  const before = lake.tree('clean/sales');
  for (const [sql, word] of [
    [SALES_SQL.replace(', version', ''), 'version'],
    [SALES_SQL.replace('version', 'version::VARCHAR AS version'), 'version'],
  ] as const) {
    lake.define('sales', salesYaml(1), sql);
    const run = await lake.run(12, '--only', 'all');
    expect(run.datasets[0]!.partitions[0]!.error).toMatchObject({ code: 'schema' });
    expect(run.datasets[0]!.partitions[0]!.error!.message).toContain(word);
    expect(lake.tree('clean/sales')).toEqual(before);
  }
  lake.define('sales', salesYaml(1), SALES_SQL.replace('version', 'version, 1 AS more'));
  expect(outcomes(await lake.run(0, '--only', 'all'))).toEqual({ [key(1)]: 'promoted' });
});
