/** A plan that was interrupted is continued by applying it again; shares of the keys are made side by side. Each key exactly once. */
import { expect, test } from 'vitest';
import { openProject } from '../../src/index.js';
import type { RunDocument } from '../../src/index.js';
import { days, key, outcomes, TestLake } from '../e2e/lake.js';
import { publications } from './publications.js';

const KEYS = 20;

test('apply continues an interrupted plan and repeats nothing', async () => {
  const lake = await TestLake.sales(KEYS);
  await lake.library(async (project) => {
    const plan = await project.plan();
    const stop = new AbortController();
    const first = await project.apply(plan, {
      signal: stop.signal,
      onEvent: ({ event }) => void (event === 'partition-ended' && stop.abort('SIGINT')),
    });
    expect(first.exitCode).toBe(130);
    const before = publications(lake);
    const done = Object.keys(before);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(KEYS);
    expect(done).toEqual(keysThat(first, 'promoted'));

    const second = await project.apply(plan);
    expect(second.exitCode).toBe(0);
    expect(keysThat(second, 'unchanged')).toEqual(done);
    expect(keysThat(second, 'promoted')).toHaveLength(KEYS - done.length);
    expect(codesOf(second)).toEqual(new Set(['already-applied']));
    const after = publications(lake);
    expect(after).toEqual(Object.fromEntries(days(KEYS).map((n) => [key(n), 1])));

    const files = lake.tree('clean/sales');
    const third = await project.apply(plan);
    expect(keysThat(third, 'unchanged')).toHaveLength(KEYS);
    expect(lake.tree('clean/sales')).toEqual(files);
  });
});

test('retry takes up what a run had no time for', async () => {
  const lake = await TestLake.sales(3);
  await lake.library(async (project) => {
    // Over before the first partition can begin: opening the dataset alone takes longer.
    const run = await project.apply(await project.plan(), { stopAfter: 0.001 });
    expect(run.counts).toEqual({ cancelled: 3 });
    const retried = await project.retry(run.id, { stopAfter: 3_600_000 });
    expect(retried.counts).toEqual({ promoted: 3 });
  });
});

test('retry stages where the run only staged, and goes on until each key has been made once', async () => {
  const lake = await TestLake.sales(3);
  await lake.library(async (project) => {
    const run = await project.apply(await project.plan({ stageOnly: true }), { stopAfter: 0.001 });
    expect(run.counts).toEqual({ cancelled: 3 });
    const retried = await project.retry(run.id);
    expect(retried.counts).toEqual({ staged: 3 });
    expect(publications(lake)).toEqual({});
    // What is staged is not made: nothing of it can be found by readers.
    expect((await project.retry(run.id)).counts).toEqual({ staged: 3 });

    const other = await project.apply(await project.plan(), { stopAfter: 0.001 });
    await project.apply(await project.plan({ partitions: [key(1)] }));
    const rest = await project.retry(other.id);
    expect(keysThat(rest, 'promoted')).toEqual([key(2), key(3)]);
    expect((await project.retry(other.id)).counts).toEqual({});
    expect(publications(lake)).toEqual(Object.fromEntries(days(3).map((n) => [key(n), 1])));
  });
});

test('retry of what a whole run refuses publishes all of it or nothing', async () => {
  const lake = await TestLake.sales(2);
  await lake.library(async (project) => {
    const run = await project.apply(await project.plan({ together: true }), { stopAfter: 0.001 });
    expect((await project.planRetry(run.id)).options).toMatchObject({ together: true, stageOnly: false });
    expect((await project.planRetry(run.id, { together: false })).options.together).toBe(false);
  });
});

test('rollback takes keys, globs and ranges as every verb does', async () => {
  const lake = await TestLake.sales(5);
  await lake.library(async (project) => {
    const made = await project.apply(await project.plan());
    const undo = async (...partitions: string[]) => {
      const undone = await project.rollback(made.id, { partitions, dryRun: true });
      return undone.datasets[0]!.partitions.map((partition) => partition.key);
    };
    expect(await undo(`${key(2)}..${key(4)}`)).toEqual([key(2), key(3), key(4)]);
    expect(await undo(key(1), 'dt=*-05')).toEqual([key(1), key(5)]);
    await expect(undo('dt=2025-03-01')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    await expect(undo(`${key(4)}..${key(2)}`)).rejects.toMatchObject({ code: 'SELECTION_INVALID' });
  });
});

test('one signal for many partitions at once is no leak that Node would warn of', async () => {
  const lake = await TestLake.sales(KEYS);
  const warned: string[] = [];
  const listen = ({ name }: Error) => void warned.push(name);
  process.on('warning', listen);
  await lake.library(async (project) => {
    const { signal } = new AbortController();
    expect((await project.apply(await project.plan({ signal }), { signal })).counts).toEqual({
      promoted: KEYS,
    });
  });
  process.off('warning', listen);
  expect(warned).toEqual([]);
});

test('four shares at once make each key exactly once', async () => {
  const lake = await TestLake.sales(KEYS);
  const runs = await Promise.all(
    [1, 2, 3, 4].map(async (i) => {
      const project = await openProject({ dir: lake.dir });
      try {
        return await project.apply(await project.plan({ shard: `${i}/4` }));
      } finally {
        await project.close();
      }
    }),
  );
  expect(runs.map((run) => run.exitCode)).toEqual([0, 0, 0, 0]);
  for (const run of runs) expect(Object.keys(run.counts)).toEqual(['promoted']);
  expect(runs.flatMap((run) => Object.keys(outcomes(run))).sort()).toEqual(days(KEYS).map(key));
  expect(publications(lake)).toEqual(Object.fromEntries(days(KEYS).map((n) => [key(n), 1])));
});

function keysThat(run: RunDocument, outcome: string): string[] {
  return Object.entries(outcomes(run)).flatMap(([k, o]) => (o === outcome ? [k] : []));
}

function codesOf(run: RunDocument): Set<string> {
  return new Set(run.datasets[0]!.partitions.flatMap(({ error }) => error?.code ?? []));
}
