/** Disks that are full or may not be written: readers keep what they had, the message says why, and it goes on afterwards. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { TestLake, days, key, outcomes, salesYaml, SALES_SQL } from './lake.js';

const mounted: string[] = [];
afterEach(() => {
  for (const folder of mounted.splice(0)) spawnSync('umount', ['-l', folder]);
});

/** A small file system of its own at the folder, or why there can be none. */
function mount(folder: string, size: string): string | null {
  mkdirSync(folder, { recursive: true });
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (done.status !== 0) return `a tmpfs cannot be mounted here: ${done.error?.message ?? done.stderr}`;
  mounted.push(folder);
  return null;
}

const BIG = 40_000;

test('a full disk fails what finds no space, keeps what readers have, and is over when there is space', async (context) => {
  const lake = TestLake.empty();
  const refused = mount(lake.path('small'), '6m');
  if (refused !== null) return context.skip(refused);
  const sql = SALES_SQL.replace('version\n', 'version, md5(order_id::VARCHAR) AS noise\n');
  lake.define('sales', salesYaml(3).replace('./clean', './small/clean'), sql);
  await lake.deliver(days(3), 1, 200);
  await lake.fill();
  await lake.deliver(days(3), 2, BIG);

  const ballast = (leave: number) => {
    lake.remove('small/ballast');
    const { bavail, bsize } = statfsSync(lake.path('small'));
    writeFileSync(lake.path('small/ballast'), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  };
  // No space for anything; for a little of the engine's output; for the engine's output and not for what comes after it.
  for (const leave of [0, 200_000, 1_800_000]) {
    ballast(leave);
    const done = await lake.cli('run', '--yes', '--json', '--only', 'all', '--concurrency', '1');
    expect(done.status, `${leave} bytes: ${done.stdout}${done.stderr}`).not.toBe(0);
    expect(done.stdout + done.stderr, `${leave} bytes`).toContain('STORE_FULL');
    expect(done.stdout + done.stderr, `${leave} bytes`).toMatch(/[Ff]ree some space|Make room/);
    expect(done.stdout + done.stderr).not.toContain('INTERNAL');
    for (const n of days(3)) {
      const versions = await lake.versions(key(n), 'small/clean/sales');
      expect(versions[1] === 200 || versions[2] === BIG, `${leave} bytes: ${JSON.stringify(versions)}`).toBe(
        true,
      );
    }
  }
  lake.remove('small/ballast');
  await lake.ok(0, 'recover', '--yes');
  await lake.run(0, '--only', 'all');
  for (const n of days(3)) expect(await lake.versions(key(n), 'small/clean/sales')).toEqual({ 2: BIG });
  expect(new Set(Object.values(await lake.statuses()))).toEqual(new Set(['fresh']));
});

test('a target on a read-only file system is read all the same', async (context) => {
  const lake = TestLake.empty();
  const refused = mount(lake.path('small'), '6m');
  if (refused !== null) return context.skip(refused);
  lake.define('sales', salesYaml(2).replace('./clean', './small/clean'), SALES_SQL);
  await lake.deliver([1]);
  await lake.fill();
  await lake.deliver([2]);
  expect(spawnSync('mount', ['-o', 'remount,ro', lake.path('small')]).status).toBe(0);

  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh', [key(2)]: 'missing absent' });
  const done = await lake.ok(1, 'run', '--yes', '--json');
  expect(done.error()).toMatchObject({ code: 'STORE_READ_ONLY', exitCode: 1 });
  expect(done.error().message).toContain('small/clean');
  expect(done.error().hint).toBeTruthy();
  await lake.ok(0, 'run', '--yes', '--dry-run');
  expect(spawnSync('mount', ['-o', 'remount,rw', lake.path('small')]).status).toBe(0);
  expect(outcomes(await lake.run())).toEqual({ [key(2)]: 'promoted' });
});

test('a user who may not write is told so, and a user who may not read sees unknown, not missing', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can become somebody else');
  const nobody = 65534;
  const lake = await TestLake.sales(2);
  await lake.run(0, '--limit', '1');
  chmodSync(lake.dir, 0o755);
  const scan = await lake.start(['scan', '--json'], { uid: nobody }).done;
  expect(scan.status, scan.stderr).toBe(0);

  const before = lake.tree();
  const run = await lake.start(['run', '--yes', '--json'], { uid: nobody }).done;
  expect(run.status, run.stdout).toBe(1);
  expect(run.error().code).toMatch(/STORE_(DENIED|READ_ONLY)/);
  expect(run.error().message).toContain('clean');
  expect(lake.tree()).toEqual(before);

  // Its own files it may write, whoever owns the folder above.
  chownSync(lake.path(), nobody, nobody);
  for (const secret of ['raw/sales', 'clean/sales']) {
    chmodSync(lake.path(secret), 0o700);
    const blind = await lake.start(['scan', '--json'], { uid: nobody }).done;
    expect(blind.status, secret).toBe(1);
    const statuses = blind.json<{ datasets: { partitions: { status: string }[] }[] }>().datasets[0]!
      .partitions;
    expect(new Set(statuses.map((p) => p.status)), secret).toEqual(new Set(['unknown']));
    const plan = await lake.start(['plan', '--json', '--only', 'all'], { uid: nobody }).done;
    expect(plan.json<{ datasets: { tasks: unknown[] }[] }>().datasets[0]!.tasks, secret).toEqual([]);
    chmodSync(lake.path(secret), 0o755);
  }
});

test('a target behind a symbolic link to another file system', async (context) => {
  const lake = TestLake.empty();
  const refused = mount(lake.path('other'), '6m');
  if (refused !== null) return context.skip(refused);
  mkdirSync(lake.path('other/real'));
  symlinkSync(lake.path('other/real'), lake.path('clean'));
  lake.define('sales', salesYaml(1), SALES_SQL);
  await lake.deliver([1]);
  await lake.fill();
  await lake.deliver([1], 2);
  expect(outcomes(await lake.run())).toEqual({ [key(1)]: 'promoted' });
  expect(Object.keys(await lake.versions(key(1), 'other/real/sales'))).toEqual(['2']);
});
