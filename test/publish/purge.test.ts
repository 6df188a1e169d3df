import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lease } from '../../src/journal/lease.js';
import { findCopies } from '../../src/publish/copies.js';
import { purge } from '../../src/publish/purge.js';
import type { PurgeOptions } from '../../src/publish/purge.js';
import { intercept } from '../../src/store/intercept.js';
import { listAll } from '../../src/store/object-store.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import type { Bucket } from '../support/s3-server/index.js';
import { foreignBytes } from '../support/invariants.js';
import { BACKENDS } from './backends.js';
import { oldVersionsOf, s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { appends, dieWhile } from './scenarios.js';
import { actor, endViolations, plan, promote, publish, rollBack } from './world.js';
import type { World } from './world.js';
import { usingWorlds } from './worlds.js';

const world = usingWorlds();

const want = (key: string, tag: string, parts: number) => ({ key, tag, parts });

/** Two generations of two partitions, nothing old. */
async function replaced(w: World): Promise<void> {
  await publish(w, 'r1', want('dt=1', 'A', 2), want('dt=2', 'X', 1));
  await publish(w, 'r2', want('dt=1', 'B', 3));
  await publish(w, 'r3', want('dt=2', 'Y', 1));
}

/** A purge of dt=1 by a process of its own. */
async function purgeIt(w: World, changes: Partial<PurgeOptions> = {}, store: ObjectStore = w.store) {
  const context = await actor(w, 'purge', store);
  return purge(context, await findCopies(context), {
    now: w.clock.now(),
    dryRun: false,
    wanted: (key) => key === 'dt=1',
    whyStaged: () => Promise.resolve(null),
    ...changes,
  });
}

async function below(w: World, prefix: string): Promise<string[]> {
  return (await listAll(w.store, prefix)).map(({ path }) => path.slice(prefix.length)).sort();
}

async function left(w: World) {
  return {
    retained: (await below(w, w.control.retained)).map((path) => path.split('/')[0]),
    staged: (await below(w, w.control.staging)).map((path) => path.split('/').slice(0, 2).join('/')),
  };
}

describe.each(BACKENDS)('purge on %s', (name) => {
  it('removes every earlier copy of the named key at once, and nothing else', async () => {
    const w = world(name);
    await replaced(w);
    const theirs = [`${w.layout.root.path}dt=1/other.parquet`, `${w.control.prefix}README`];
    for (const path of theirs) await w.store.put(path, { bytes: foreignBytes(path) }, { kind: 'create' });
    const data = await below(w, w.layout.root.path);
    const items = await purgeIt(w);
    expect(items.map(({ kind, objects, removed }) => [kind, objects, removed])).toEqual([
      ['retained', 2, true],
      ['staging', 2, true],
      ['staging', 3, true],
    ]);
    expect(await left(w)).toEqual({ retained: ['dt=2'], staged: ['r1/dt=2', 'r3/dt=2'] });
    expect(await below(w, w.layout.root.path)).toEqual(data);
    expect(await w.store.head(`${w.control.prefix}README`)).not.toBeNull();
    expect(await purgeIt(w)).toEqual([]);
  });

  it('no rollback restores it afterwards; the neighbour is rolled back as before', async () => {
    const w = world(name);
    await replaced(w);
    await purgeIt(w);
    await expect(rollBack(w, 'back', 'r2')).rejects.toThrow('not-retained');
    w.may.set('dt=2', ['X', 'Y']);
    expect(await rollBack(w, 'back-2', 'r3')).toMatchObject([{ outcome: 'promoted' }]);
    w.may.set('dt=2', ['X']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('a dry run says the same and writes nothing', async () => {
    const w = world(name);
    await replaced(w);
    const before = await w.raw.snapshot();
    const would = await purgeIt(w, { dryRun: true });
    expect(await w.raw.snapshot()).toEqual(before);
    expect(await purgeIt(w)).toEqual(would.map((item) => ({ ...item, removed: true })));
  });

  it('the entry comes first; a second purge finishes one that was cut, whatever the age of its files', async () => {
    const w = world(name);
    await replaced(w);
    const failing = intercept(w.store, (call, next) =>
      call.method === 'delete' ? Promise.reject(new Error('planted')) : next(),
    );
    await expect(purgeIt(w, {}, failing)).rejects.toThrow('planted');
    expect((await left(w)).retained).toEqual(['dt=1', 'dt=1', 'dt=2']);
    await expect(rollBack(w, 'back', 'r2')).rejects.toThrow('not-retained');
    const again = await purgeIt(w);
    expect(again.map(({ kind, objects }) => [kind, objects])).toEqual([
      ['orphan', 2],
      ['staging', 2],
      ['staging', 3],
    ]);
    expect((await left(w)).retained).toEqual(['dt=2']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('leaves a key that a live run holds, or that an attempt is in, and says so', async () => {
    const w = world(name);
    await replaced(w);
    const before = await left(w);
    const { store, control, clock } = w;
    const lease = new Lease({ store, control, clock, run: 'r9', by: 'tester@here', keys: ['dt=1'] });
    await lease.take();
    const held = await purgeIt(w);
    expect(held).toMatchObject([{ removed: false, kept: true, objects: 7 }]);
    expect(held[0]!.why).toContain('run r9 is working on it');
    expect(await left(w)).toEqual(before);
    await lease.release();
    const requests = await plan(w, 'r4', [want('dt=1', 'C', 1)]);
    await dieWhile(w, appends('cleaning'), (failing) => promote(w, 'r4', requests, failing));
    const flying = await purgeIt(w);
    expect(flying).toMatchObject([{ removed: false, kept: true }]);
    expect(flying[0]!.why).toContain('cleaning by run r4');
    expect((await left(w)).retained).toEqual(expect.arrayContaining(before.retained));
  });

  it('leaves staged output that somebody may still publish, and of a run that is not over', async () => {
    const w = world(name);
    await replaced(w);
    const { store, control, clock } = w;
    const lease = new Lease({ store, control, clock, run: 'r1', by: 'tester@here', keys: ['dt=7'] });
    await lease.take();
    const items = await purgeIt(w, {
      whyStaged: (run) => Promise.resolve(run === 'r2' ? 'waits for somebody' : null),
    });
    await lease.release();
    expect(items.filter(({ kind }) => kind === 'staging')).toMatchObject([
      { objects: 2, kept: true, why: expect.stringContaining('r1 is not over') as string },
      { objects: 3, kept: true, why: 'waits for somebody' },
    ]);
    expect(await left(w)).toEqual({
      retained: ['dt=2'],
      staged: ['r1/dt=1', 'r1/dt=1', 'r1/dt=2', 'r2/dt=1', 'r2/dt=1', 'r2/dt=1', 'r3/dt=2'],
    });
  });

  it('aborts uploads of the key that no entry names', async () => {
    const w = world(name);
    await publish(w, 'r1', want('dt=1', 'A', 2), want('dt=2', 'X', 1));
    const requests = await plan(w, 'r2', [want('dt=1', 'B', 1)]);
    await dieWhile(
      w,
      (call) => call.method === 'prepare',
      (failing) => promote(w, 'r2', requests, failing),
    );
    const uploads = () => w.store.listPrepared(w.layout.root.path, w.control.prepared);
    expect(await uploads()).toHaveLength(1);
    expect(await purgeIt(w, { wanted: (key) => key === 'dt=2' })).toMatchObject([{ kind: 'staging' }]);
    expect(await uploads()).toHaveLength(1);
    expect((await purgeIt(w)).filter(({ kind }) => kind === 'prepared')).toHaveLength(1);
    expect(await uploads()).toEqual([]);
  });
});

describe('purge on a versioned bucket', () => {
  let lakes: S3Lakes;
  beforeAll(async () => {
    lakes = await s3Lakes();
  });
  afterAll(() => lakes.close());

  async function versioned(): Promise<{ w: World; bucket: Bucket }> {
    const w = await lakes.world();
    const bucket = lakes.bucketOf(w);
    bucket.versioning = 'Enabled';
    await replaced(w);
    return { w, bucket };
  }

  it('removes the old versions of the key without waiting, and says beforehand how many', async () => {
    const { w, bucket } = await versioned();
    const neighbour = oldVersionsOf(bucket, 'lake/sales/dt=2/');
    expect(neighbour.length).toBeGreaterThan(0);
    expect(oldVersionsOf(bucket, 'lake/sales/dt=1/')).toHaveLength(4);
    const would = await purgeIt(w, { dryRun: true });
    expect(oldVersionsOf(bucket, 'lake/sales/dt=1/')).toHaveLength(4);
    const did = await purgeIt(w);
    expect(did).toEqual(would.map((item) => ({ ...item, removed: true })));
    expect(did.at(-1)).toMatchObject({ kind: 'version', path: 'lake/sales/dt=1/', objects: 2 });
    expect(oldVersionsOf(bucket, 'lake/sales/dt=1/')).toEqual([]);
    expect(oldVersionsOf(bucket, 'lake/sales/dt=2/')).toEqual(neighbour);
    for (const folder of [w.control.retained, `${w.control.staging}r1/`, `${w.control.staging}r2/`])
      expect(bucket.keys().filter((key) => key.startsWith(folder) && key.includes('/dt=1/'))).toEqual([]);
    expect(await purgeIt(w)).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
    w.dispose();
  });

  it('lists what an object lock keeps as kept', async () => {
    const { w, bucket } = await versioned();
    bucket.locked = (key) => key.startsWith(`${w.control.retained}dt=1/`) || key.startsWith('lake/sales/');
    const kept = (await purgeIt(w)).filter((item) => item.kept === true);
    expect(kept.map(({ kind, objects, removed }) => [kind, objects, removed])).toEqual([
      ['retained', 2, false],
      ['version', 2, false],
    ]);
    for (const { why } of kept) expect(why).toContain('object lock keeps');
    await expect(rollBack(w, 'back', 'r2')).rejects.toThrow('not-retained');
    w.dispose();
  });

  it('without the permission to look at versions says so and removes what it can', async () => {
    const { w } = await versioned();
    lakes.server.denied.add('s3:ListBucketVersions');
    try {
      const items = await purgeIt(w);
      expect(items.filter(({ kept }) => kept)).toMatchObject([
        { kind: 'version', why: expect.stringContaining('s3:ListBucketVersions') as string },
      ]);
    } finally {
      lakes.server.denied.clear();
    }
    expect((await left(w)).retained).toEqual(['dt=2']);
    w.dispose();
  });
});
