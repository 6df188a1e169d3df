/** Definitions, words and SQL that are wrong: all said at once, with places and the nearest right word, and nothing done. */
import { expect, test } from 'vitest';
import { TestLake, key, outcomes, salesYaml, SALES_SQL } from './lake.js';

test('three errors in two files are told together, each with its place', async () => {
  const lake = await TestLake.sales(1);
  lake.define(
    'other',
    'target: ./clean/other/dt={dt}/\npartition:\n  dt: { grain: dya, start: 2025-01-01 }\ninputs:\n  raw: ./raw/x/dt={dt}/*.parquet\nchekcs: []\n',
  );
  lake.define(
    'third',
    'target: ./clean/third/\ninputs: { raw: ./raw/x/*.parquet }\nlimits: { partitions: -1 }\n',
  );
  const done = await lake.ok(2, 'scan');
  for (const [place, words] of [
    ['partitions/other.yaml:3:16', 'day'],
    ['partitions/other.yaml:6:1', 'checks'],
    ['partitions/third.yaml:3:23', 'partitions'],
  ])
    expect(done.stderr).toMatch(new RegExp(`${place}.*\\n?.*${words}`));
  const json = (await lake.ok(2, 'run', '--yes', '--json')).error();
  expect(json).toMatchObject({ format: 'lakefill.error/1', code: 'DEFINITION_INVALID', exitCode: 2 });
  expect(lake.exists('clean')).toBe(false);
});

test('unknown words get the nearest known one', async () => {
  const lake = await TestLake.sales(2);
  for (const [args, code, meant] of [
    [['rnu', '--yes'], 'USAGE', 'run'],
    [['scan', 'slaes'], 'DATASET_UNKNOWN', 'sales'],
    [['run', 'salse', '--yes'], 'DATASET_UNKNOWN', 'sales'],
    [['recover', 'sale', '--yes'], 'DATASET_UNKNOWN', 'sales'],
    [['gc', 'sale', '--yes'], 'DATASET_UNKNOWN', 'sales'],
    [['scan', '--form', '2025-01-01'], 'USAGE', '--from'],
    [['plan', '--only', 'mising'], 'SELECTION_INVALID', 'missing'],
    [['plan', '--partition', 'dt=2025-01-20'], 'SELECTION_INVALID', 'dt=2025-01-02'],
  ] as const) {
    const done = await lake.ok(2, ...args, '--json');
    expect(done.error().code, args.join(' ')).toBe(code);
    expect(`${done.error().hint}`, args.join(' ')).toContain(meant);
    expect(done.stdout).toBe('');
  }
  expect(lake.exists('clean')).toBe(false);
});

test('without a terminal nothing is changed unasked', async () => {
  const lake = await TestLake.sales(1);
  const done = await lake.ok(2, 'run', '--json');
  expect(done.error().code).toBe('CONFIRMATION_NEEDED');
  expect(lake.exists('clean')).toBe(false);
});

const WHERE = 'WHERE ts >= $partition_start AND ts < $partition_end';

/** Refused when the plan is made: SQL and words of the message. */
const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  syntax: [`SELECT order_id,\n  ts FORM raw ${WHERE}`, /syntax.*syntax\.sql:2:11/is],
  two: [`SELECT * FROM raw ${WHERE}; SELECT 1`, /more than one statement.*two\.sql:1:73/s],
  remove: ['DELETE FROM raw', /DELETE/],
  copy: [`COPY (SELECT * FROM raw ${WHERE}) TO 'stolen.parquet'`, /COPY/],
  set: ["SET memory_limit = '1TB'", /SET/],
  attach: ["ATTACH 'other.db'", /ATTACH/],
  install: ['INSTALL httpfs', /INSTALL|LOAD/],
  pragma: ['PRAGMA database_list', /PRAGMA/],
  table: [`SELECT * FROM rwa ${WHERE}`, /table 'rwa'/],
};

test('SQL that is not one query is refused before anything is done, with the place', async () => {
  const lake = TestLake.empty();
  await lake.deliver([1]);
  for (const [name, [sql]] of Object.entries(REFUSED))
    lake.define(name, salesYaml(1).replace('clean/sales', `clean/${name}`), sql);
  await lake.library(async (project) => {
    for (const [name, [, message]] of Object.entries(REFUSED)) {
      const plan = await project.plan({ datasets: [name] });
      expect(plan.refused?.code, name).toMatch(/^TRANSFORM_(SYNTAX|REFUSED)$/);
      expect(plan.refused?.message, name).toMatch(message);
      await expect(project.apply(plan), name).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
      // A plan that was edited to be applicable does not get past the engine either.
      const forced = await project.apply({ ...plan, refused: null }).catch((error: unknown) => error);
      expect(forced, name).not.toMatchObject({ exitCode: 0 });
    }
  });
  const done = await lake.ok(2, 'run', 'syntax', '--yes', '--json');
  expect(done.error().message).toMatch(REFUSED['syntax']![1]);
  expect(lake.dataFiles('clean')).toEqual([]);
  expect(lake.exists('stolen.parquet')).toBe(false);
});

test('SQL without a statement, and parameters that do not exist, are found with the other definition errors', async () => {
  const lake = await TestLake.sales(1);
  lake.define('empty', salesYaml(1).replace('clean/sales', 'clean/empty'), '-- nothing here\n');
  lake.define(
    'typo',
    salesYaml(1).replace('clean/sales', 'clean/typo'),
    'SELECT * FROM raw WHERE ts >= $partition_strat',
  );
  const { code, message } = (await lake.ok(2, 'scan', '--json')).error();
  expect(code).toBe('DEFINITION_INVALID');
  expect(message).toMatch(/empty\.sql holds no SQL/);
  expect(message).toMatch(/typo\.sql:1:31 .*'\$partition_strat'.*'\$partition_start'/);
});

/** What a query tries to read that is none of its inputs. */
const CURIOUS: Readonly<Record<string, string>> = {
  text: "(SELECT content FROM read_text('/etc/passwd'))",
  blob: "(SELECT content::VARCHAR FROM read_blob('/etc/passwd'))",
  csv: "(SELECT any_value(column0) FROM read_csv('/etc/passwd', header = false, delim = ':'))",
  file: "(SELECT any_value(t) FROM '/etc/passwd' t)",
  quoted: '(SELECT any_value(t) FROM "/etc/passwd" t)',
  glob: "(SELECT any_value(file) FROM glob('/etc/*'))",
  environment: "getenv('HOME')",
  parquet: "(SELECT any_value(order_id)::VARCHAR FROM read_parquet('RAW'))",
  relative: "(SELECT content FROM read_text('../../../../../../../../../etc/passwd'))",
};

test('a query reads its inputs and nothing else of the machine', async () => {
  const lake = TestLake.empty();
  await lake.deliver([1]);
  for (const [name, expression] of Object.entries(CURIOUS)) {
    const sql = SALES_SQL.replace(
      'version\n',
      `version, ${expression.replace('RAW', lake.path('raw/sales/dt=2025-01-01/part-0.parquet'))} AS secret\n`,
    );
    lake.define(`curious_${name}`, salesYaml(1).replace('clean/sales', `clean/${name}`), sql);
  }
  // Some are refused when the plan is made, the others when the engine meets them. All at once: one run.
  const names = Object.keys(CURIOUS);
  const late = await lake.library(async (project) => {
    const found: string[] = [];
    for (const name of names) {
      const plan = await project.plan({ datasets: [`curious_${name}`] });
      if (plan.refused === null) found.push(name);
    }
    return found;
  });
  const done = await lake.ok(3, 'run', ...late.map((name) => `curious_${name}`), '--yes', '--json');
  for (const { dataset, partitions } of done.json().datasets) {
    const code = dataset === 'curious_environment' ? 'TRANSFORM_FAILED' : 'TRANSFORM_REFUSED';
    expect(partitions, dataset).toMatchObject([{ outcome: 'failed', error: { code } }]);
    expect(partitions[0]!.error!.message, dataset).toMatch(/may not|getenv does not exist/);
  }
  expect(done.stdout).not.toMatch(/root:|daemon:|\/root\b/);
  expect(lake.dataFiles('clean')).toEqual([]);
});

test('targets in the way of each other or of inputs are refused when the project is opened', async () => {
  for (const [definitions, message] of [
    [{ a: './lake/raw/clean/dt={dt}/', b: null }, /inside/],
    [{ a: './lake/clean/dt={dt}/', b: './lake/clean/dt={dt}/' }, /fills the same root/],
    [{ a: './lake/clean/dt={dt}/', b: './lake/clean/b/dt={dt}/' }, /lie in each other/],
    [{ a: './lake/clean/_lakefill/x/dt={dt}/', b: './lake/clean/dt={dt}/' }, /_lakefill/],
    [{ a: './lake/dt={dt}/', b: null }, /inside/],
  ] as const) {
    const lake = TestLake.empty();
    for (const [name, target] of Object.entries(definitions))
      if (target !== null)
        lake.define(
          name,
          `target: ${target}\npartition:\n  dt: { grain: day, start: 2025-01-01, end: 2025-01-02 }\ninputs:\n  raw: ./lake/raw/dt={dt}/*.parquet\n`,
        );
    const done = await lake.ok(2, 'scan', '--json');
    expect(done.error().code).toMatch(/DEFINITION_INVALID|TARGET_REFUSED/);
    expect(done.error().message).toMatch(message);
  }
});

test('a window that ends where it begins is a mistake, not success', async () => {
  const lake = await TestLake.sales(1);
  for (const verb of [['run', '--yes'], ['plan'], ['scan']]) {
    const at = '2025-01-01T00:00:00Z';
    const done = await lake.ok(2, ...verb, '--from', at, '--to', at, '--json');
    expect(done.error().code).toBe('SELECTION_INVALID');
  }
  const done = await lake.ok(2, 'run', '--yes', '--from', '2025-01-02', '--to', '2025-01-01', '--json');
  expect(done.error().code).toBe('SELECTION_INVALID');
  // One whole day is no empty window.
  expect(outcomes(await lake.run(0, '--from', '2025-01-01', '--to', '2025-01-01'))).toEqual({
    [key(1)]: 'promoted',
  });
});
