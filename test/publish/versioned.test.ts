/**
 * Publication on a versioned bucket: deletions leave markers, replaced objects leave versions, and a lock may keep them. An
 * outsider's view is the same as without; gc removes by id what lakefill left, and nothing that others wrote.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/publish/gc.js';
import type { Bucket } from '../support/s3-server/index.js';
import { oldVersionsOf, s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { actor, DAY, endViolations, gc, promote, publish, plan, rollBack } from './world.js';
import type { World } from './world.js';

let lakes: S3Lakes;
beforeAll(async () => {
  lakes = await s3Lakes();
});
afterAll(() => lakes.close());

const A = { key: 'dt=1', tag: 'A', parts: 2 };
const B = { key: 'dt=1', tag: 'B', parts: 1 };

async function versioned(): Promise<{ world: World; bucket: Bucket }> {
  const world = await lakes.world();
  const bucket = lakes.bucketOf(world);
  bucket.versioning = 'Enabled';
  return { world, bucket };
}

/** A generation replaced, emptied staging and all. */
async function replaced(): Promise<{ world: World; bucket: Bucket }> {
  const made = await versioned();
  await publish(made.world, 'r1', A);
  await publish(made.world, 'r2', B);
  return made;
}

describe('on a versioned bucket', () => {
  it('promotions, a rollback of each kind and gc end as without versions', async () => {
    const { world } = await replaced();
    world.may.set('dt=1', ['B', 'A']);
    expect(await rollBack(world, 'r3', 'r2')).toMatchObject([{ outcome: 'promoted' }]);
    world.may.set('dt=1', ['A']);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });

  it('gc removes the versions of what lakefill removed, once it is older than rollback.keep', async () => {
    const { world, bucket } = await replaced();
    const data = oldVersionsOf(bucket, 'lake/sales/');
    expect(data.length).toBe(4); // two files, a marker over each
    await gc(world, 'g1', 2 * DAY);
    expect(oldVersionsOf(bucket, 'lake/sales/')).toEqual(data);
    const items = await gc(world, 'g2', 32 * DAY);
    expect(items.filter(({ path }) => path === 'lake/sales/dt=1/')).toMatchObject([
      {
        kind: 'version',
        objects: 2,
        why: 'old versions of objects that lakefill replaced or removed',
        removed: true,
      },
    ]);
    expect(oldVersionsOf(bucket, 'lake/sales/')).toEqual([]);
    world.dispose();
  });

  it('gc says the same beforehand, and then removes nothing', async () => {
    const { world, bucket } = await replaced();
    const before = oldVersionsOf(bucket, '');
    const options = { now: world.clock.now() + 32 * DAY, stagingExpiry: () => Promise.resolve(null) };
    const context = await actor(world, 'g');
    const said = await collectGarbage(context, { ...options, dryRun: true });
    expect(said.filter(({ kind }) => kind === 'version').map(({ path }) => path)).toContain(
      'lake/sales/dt=1/',
    );
    expect(oldVersionsOf(bucket, '')).toEqual(before);
    world.dispose();
  });

  it('gc leaves the versions of what others wrote', async () => {
    const { world, bucket } = await replaced();
    for (const text of ['one', 'two'])
      await world.store.put(
        'lake/sales/dt=1/theirs.txt',
        { bytes: Buffer.from(text) },
        { kind: 'overwrite' },
      );
    await world.store.delete([{ path: 'lake/sales/dt=1/theirs.txt', etag: null }]);
    await gc(world, 'g', 32 * DAY);
    expect(oldVersionsOf(bucket, 'lake/sales/')).toEqual(Array(3).fill('lake/sales/dt=1/theirs.txt'));
    world.dispose();
  });

  it('what an object lock keeps is listed as kept, and stays removed for readers', async () => {
    const { world, bucket } = await replaced();
    bucket.locked = (key) => key.startsWith('lake/sales/');
    const items = await gc(world, 'g', 32 * DAY);
    expect(items.filter(({ path }) => path === 'lake/sales/dt=1/')).toMatchObject([
      { kind: 'version', objects: 2, removed: false, why: 'old versions that an object lock keeps' },
    ]);
    // The markers stay too: without them the old files would appear again.
    expect(oldVersionsOf(bucket, 'lake/sales/')).toHaveLength(4);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });

  it('gc that may not look at versions, or not remove them, says which permission is missing', async () => {
    const { world } = await replaced();
    lakes.server.denied.add('s3:ListBucketVersions');
    try {
      expect((await gc(world, 'g', 32 * DAY)).filter(({ kind }) => kind === 'version')).toMatchObject([
        { removed: false, why: expect.stringContaining('s3:ListBucketVersions') as string },
      ]);
    } finally {
      lakes.server.denied.clear();
    }
    lakes.server.denied.add('s3:DeleteObjectVersion');
    try {
      await expect(gc(world, 'g2', 32 * DAY)).rejects.toMatchObject({
        code: 'STORE_DENIED',
        hint: expect.stringContaining('s3:DeleteObjectVersion') as string,
      });
    } finally {
      lakes.server.denied.clear();
    }
    world.dispose();
  });

  it('a deletion that fails half way never lets a removed file appear again', async () => {
    const operation = 'DeleteObject';
    // The second old version, the first marker.
    for (const nth of [2, 3]) {
      const { world } = await replaced();
      const planted = lakes.server.faults.plant({
        operation,
        key: /^lake\/sales\//,
        nth,
        times: 99,
        action: { kind: 'status', status: 500, code: 'InternalError' },
      });
      await expect(gc(world, 'g', 32 * DAY)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      planted.remove();
      expect(await endViolations(world)).toEqual([]);
      world.dispose();
    }
  });

  it('a late promotion over a marker of the same key is judged by what is current', async () => {
    const { world } = await replaced();
    const requests = await plan(world, 'r3', [{ key: 'dt=1', tag: 'C', parts: 1 }]);
    expect(await promote(world, 'r3', requests)).toMatchObject([{ outcome: 'promoted', generation: 3 }]);
    world.may.set('dt=1', ['C']);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });
});
