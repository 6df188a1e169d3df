/** Partition values as people have them: spaces, signs, quotes, other scripts, NULL, too long. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { quoted, writeParquet } from './duck.js';
import { TestLake, day, outcomes } from './lake.js';

/** Value and the folder that Hive and Spark write for it: theirs is the escaping, this table is ours. */
const FOLDERS: readonly (readonly [string, string])[] = [
  ['plain', 'v=plain'],
  ['a b', 'v=a b'],
  ['100%', 'v=100%25'],
  ['%41', 'v=%2541'],
  ['x=y', 'v=x%3Dy'],
  ['[a]', 'v=%5Ba%5D'],
  ['*', 'v=%2A'],
  ['?', 'v=%3F'],
  ['a/b', 'v=a%2Fb'],
  ["it's", 'v=it%27s'],
  ['"quoted"', 'v=%22quoted%22'],
  ['c:\\d', 'v=c%3A%5Cd'],
  ['{dt}', 'v=%7Bdt}'],
  ['caf\u00e9', 'v=caf\u00e9'],
  ['\u65e5\u672c', 'v=\u65e5\u672c'],
  ['..', 'v=..'],
  ['-x', 'v=-x'],
  ['$v', 'v=$v'],
  ['01', 'v=01'],
  ['NULL', 'v=NULL'],
  ['l'.repeat(240), `v=${'l'.repeat(240)}`],
];

test('values of every kind are read, written, found again and rolled back', async () => {
  const lake = TestLake.empty();
  for (const [value, folder] of FOLDERS)
    await writeParquet(
      lake.path('raw', folder, 'part-0.parquet'),
      `SELECT r AS id, ${quoted(value)} AS original FROM range(3) t(r)`,
    );
  lake.define(
    'odd',
    `target: ./clean/odd/v={v}/
partition:
  v: { values: ${JSON.stringify(FOLDERS.map(([value]) => value))} }
inputs:
  raw: ./raw/v={v}/*.parquet
`,
    'SELECT id, original, v, $v AS bound, count(*) OVER () AS n FROM raw',
  );
  const run = await lake.run();
  expect(new Set(Object.values(outcomes(run)))).toEqual(new Set(['promoted']));
  expect(Object.keys(outcomes(run)).sort()).toEqual(FOLDERS.map(([, folder]) => folder).sort());
  for (const [value, folder] of FOLDERS) {
    const rows = await lake.rowsOf(`clean/odd/${folder}`, 'SELECT * FROM data ORDER BY id');
    expect(rows, folder).toHaveLength(3);
    expect(rows[0], folder).toEqual({ id: '0', original: value, bound: value, n: '3' });
  }
  expect(new Set(Object.values(await lake.statuses('odd')))).toEqual(new Set(['fresh']));
  expect(outcomes(await lake.run())).toEqual({});

  // Named as it is shown, and undone.
  const one = await lake.run(0, '--only', 'all', '--partition', 'v=a b');
  expect(outcomes(one)).toEqual({ 'v=a b': 'unchanged' });
  const back = await lake.ok(0, 'rollback', run.id, '--yes', '--json');
  expect(new Set(Object.values(outcomes(back.json())))).toEqual(new Set(['promoted']));
  expect(lake.dataFiles('clean/odd')).toEqual([]);
});

test('a value too long for a name fails alone, clearly', async () => {
  const long = 'l'.repeat(300);
  const lake = TestLake.empty();
  await writeParquet(lake.path('raw/all.parquet'), "SELECT unnest(['a', 'b']) AS v");
  lake.define(
    'long',
    `target: ./clean/long/v={v}/\npartition:\n  v: { values: [a, ${long}] }\ninputs:\n  raw: ./raw/*.parquet\n`,
    'SELECT $v AS v, 1 AS id FROM raw LIMIT 1',
  );
  const done = await lake.cli('run', '--yes', '--json');
  expect(done.status, done.stderr).toBe(3);
  expect(outcomes(done.json())).toEqual({ 'v=a': 'promoted', [`v=${long}`]: 'failed' });
  const failed = done.json().datasets[0]!.partitions[1]!;
  expect(failed.error!.code).not.toBe('INTERNAL');
  expect(failed.error!.message).toMatch(/name|long/i);
});

test('rows with a NULL partition value belong to no partition that was asked for', async () => {
  const lake = TestLake.empty();
  await writeParquet(lake.path('raw/part.parquet'), "SELECT unnest(['a', NULL]) AS v, 1 AS id");
  const yaml =
    'target: ./clean/n/v={v}/\npartition:\n  v: { values: [a] }\ninputs:\n  raw: ./raw/*.parquet\n';
  lake.define('n', yaml, 'SELECT v, id FROM raw WHERE v = $v OR v IS NULL');
  const run = await lake.run(12);
  expect(run.datasets[0]!.partitions[0]!.error).toMatchObject({ code: 'foreign-rows' });

  lake.define('n', yaml, 'SELECT v, id FROM raw WHERE v = $v');
  expect(outcomes(await lake.run())).toEqual({ 'v=a': 'promoted' });
  // What Hive writes for NULL is somebody else's partition: shown, not touched.
  const foreign = 'clean/n/v=__HIVE_DEFAULT_PARTITION__/part-0.parquet';
  await writeParquet(lake.path(foreign), 'SELECT 1 AS id');
  expect((await lake.statuses('n'))['v=__HIVE_DEFAULT_PARTITION__']).toMatch(/^unexpected/);
  await lake.run(0, '--only', 'all');
  expect(existsSync(lake.path(foreign))).toBe(true);
});

test('two dimensions: every pair for itself', async () => {
  const lake = TestLake.empty();
  const pairs = [1, 2].flatMap((n) => ['eu', 'us'].map((region) => [n, region] as const));
  for (const [n, region] of pairs) {
    if (n === 2 && region === 'us') continue;
    await writeParquet(
      lake.path(`raw/dt=${day(n)}/region=${region}/p.parquet`),
      `SELECT ${n} AS id, TIMESTAMP '${day(n)}' AS ts`,
    );
  }
  lake.define(
    'two',
    `target: ./clean/two/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(2)}, column: ts }
  region: { values: [eu, us] }
inputs:
  raw: ./raw/dt={dt}/region={region}/*.parquet
`,
  );
  const run = await lake.run();
  expect(outcomes(run)).toEqual({
    [`dt=${day(1)}/region=eu`]: 'promoted',
    [`dt=${day(1)}/region=us`]: 'promoted',
    [`dt=${day(2)}/region=eu`]: 'promoted',
  });
  expect(await lake.statuses('two')).toMatchObject({ [`dt=${day(2)}/region=us`]: 'blocked input-missing' });
  const rows = await lake.rowsOf(`clean/two/dt=${day(2)}/region=eu`, 'SELECT * FROM data');
  expect(rows).toEqual([{ id: 2, ts: `${day(2)} 00:00:00` }]);
  const one = await lake.run(0, '--only', 'all', '--partition', `dt=*/region=us`);
  expect(outcomes(one)).toEqual({ [`dt=${day(1)}/region=us`]: 'unchanged' });
});

test('without `col=` a value that is no folder name is refused where it is written', async () => {
  for (const value of ['..', '.', 'a/b', '_hidden', '.hidden']) {
    const lake = TestLake.empty();
    lake.define(
      'bare',
      `target: ./clean/bare/{v}/\npartition:\n  v: { values: [${JSON.stringify(value)}] }\ninputs:\n  raw: ./raw/{v}/*.parquet\n`,
    );
    const done = await lake.ok(2, 'scan', '--json');
    expect(done.error().code, value).toBe('DEFINITION_INVALID');
    expect(done.error().message, value).toContain('bare.yaml:3');
  }
});
