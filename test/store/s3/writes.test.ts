/** Writes under faults: nothing lost is called done, nothing done is called lost, and nothing is sent twice that must not be. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/digest.js';
import { partsOf } from '../../../src/store/s3/upload-calls.js';
import { expectCode, readText } from '../conformance.js';
import { bytes, s3Fixture, SMALL, type S3Fixture } from './fixtures.js';
import type { Fault, FaultAction } from '../../support/s3-server/index.js';
import type { PreparedUpload } from '../../../src/store/object-store.js';

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

const plant = (operation: string, action: FaultAction, more: Partial<Fault> = {}) =>
  fixture.server.faults.plant({ operation, action, ...more });
const count = (operation: string) => fixture.server.requests.filter((r) => r.operation === operation).length;
const create = { kind: 'create' } as const;

const unknown: [string, FaultAction][] = [
  ['the answer is lost', { kind: 'reset' }],
  ['the answer is a 500', { kind: 'status', status: 500, code: 'InternalError' }],
  ['the answer is a 503', { kind: 'status', status: 503, code: 'SlowDown' }],
  ['no answer comes in time', { kind: 'stall' }],
];

describe('a conditional put', () => {
  it.each(unknown)('that took effect though %s is done, and sent once', async (_, action) => {
    plant('PutObject', action, { when: 'after' });
    expect(await fixture.store.put('j/1', bytes('entry'), create)).toMatchObject({
      outcome: 'done',
      object: { path: 'j/1', size: 5 },
    });
    expect(count('PutObject')).toBe(1);
  });

  it.each(unknown)('that took no effect and %s raises what may be tried again', async (_, action) => {
    plant('PutObject', action);
    const error = await fixture.store.put('j/1', bytes('entry'), create).catch((e: unknown) => e);
    expect(error).toMatchObject({ retryable: true });
    expect(await fixture.store.head('j/1')).toBeNull();
    expect(count('PutObject')).toBe(1);
  });

  it("does not take another writer's object for its own", async () => {
    plant(
      'PutObject',
      {
        kind: 'run',
        run: () => void fixture.server.buckets.get('lake')!.remove('j/1', 0),
      },
      { when: 'after' },
    );
    plant('PutObject', { kind: 'reset' }, { when: 'after' });
    const other = await fixture.open();
    fixture.server.faults.plant({
      operation: 'HeadObject',
      action: { kind: 'run', run: async () => void (await other.put('j/1', bytes('entry'), create)) },
    });
    await expectCode(fixture.store.put('j/1', bytes('entry'), create), 'STORE_UNAVAILABLE');
  });

  it('answered 412 is lost, 409 is a race, 404 on an update is lost', async () => {
    await fixture.store.put('j/1', bytes('theirs'), create);
    expect(await fixture.store.put('j/1', bytes('ours'), create)).toEqual({ outcome: 'lost' });
    plant('PutObject', { kind: 'status', status: 409, code: 'ConditionalRequestConflict' });
    await expectCode(fixture.store.put('j/2', bytes('x'), create), 'STORE_RACING');
    expect(await fixture.store.put('j/3', bytes('x'), { kind: 'update', etag: 'gone' })).toEqual({
      outcome: 'lost',
    });
  });

  it('on a store that claims conditions and refuses them is refused', async () => {
    fixture.server.refused.add('put-if-none-match');
    await expectCode(fixture.store.put('j/1', bytes('x'), create), 'STORE_UNSUPPORTED');
    expect(await fixture.store.head('j/1')).toBeNull();
  });

  it('that was corrupted on its way is refused by the store', async () => {
    plant('PutObject', { kind: 'corrupt-request' });
    await expectCode(fixture.store.put('j/1', bytes('entry'), create), 'STORE_UNAVAILABLE');
    expect(await fixture.store.head('j/1')).toBeNull();
  });
});

it('parts cover the object, and are never too many', () => {
  expect(partsOf(0, 10)).toEqual([{ start: 0, end: 0 }]);
  expect(partsOf(25, 10)).toEqual([
    { start: 0, end: 10 },
    { start: 10, end: 20 },
    { start: 20, end: 25 },
  ]);
  const huge = partsOf(50 * 1024 ** 4, 16 * 1024 ** 2);
  expect(huge.length).toBeLessThanOrEqual(10_000);
  expect(huge.at(-1)!.end).toBe(50 * 1024 ** 4);
});

it.each([50, 500])('a file of %i bytes that is not what it is known to hold is not written', async (size) => {
  const body = { file: path.join(dir, 'body'), sha256: sha256('what was checked') };
  await writeFile(body.file, 'x'.repeat(size));
  await expectCode(fixture.store.put('staged', body, create), 'STORE_CORRUPT');
  expect(await fixture.store.head('staged')).toBeNull();
  expect(fixture.server.buckets.get('lake')!.uploads.size).toBe(0);
  const known = { ...body, sha256: sha256('x'.repeat(size)) };
  expect(await fixture.store.put('staged', known, create)).toMatchObject({ outcome: 'done' });
});

describe('a put in parts', () => {
  const file = async (size: number) => {
    const name = path.join(dir, 'body');
    await writeFile(name, Buffer.from(Array.from({ length: size }, (_, i) => i & 0xff)));
    return { file: name };
  };
  const uploads = () => fixture.server.buckets.get('lake')!.uploads.size;

  it('stores the bytes in order, with the checksum of the whole', async () => {
    const store = await fixture.open({ options: { checksums: true } });
    expect(await store.put('big', await file(1234), create)).toMatchObject({
      outcome: 'done',
      object: { size: 1234 },
    });
    expect(count('UploadPart')).toBe(13);
    const stored = fixture.server.buckets.get('lake')!.current('big')!;
    expect(stored.content.read(0, 1234).every((byte, i) => byte === (i & 0xff))).toBe(true);
    expect(stored.checksum).toMatchObject({ algorithm: 'crc32', type: 'FULL_OBJECT' });
  });

  it('sends a part again, not the whole', async () => {
    plant('UploadPart', { kind: 'status', status: 503, code: 'SlowDown' }, { nth: 3 });
    plant('UploadPart', { kind: 'corrupt-request' }, { nth: 5 });
    expect(await fixture.store.put('big', await file(500), create)).toMatchObject({ outcome: 'done' });
    expect(count('UploadPart')).toBe(7);
  });

  it('that loses the race, or fails, leaves no upload', async () => {
    await fixture.store.put('big', bytes('theirs'), create);
    expect(await fixture.store.put('big', await file(500), create)).toEqual({ outcome: 'lost' });
    plant('UploadPart', { kind: 'status', status: 403, code: 'AccessDenied' }, { nth: 2, times: 99 });
    await expectCode(fixture.store.put('other', await file(500), create), 'STORE_DENIED');
    expect([uploads(), await readText(fixture.store, 'big')]).toEqual([0, 'theirs']);
  });

  it.each([
    ...unknown,
    ['it is a 200 with an error', { kind: 'error-body', code: 'InternalError' }] as const,
  ])('completed, though %s, is done', async (_, action) => {
    plant('CompleteMultipartUpload', action, { when: 'after' });
    expect(await fixture.store.put('big', await file(500), create)).toMatchObject({ outcome: 'done' });
  });
});

describe('a prepared upload', () => {
  const prepare = async (text = 'new rows', more: object = {}) => {
    const staged = await fixture.store.put('staging/x', bytes(text), { kind: 'overwrite' });
    if (staged.outcome !== 'done') throw new Error('lost');
    return fixture.store.prepare({
      path: 'data/x',
      source: 'staging/x',
      sourceEtag: staged.object.etag,
      size: text.length,
      sha256: sha256(text),
      preparedPrefix: '_lakefill/prepared/',
      ...more,
    });
  };
  const upload = async (): Promise<PreparedUpload> => {
    const result = await prepare();
    if (result.outcome !== 'done') throw new Error(result.outcome);
    return result.upload;
  };

  it('carries the encryption, storage class, tags and hash of what it stands in for', async () => {
    const old = {
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      'x-amz-storage-class': 'STANDARD_IA',
    };
    await fixture.store.put('data/old', bytes('old'), { kind: 'overwrite' });
    const bucket = fixture.server.buckets.get('lake')!;
    bucket.put('data/old', { ...bucket.current('data/old')!, attributes: old, tags: 'team=a%26b&x=y' });
    const store = await fixture.open({ options: { bucketOwnerFullControl: true } });
    const staged = (await fixture.store.put('staging/x', bytes('rows'), { kind: 'overwrite' })) as {
      object: { etag: string };
    };
    const prepared = await store.prepare({
      path: 'data/new',
      source: 'staging/x',
      sourceEtag: staged.object.etag,
      size: 4,
      sha256: sha256('rows'),
      preparedPrefix: 'p/',
      like: 'data/old',
    });
    await store.complete((prepared as { upload: PreparedUpload }).upload);
    const made = bucket.current('data/new')!;
    expect(made.attributes).toMatchObject({ ...old, 'x-amz-acl': 'bucket-owner-full-control' });
    expect(made.attributes['x-amz-meta-sha256']).toBe(sha256('rows'));
    expect([...new URLSearchParams(made.tags)]).toEqual([
      ['team', 'a&b'],
      ['x', 'y'],
    ]);
  });

  it('that fails while it is made leaves no upload behind', async () => {
    plant('UploadPartCopy', { kind: 'status', status: 403, code: 'AccessDenied' });
    await expectCode(prepare(), 'STORE_DENIED');
    expect(await prepare('new rows', { sourceEtag: 'stale' })).toEqual({ outcome: 'changed' });
    expect(fixture.server.buckets.get('lake')!.uploads.size).toBe(0);
  });

  it.each([
    ...unknown,
    ['it is a 200 with an error', { kind: 'error-body', code: 'InternalError' }] as const,
  ])('that completed though %s is done', async (_, action) => {
    const prepared = await upload();
    plant('CompleteMultipartUpload', action, { when: 'after' });
    const completed = await fixture.store.complete(prepared);
    expect(completed).toEqual({ outcome: 'done', etag: (await fixture.store.head(prepared.path))!.etag });
  });

  it.each(unknown)('that did not complete when %s is completed by the next try', async (_, action) => {
    const prepared = await upload();
    plant('CompleteMultipartUpload', action);
    expect(await fixture.store.complete(prepared)).toMatchObject({ outcome: 'done' });
    expect(count('CompleteMultipartUpload')).toBe(2);
  });

  it('that cannot be completed for long raises, and stays as it is', async () => {
    const prepared = await upload();
    plant('CompleteMultipartUpload', { kind: 'reset' }, { times: 99 });
    await expectCode(fixture.store.complete(prepared), 'STORE_UNAVAILABLE');
    fixture.server.faults.clear();
    expect(await fixture.store.complete(prepared)).toMatchObject({ outcome: 'done' });
  });

  it('answered 409, or with parts that the store does not know, is spent', async () => {
    const prepared = await upload();
    plant('CompleteMultipartUpload', { kind: 'status', status: 409, code: 'ConditionalRequestConflict' });
    expect(await fixture.store.complete(prepared)).toEqual({ outcome: 'spent' });
    const wrong = { ...prepared, parts: [{ number: 1, etag: 'other' }] };
    expect(await fixture.store.complete(wrong)).toEqual({ outcome: 'spent' });
  });

  it('is aborted until the store no longer knows it', async () => {
    const prepared = await upload();
    plant('AbortMultipartUpload', { kind: 'status', status: 204, code: 'x' });
    expect(await fixture.store.abort(prepared)).toEqual({ outcome: 'aborted' });
    expect(count('AbortMultipartUpload')).toBe(2);
    expect(await fixture.store.complete(prepared)).toEqual({ outcome: 'gone' });
  });

  it('without the permission to abort says which one', async () => {
    const prepared = await upload();
    fixture.server.denied.add('s3:AbortMultipartUpload');
    const error = await fixture.store.abort(prepared).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'STORE_DENIED',
      hint: expect.stringContaining('s3:AbortMultipartUpload') as string,
    });
  });
});

describe('a deletion', () => {
  const two = async () => {
    const results = [];
    for (const name of ['d/a', 'd/b']) {
      const put = await fixture.store.put(name, bytes(name), { kind: 'overwrite' });
      results.push({ path: name, etag: (put as { object: { etag: string } }).object.etag });
    }
    return results;
  };

  it('in a batch is one request, sent again when it breaks', async () => {
    const items = await two();
    plant('DeleteObjects', { kind: 'reset' }, { when: 'after' });
    const results = await fixture.store.delete(items);
    expect(results.map((r) => r.outcome)).toEqual(['deleted', 'deleted']);
    expect([count('DeleteObjects'), count('DeleteObject')]).toEqual([2, 0]);
  });

  it('of one entry that is refused says which permission is missing', async () => {
    const items = await two();
    fixture.server.denied.add('s3:DeleteObject');
    const error = await fixture.store.delete(items).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'STORE_DENIED',
      hint: 'Grant s3:DeleteObject on arn:aws:s3:::lake/d/*.',
    });
  });

  it('goes one by one where the store takes no batch', async () => {
    const items = await two();
    plant('DeleteObjects', { kind: 'status', status: 400, code: 'MissingContentMD5' });
    expect((await fixture.store.delete(items)).map((r) => r.outcome)).toEqual(['deleted', 'deleted']);
    expect(count('DeleteObject')).toBe(2);
  });

  it('looks before and after where the store refuses the condition, and no longer claims it', async () => {
    const store = await fixture.open({ capabilities: { conditionalBatchDelete: false } });
    const items = await two();
    await fixture.store.put('d/b', bytes('replaced'), { kind: 'overwrite' });
    fixture.server.refused.add('delete-if-match');
    expect((await store.delete(items)).map((r) => r.outcome)).toEqual(['deleted', 'changed']);
    expect(store.capabilities.conditionalDelete).toBe(false);
  });
});
