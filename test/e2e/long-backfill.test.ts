/** A backfill of six hundred partitions: stopped by its time, killed by a signal, continued, and shared by four processes at once. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RunDocument } from '../../src/index.js';
import { publications } from '../run/publications.js';
import { day, days, key, outcomes, salesYaml, TestLake, until } from './lake.js';
import { quoted, select } from './duck.js';

const LIMIT = 'limits: { partitions: 2000 }\n';

/** A lake of `count` days of ten rows, written in one go. */
async function manyDays(count: number): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define('sales', salesYaml(count, LIMIT), 'SELECT order_id, ts, version FROM raw\n');
  mkdirSync(lake.path('raw'));
  await select(`COPY (SELECT r AS order_id, TIMESTAMP '${day(1)}' + to_hours(24 * (r // 10)::INTEGER) AS ts, 1::INTEGER AS version,
    strftime(TIMESTAMP '${day(1)}' + to_hours(24 * (r // 10)::INTEGER), '%Y-%m-%d') AS dt FROM range(${count * 10}) t(r))
    TO ${quoted(lake.path('raw/sales'))} (FORMAT parquet, PARTITION_BY (dt))`);
  return lake;
}

test('six hundred partitions, stopped twice and continued', { timeout: 1_800_000 }, async () => {
  const count = 600;
  const lake = await manyDays(count);
  await lake.plan('plan.json');
  const timed = await lake.ok(3, 'apply', 'plan.json', '--json', '--stop-after', '2s');
  expect(timed.json().counts['cancelled']).toBeGreaterThan(0);

  const cut = lake.start(['apply', 'plan.json', '--events']);
  await until('some are done', () => cut.text().split('"promoted"').length > 20 || cut.ended(), 600);
  cut.kill('SIGTERM');
  expect((await cut.done).status).toBe(143);
  const done = Object.keys(publications(lake)).length;
  expect(done).toBeLessThan(count);

  const rest = await lake.ok(0, 'apply', 'plan.json', '--json');
  expect(rest.json().counts).toEqual({ unchanged: done, promoted: count - done });
  expect(publications(lake)).toEqual(Object.fromEntries(days(count).map((n) => [key(n), 1])));
});

test('four processes, a share each', { timeout: 900_000 }, async () => {
  const count = 200;
  const lake = await manyDays(count);
  const shares = await Promise.all(
    [1, 2, 3, 4].map((i) => lake.ok(0, 'run', '--yes', '--json', '--concurrency', '1', '--shard', `${i}/4`)),
  );
  const runs = shares.map((share) => share.json<RunDocument>());
  for (const run of runs) expect(Object.keys(run.counts)).toEqual(['promoted']);
  expect(runs.flatMap((run) => Object.keys(outcomes(run))).sort()).toEqual(days(count).map(key));
  expect(publications(lake)).toEqual(Object.fromEntries(days(count).map((n) => [key(n), 1])));
});
