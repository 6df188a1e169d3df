/** `lakefill gc --purge` in a process of its own, with what a person reads. */
import { expect, test } from 'vitest';
import { expectValid } from '../cli/support/schemas.js';
import { key, TestLake } from './lake.js';

test('gc --purge: listed, asked for, removed; a rollback says why it cannot', async () => {
  const lake = await TestLake.sales(2);
  await lake.run(0);
  await lake.deliver([1, 2], 2);
  const run = await lake.run(0);
  const before = lake.tree();
  const dry = await lake.ok(0, 'gc', 'sales', '--purge', 'dt=2025-01-01*', '--dry-run');
  expect(dry.stdout).toContain('would remove 1 object');
  expect(dry.stdout).toContain("next: lakefill gc sales --purge 'dt=2025-01-01*'");
  const asked = await lake.cli('gc', '--purge', key(1));
  expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expect(lake.tree()).toEqual(before);
  const unknown = await lake.cli('gc', '--purge', 'dt=2025-01-91', '--yes');
  expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('matches no partition')]);

  const done = (await lake.ok(0, 'gc', '--purge', key(1), '--yes', '--json')).json();
  expectValid('gc', done);
  expect(done).toMatchObject({ purge: [key(1)], objects: 1 });
  expect((await lake.ok(0, 'gc', '--purge', key(1), '--yes')).stdout).toContain('nothing to remove');
  const back = await lake.cli('rollback', run.id, '--yes', '--json');
  expect(back.json().datasets[0]!.partitions).toMatchObject([
    { key: key(1), outcome: 'failed', error: { code: 'not-retained' } },
    { key: key(2), outcome: 'promoted' },
  ]);
});
