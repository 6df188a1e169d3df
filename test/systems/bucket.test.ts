/** Settings of a bucket on a real server: lifecycle rules are read and judged, and publication works on a versioned bucket. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { lifecycleHazards } from '../../src/store/lifecycle-hazards.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { probeStore, provenCapabilities } from '../../src/store/probe.js';
import { createS3Store, TO_PROBE } from '../../src/store/s3/store.js';
import { worldOf } from '../publish/s3-world.js';
import { DAY, endViolations, gc, publish, rollBack } from '../publish/world.js';
import type { RawStore } from '../support/independent-reader.js';

const system = process.env['LAKEFILL_TEST_SYSTEM'] ?? '';
const bucket = `settings-${process.pid}`;
const outsider = new S3Client({ forcePathStyle: true });
let store: ObjectStore;

beforeAll(async () => {
  await outsider.send(new CreateBucketCommand({ Bucket: bucket }));
  const claimed = await createS3Store({ bucket, capabilities: TO_PROBE });
  const results = await probeStore(claimed, 'probe/', { clock: systemClock });
  const capabilities = provenCapabilities(claimed.capabilities, results);
  await claimed.close();
  store = await createS3Store({ bucket, capabilities });
});
afterAll(async () => {
  await store.close();
  outsider.destroy();
});

describe.runIf(system === 'localstack')(`lifecycle rules on ${system}`, () => {
  it('none are no hazard; one that expires and one that aborts are named', async () => {
    expect(await store.bucket!.lifecycle()).toEqual([]);
    const Rules = [
      {
        ID: 'a-month',
        Status: 'Enabled' as const,
        Filter: { Prefix: 'lake/sales/' },
        Expiration: { Days: 30 },
      },
      {
        ID: 'quick',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
      { ID: 'off', Status: 'Disabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } },
      {
        ID: 'tagged',
        Status: 'Enabled' as const,
        Filter: { And: { Prefix: 'lake/', Tags: [{ Key: 'a', Value: 'b' }] } },
        Expiration: { Days: 1 },
      },
    ];
    await outsider.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }),
    );
    const rules = (await store.bucket!.lifecycle())!;
    expect(rules.map(({ id }) => id).sort()).toEqual(['a-month', 'quick', 'tagged']);
    const hazards = lifecycleHazards(rules, bucket, ['lake/sales/', 'lake/_lakefill/sales/']);
    expect(hazards.filter(({ refuses }) => refuses).map(({ evidence }) => evidence)).toEqual([
      expect.stringContaining('"a-month"'),
      expect.stringContaining('"quick"'),
    ]);
  });
});

/** versitygw keeps versions only where it was started with a folder for them. */
describe.runIf(system === 'localstack')(`a versioned bucket on ${system}`, () => {
  it('promotions, rollback and gc end as without versions, and gc removes what they left', async () => {
    await outsider.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    expect(await store.bucket!.versioning()).toBe('enabled');
    expect(await store.bucket!.objectLock()).toBeNull();
    const base = 'versioned/';
    const world = worldOf(store, base, rawPrefix(base), () => undefined);
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    await publish(world, 'r2', { key: 'dt=1', tag: 'B', parts: 1 });
    world.may.set('dt=1', ['B', 'A']);
    expect(await rollBack(world, 'r3', 'r2')).toMatchObject([{ outcome: 'promoted', generation: 3 }]);
    world.may.set('dt=1', ['A']);
    expect(await endViolations(world)).toEqual([]);

    const left = await versions(`${base}lake/sales/`);
    expect(left.old).toBe(3);
    expect(left.markers).toBe(3);
    const items = await gc(world, 'g', 40 * DAY);
    expect(items.filter(({ path, removed }) => removed && path === `${base}lake/sales/dt=1/`)).toMatchObject([
      { kind: 'version', objects: 3 },
    ]);
    expect(await versions(`${base}lake/sales/`)).toEqual({ old: 0, markers: 0 });
    expect(await endViolations(world)).toEqual([]);
  });
});

async function versions(Prefix: string): Promise<{ old: number; markers: number }> {
  const { Versions = [], DeleteMarkers = [] } = await outsider.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix }),
  );
  return { old: Versions.filter(({ IsLatest }) => !IsLatest).length, markers: DeleteMarkers.length };
}

function rawPrefix(Prefix: string): RawStore {
  return {
    async snapshot() {
      const { Contents = [] } = await outsider.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
      const objects = new Map<string, Buffer>();
      for (const { Key } of Contents) {
        const got = await outsider.send(new GetObjectCommand({ Bucket: bucket, Key }));
        objects.set(Key!, Buffer.from(await got.Body!.transformToByteArray()));
      }
      return objects;
    },
  };
}
