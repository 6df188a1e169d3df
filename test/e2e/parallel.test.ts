/** Several processes at once on one dataset: every partition is made once, nothing is lost, nobody waits for ever. */
import { expect, test } from 'vitest';
import { TestLake, days, key, outcomes, ROWS, until } from './lake.js';

const KEYS = 6;

test('four runs of everything at once', async () => {
  const lake = await TestLake.sales(KEYS);
  const done = await Promise.all([1, 2, 3, 4].map(() => lake.cli('run', '--yes', '--json')));
  const promoted = days(KEYS).map(() => 0);
  for (const run of done) {
    expect([0, 3, 10, 11], run.stderr).toContain(run.status);
    for (const { key: k, outcome, error } of run.json().datasets[0]?.partitions ?? []) {
      expect(['promoted', 'unchanged', 'skipped', 'conflict'], JSON.stringify(error)).toContain(outcome);
      if (outcome === 'promoted') promoted[days(KEYS).findIndex((n) => key(n) === k)]! += 1;
    }
  }
  expect(promoted).toEqual(days(KEYS).map(() => 1));
  await expectTidy(lake, 1);
  expect(outcomes(await lake.run(0))).toEqual({});
});

test('four runs that replace everything at once, of which one is killed', async () => {
  const lake = await TestLake.sales(KEYS);
  await lake.fill();
  await lake.deliver(days(KEYS), 2);
  const running = [1, 2, 3, 4].map(() => lake.start(['run', '--yes', '--json']));
  await until(
    'one of them promotes',
    () => lake.files('clean/_lakefill/sales/retained').length > 0 || running.every((r) => r.ended()),
  );
  running[0]!.kill('SIGKILL');
  await Promise.all(running.map((run) => run.done));
  await lake.ok(0, 'recover', '--yes');
  await lake.run(0);
  // What the dead one had in work is gc's, a day later.
  await expectTidy(lake, 2, ['leases']);
});

test('four shares of one run never meet', async () => {
  const lake = await TestLake.sales(KEYS);
  const done = await Promise.all(
    [1, 2, 3, 4].map((i) => lake.ok(0, 'run', '--yes', '--json', '--shard', `${i}/4`)),
  );
  const all = done.flatMap((run) => Object.entries(run.stdout === '' ? {} : outcomes(run.json())));
  expect(all.sort()).toEqual(days(KEYS).map((n) => [key(n), 'promoted']));
  await expectTidy(lake, 1);
});

test('readers may scan, plan and look at the history meanwhile', async () => {
  const lake = await TestLake.sales(KEYS);
  const run = lake.start(['run', '--yes', '--json']);
  while (!run.ended()) {
    for (const status of Object.values(await lake.statuses()))
      expect(['missing absent', 'pending in-progress', 'fresh']).toContain(status);
    await lake.library((project) => project.history());
  }
  expect((await run.done).status).toBe(0);
  await expectTidy(lake, 1);
});

async function expectTidy(
  lake: TestLake,
  version: number,
  empty = ['leases', 'prepared', 'scratch'],
): Promise<void> {
  for (const n of days(KEYS)) expect(await lake.versions(key(n))).toEqual({ [version]: ROWS });
  expect(lake.journal().length).toBeGreaterThan(0);
  expect(Object.values(await lake.statuses())).toEqual(days(KEYS).map(() => 'fresh'));
  for (const folder of empty) expect(lake.files(`clean/_lakefill/sales/${folder}`), folder).toEqual([]);
}
