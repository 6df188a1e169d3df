/** `kill -9` at a share of all moments of a run that replaces eight partitions. Two test files take half of the moments each. */
import { copyFileSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { TestLake } from './lake.js';
import { days, key, outcomes } from './lake.js';
import { DAY_ROWS, interrupted, KEYS, Onlooker, publishedLake } from './moments.js';

/** Names that come up in a run of eight replaced partitions of two files: leases, staged, prepared, kept, published, entries. */
const NAMES = 95;

/** Kills runs at moments `part`, `part + of`, ... of `moments`. */
export async function killRuns(moments: number, part: number, of: number): Promise<void> {
  const lake = await publishedLake();
  const onlooker = new Onlooker(lake);
  let version = 1;
  let killed = 0;
  for (let i = part; i < moments; i += of) {
    const versions = [version, version + 1] as const;
    version++;
    await lake.deliver(days(KEYS), version, DAY_ROWS);
    const together = i % 4 === 3 ? ['--together'] : [];
    const at = 1 + Math.floor((i * NAMES) / moments);
    const run = await interrupted(
      lake,
      onlooker,
      ['run', '--yes', '--json', ...together],
      { at, signal: 'SIGKILL' },
      versions,
    );
    if (run.sent && run.signal === 'SIGKILL') killed++;
    await afterTheKill(lake, onlooker, i, together.length > 0, versions);
  }
  expect(onlooker.looks).toBeGreaterThan(moments);
  expect(killed).toBeGreaterThan((moments / of) * 0.7);
  await collected(lake);
}

async function afterTheKill(
  lake: TestLake,
  onlooker: Onlooker,
  i: number,
  together: boolean,
  [old, next]: readonly [number, number],
): Promise<void> {
  // A writing command recovers by itself: every third time nobody asks for it.
  if (i % 3 !== 2) {
    if (i % 6 === 0) await lake.ok(0, 'recover', '--yes');
    else await lake.library((project) => project.recover());
    const settled = await onlooker.settled();
    for (const found of settled) expect([old, next]).toContain(found);
    if (together) expect(new Set(settled).size).toBe(1);
    const statuses = await lake.statuses();
    for (const n of days(KEYS))
      expect(statuses[key(n)]).toBe(settled[n - 1] === next ? 'fresh' : 'stale input-changed');
    expect(lake.files('clean/_lakefill/sales/leases')).toEqual([]);
  }
  if (i % 3 === 2) await lake.run(0);
  else await lake.fill();
  expect(await onlooker.settled()).toEqual(Array(KEYS).fill(next));
  expect(lake.journal().length).toBeGreaterThan(0);
}

/** Kills rollbacks of a run on their way; each goes on where the one before was cut off. */
export async function killRollbacks(moments: readonly number[]): Promise<void> {
  const lake = await publishedLake();
  const onlooker = new Onlooker(lake);
  await lake.deliver(days(KEYS), 2, DAY_ROWS);
  const { id } = await lake.fill();
  const rollback = ['rollback', id, '--yes', '--json'];
  for (const at of moments) {
    const cut = await interrupted(lake, onlooker, rollback, { at, signal: 'SIGKILL' }, [2, 1]);
    if (cut.signal === null) break;
    await lake.library((project) => project.recover());
    for (const version of await onlooker.settled()) expect([1, 2]).toContain(version);
  }
  const rest = (await lake.ok(0, ...rollback)).json();
  expect(Object.values(outcomes(rest))).toContain('unchanged');
  expect(await onlooker.settled()).toEqual(Array(KEYS).fill(1));
}

/** After a gc, when all that the dead left is old enough, there is nothing but what the documentation says. */
async function collected(lake: TestLake): Promise<void> {
  const control = 'clean/_lakefill/sales';
  const old = new Date(Date.now() - 30 * 86_400_000);
  for (const entry of readdirSync(lake.path(control), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    // A copy: it may be another name of a raw or published file, whose age is none of our business.
    const aged = file.replace(/\.lakefill-up-[0-9a-z]+-/, `.lakefill-up-${old.getTime().toString(36)}-`);
    copyFileSync(file, `${file}~`);
    utimesSync(`${file}~`, old, old);
    rmSync(file);
    renameSync(`${file}~`, aged);
  }
  await lake.ok(0, 'gc', '--yes');
  const kept = new Set(
    lake
      .journal()
      .flatMap((entry) =>
        entry.facts.flatMap((fact) =>
          fact['fact'] === 'promoting' && typeof fact['retained'] === 'string'
            ? (fact['remove'] as { name: string }[]).map(({ name }) => `${fact['retained'] as string}${name}`)
            : [],
        ),
      ),
  );
  const left = lake
    .files(control)
    .filter((file) => !/^(dataset\.json|(journal|checkpoints|runs)\/)/.test(file));
  // A file of a kept generation may have a second name while it is moved; it goes with its generation.
  for (const file of left)
    expect(kept, file).toContain(
      lake
        .path(control, file)
        .slice(1)
        .replace(/~[0-9a-f]{16}$/, ''),
    );
  expect(left.every((file) => file.startsWith('retained/'))).toBe(true);
  expect(await lake.statuses()).toEqual(Object.fromEntries(days(KEYS).map((n) => [key(n), 'fresh'])));
}
