/** Output that was staged before the lake moved to another folder, or was copied there: decided there alone, or refused with words. */
import { cpSync, existsSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RunDocument } from '../../src/index.js';
import { TestLake, key, outcomes, rawFile, ROWS, salesYaml } from '../e2e/lake.js';

const MOVED = salesYaml(2).replace('./clean/', './moved/');

/** Day 1 is published and staged anew, day 2 is staged for the first time. */
async function stagedLake(): Promise<{ lake: TestLake; staged: RunDocument }> {
  const lake = await TestLake.sales(2);
  const second = lake.read(rawFile(2));
  lake.remove(rawFile(2));
  await lake.fill();
  lake.write(rawFile(2), second);
  await lake.deliver([1], 2);
  const staged = await lake.library(async (p) => p.apply(await p.plan({ stageOnly: true })));
  expect(outcomes(staged)).toEqual({ [key(1)]: 'staged', [key(2)]: 'staged' });
  return { lake, staged };
}

const codes = (run: RunDocument) =>
  run.datasets[0]!.partitions.map(({ outcome, error }) => `${outcome} ${error?.code ?? ''}`.trim());

test('after a move what was staged for an absent partition is promoted, and for a present one refused: its base is another', async () => {
  const { lake, staged } = await stagedLake();
  renameSync(lake.path('clean'), lake.path('moved'));
  lake.define('sales', MOVED);
  const promoted = await lake.library((project) => project.promote(staged.id));
  expect(codes(promoted)).toEqual(['conflict base-moved', 'promoted']);
  expect(existsSync(lake.path('clean'))).toBe(false);
  expect(await lake.versions(key(1), 'moved/sales')).toEqual({ 1: ROWS });
  expect(await lake.versions(key(2), 'moved/sales')).toEqual({ 1: ROWS });
  const { stdout } = await lake.ok(0, 'diff', staged.id, '--partition', key(1));
  expect(stdout).toContain('What readers find changed after the output was staged');
});

test.each(['promote', 'discard'] as const)(
  '%s in a copy of the lake touches nothing of the original',
  async (verb) => {
    const { lake, staged } = await stagedLake();
    cpSync(lake.path('clean'), lake.path('moved'), { recursive: true });
    lake.define('sales', MOVED);
    const before = lake.tree('clean');
    const run = await lake.library((project) => project[verb](staged.id));
    expect(codes(run)).toEqual(
      verb === 'discard'
        ? ['skipped discarded', 'skipped discarded']
        : // A copy has other versions: what was checked cannot be told from what somebody put there.
          ['conflict base-moved', 'failed staged-damaged'],
    );
    expect(lake.tree('clean')).toEqual(before);
    const left = lake.files('moved/_lakefill/sales/staging').filter((file) => file.endsWith('.parquet'));
    expect(left).toHaveLength(verb === 'discard' ? 0 : 2);
    // The original goes on as if there were no copy.
    lake.define('sales', salesYaml(2));
    expect(outcomes(await lake.library((project) => project.promote(staged.id)))).toEqual({
      [key(1)]: 'promoted',
      [key(2)]: 'promoted',
    });
  },
);
