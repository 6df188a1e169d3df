/** Staged files that nobody needs: removed in batches, bounded, and never anyone's failure. */
import { expect, test } from 'vitest';
import type { StagedFile } from '../../src/publish/content.js';
import { Leftovers } from '../../src/run/leftovers.js';
import { faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import { observed } from '../../src/store/observe.js';
import { ManualClock } from '../support/manual-clock.js';
import { StagedLake } from './staged-lake.js';

const MiB = 1024 * 1024;

async function lake(files: number) {
  const memory = createMemoryStore('memory://t/');
  const staged: StagedFile[] = [];
  for (let i = 0; i < files; i++) {
    const path = `staging/${String(i).padStart(4, '0')}`;
    await memory.put(path, { bytes: Buffer.from('rows') }, { kind: 'create' });
    staged.push({ path, etag: '', size: 4, sha256: '' });
  }
  const { store, stats } = observed(memory, new ManualClock());
  const deletions = () => stats().delete?.calls ?? 0;
  const left = async () => (await listAll(memory, 'staging/')).length;
  return { memory, store, staged, left, deletions };
}

test('few are removed at the end, with one deletion', async () => {
  const { store, staged, left, deletions } = await lake(9);
  const leftovers = new Leftovers(store);
  for (const file of staged) leftovers.add([file]);
  expect([deletions(), await left()]).toEqual([0, 9]);
  await leftovers.remove();
  expect([deletions(), await left()]).toEqual([1, 0]);
});

test('many are removed on the way', async () => {
  const { store, staged, left, deletions } = await lake(250);
  const leftovers = new Leftovers(store);
  for (const file of staged) leftovers.add([file]);
  await leftovers.remove();
  expect([deletions(), await left()]).toEqual([3, 0]);
});

test('large ones do not wait for many', async () => {
  const { store, staged, left, deletions } = await lake(3);
  const leftovers = new Leftovers(store);
  leftovers.add([{ ...staged[0]!, size: 255 * MiB }]);
  expect(await left()).toBe(3);
  leftovers.add([{ ...staged[1]!, size: MiB }]);
  leftovers.add([staged[2]!]);
  await leftovers.remove();
  expect([deletions(), await left()]).toEqual([2, 0]);
});

test('a deletion that fails leaves its files, and the next ones are removed', async () => {
  const { memory, staged, left } = await lake(4);
  const broken = faults(memory, { at: 1, kind: 'fail-before' });
  const leftovers = new Leftovers(broken.store);
  leftovers.add(staged.slice(0, 2));
  await leftovers.remove();
  leftovers.add(staged.slice(2));
  await leftovers.remove();
  expect(await left()).toBe(2);
});

test('of a run that leaves nothing to be decided, staged files that stayed are collected at once', async () => {
  const lake = await StagedLake.make();
  try {
    const { store } = lake;
    lake.store = faults(store, null, {
      onCall: ({ method, args }) => {
        if (method === 'delete' && JSON.stringify(args).includes('/staging/')) throw new Error('killed here');
      },
    }).store;
    expect(await lake.run()).toMatchObject({ counts: { promoted: 3 } });
    expect(await lake.staged()).toHaveLength(3);
    lake.store = store;
    expect(await lake.gc()).toMatchObject({ objects: 3, datasets: [{ items: [{ kind: 'staging' }] }] });
    expect(await lake.staged()).toEqual([]);
  } finally {
    await lake.remove();
  }
});
