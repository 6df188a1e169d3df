/** Reads under faults: what is short, broken or wrong never passes for the object, and leaves no file. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumOf, sparseByte, sparseContent } from '../../support/s3-server/index.js';
import { expectCode } from '../conformance.js';
import { bytes, s3Fixture, SMALL, type S3Fixture } from './fixtures.js';
import type { FaultAction } from '../../support/s3-server/index.js';

let fixture: S3Fixture;
let dir: string;
beforeEach(async () => {
  fixture = await s3Fixture({ sizes: SMALL, options: { requestTimeout: 1000, idleTimeout: 1000 } });
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-s3-'));
});
afterEach(async () => {
  await fixture.close();
  await rm(dir, { recursive: true });
});
const body = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 0xff));
const plant = (action: FaultAction, more: object = {}) =>
  fixture.server.faults.plant({ operation: 'GetObject', action, ...more });
const put = async (size: number) => {
  const put = await fixture.store.put('o', bytes(body(size)), { kind: 'overwrite' });
  return (put as { object: { etag: string } }).object.etag;
};
const download = (etag: string) => fixture.store.download('o', etag, path.join(dir, 'f'));

const broken: [string, FaultAction, string][] = [
  ['cut short', { kind: 'truncate', bytes: 10 }, 'STORE_UNAVAILABLE'],
  [
    'cut short without a length that would show it',
    { kind: 'truncate', bytes: 10, silent: true },
    'STORE_UNAVAILABLE',
  ],
  ['reset', { kind: 'reset' }, 'STORE_UNAVAILABLE'],
  ['silent from the middle on', { kind: 'stall-body', bytes: 10 }, 'STORE_UNAVAILABLE'],
  ['never answered', { kind: 'stall' }, 'STORE_TIMEOUT'],
];

describe('a body that is', () => {
  it.each(broken)('%s', async (_, action, code) => {
    const etag = await put(40);
    plant(action, { times: 99 });
    await expectCode(fixture.store.get('o'), code);
    await expectCode(download(etag), code);
    expect(await readdir(dir)).toEqual([]);
  });

  it('corrupt is found by `get`, too: our objects carry their SHA-256 on every store', async () => {
    for (const at of [0, 20, 39]) {
      await put(40);
      plant({ kind: 'corrupt-answer', at });
      expect(await fixture.store.get('o')).toMatchObject({ outcome: 'found', bytes: body(40) });
      plant({ kind: 'corrupt-answer', at }, { times: 2 });
      await expectCode(fixture.store.get('o'), 'STORE_CORRUPT');
    }
  });

  it('corrupt once is read again; corrupt twice is STORE_CORRUPT, and no file stays', async () => {
    const etag = await put(40);
    plant({ kind: 'corrupt-answer' });
    expect(await download(etag)).toMatchObject({ outcome: 'done', unverified: null });
    expect(await readFile(path.join(dir, 'f'))).toEqual(body(40));
    await rm(path.join(dir, 'f'));
    plant({ kind: 'corrupt-answer' }, { times: 2 });
    await expectCode(download(etag), 'STORE_CORRUPT');
    expect(await readdir(dir)).toEqual([]);
  });

  it('without a length is measured by HEAD', async () => {
    const etag = await put(40);
    plant({ kind: 'truncate', bytes: 40, silent: true }, { times: 2 });
    expect(await fixture.store.get('o')).toMatchObject({ outcome: 'found' });
    expect(await download(etag)).toMatchObject({ outcome: 'done' });
  });
});

describe('a download in ranges', () => {
  it('asks for the version in each, and repeats only the range that broke', async () => {
    const etag = await put(1000);
    plant({ kind: 'reset' }, { nth: 4 });
    plant({ kind: 'truncate', bytes: 3 }, { nth: 9 });
    expect(await download(etag)).toMatchObject({ outcome: 'done', unverified: null, object: { size: 1000 } });
    expect(await readFile(path.join(dir, 'f'))).toEqual(body(1000));
    const gets = fixture.server.requests.filter((r) => r.operation === 'GetObject');
    expect(gets.every((r) => r.headers['if-match'] === `"${etag}"`)).toBe(true);
    expect(gets).toHaveLength(1 + Math.ceil(1000 / SMALL.range) + 2);
  });

  it('notices an object that changes between two of them', async () => {
    const etag = await put(1000);
    const run = async () => void (await fixture.store.put('o', bytes('other'), { kind: 'overwrite' }));
    plant({ kind: 'run', run }, { nth: 6 });
    expect(await download(etag)).toEqual({ outcome: 'changed' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('of 6 GiB reads the right bytes from the right places', { timeout: 60_000 }, async () => {
    const size = 6 * 1024 ** 3;
    const bucket = fixture.server.buckets.get('lake')!;
    await put(1);
    bucket.put('huge', {
      ...bucket.current('o')!,
      content: sparseContent(size),
      etag: '"h"',
      checksum: null,
      attributes: {},
    });
    const at = 5 * 1024 ** 3 + 12_345;
    const got = await fixture.store.get('huge', { range: { start: at, end: at + 100 }, ifMatch: 'h' });
    if (got.outcome !== 'found') throw new Error(got.outcome);
    expect(got.object.size).toBe(size);
    expect([...got.bytes]).toEqual(Array.from({ length: 100 }, (_, i) => sparseByte(at + i)));

    const GiB = 1024 ** 3;
    const store = await fixture.open({ sizes: { copyPart: GiB, copy: 5 * GiB } });
    expect(await store.copy('huge', 'h', 'kept/huge')).toMatchObject({ outcome: 'done', object: { size } });
    expect(fixture.server.requests.filter((r) => r.operation === 'UploadPartCopy')).toHaveLength(6);
    const copied = bucket.current('kept/huge')!.content;
    expect(copied.size).toBe(size);
    expect(copied.read(at, at + 3)).toEqual(Buffer.from([0, 1, 2].map((i) => sparseByte(at + i))));
    const prepared = await store.prepare({
      path: 'final/huge',
      source: 'huge',
      sourceEtag: 'h',
      size,
      sha256: '0'.repeat(64),
      preparedPrefix: 'p/',
    });
    if (prepared.outcome !== 'done') throw new Error(prepared.outcome);
    expect(prepared.upload.parts).toHaveLength(6);
    expect(await store.complete(prepared.upload)).toMatchObject({ outcome: 'done' });
    expect(await store.head(prepared.upload.path)).toMatchObject({ size });
  });
});

describe('what is compared', () => {
  it.each(['crc32', 'sha256', 'crc64nvme'] as const)('is the %s that the store keeps', async (algorithm) => {
    const etag = await put(1000);
    const bucket = fixture.server.buckets.get('lake')!;
    const object = bucket.current('o')!;
    const value = checksumOf(algorithm, body(1000));
    bucket.put('o', { ...object, attributes: {}, checksum: { algorithm, value, type: 'FULL_OBJECT' } });
    expect(await download(etag)).toMatchObject({ outcome: 'done', unverified: null });
    await rm(path.join(dir, 'f'));
    const wrong = checksumOf(algorithm, body(999));
    bucket.put('o', {
      ...object,
      attributes: {},
      checksum: { algorithm, value: wrong, type: 'FULL_OBJECT' },
    });
    await expectCode(download(etag), 'STORE_CORRUPT');
  });

  it('an ETag that is no MD5 says nothing', async () => {
    await put(40);
    const bucket = fixture.server.buckets.get('lake')!;
    bucket.put('o', {
      ...bucket.current('o')!,
      etag: `"${'0'.repeat(32)}"`,
      attributes: {},
      checksum: null,
      content: sparseContent(40),
    });
    expect(await download('0'.repeat(32))).toMatchObject({ outcome: 'done', unverified: 'no-checksum' });
  });

  it('is not a checksum of the parts of an upload', async () => {
    await put(40);
    const bucket = fixture.server.buckets.get('lake')!;
    bucket.put('o', {
      ...bucket.current('o')!,
      etag: '"parts-2"',
      attributes: {},
      checksum: { algorithm: 'crc32', value: 'AAAAAA==-2', type: 'COMPOSITE' },
    });
    expect(await download('parts-2')).toMatchObject({ outcome: 'done', unverified: 'composite-checksum' });
  });

  it('is known from our own metadata where the store has no checksum', async () => {
    const etag = await put(40);
    const bucket = fixture.server.buckets.get('lake')!;
    const object = bucket.current('o')!;
    bucket.put('o', { ...object, content: { ...object.content, real: false }, checksum: null });
    expect(await download(etag)).toMatchObject({ unverified: null });
  });
});

it('the age of an object is by the clock of the store', async () => {
  let shift = 0;
  const skewed = await s3Fixture({}, { now: () => Date.now() + shift });
  try {
    await skewed.store.put('o', bytes('x'), { kind: 'overwrite' });
    shift = 299_000;
    const got = await skewed.store.get('o');
    expect(got).toMatchObject({ outcome: 'found' });
    expect((got as { age: number }).age).toBeGreaterThanOrEqual(299_000 - 1000);
    expect((got as { age: number }).age).toBeLessThan(303_000);
  } finally {
    await skewed.close();
  }
});
