/** The test server against the real SDK: what a suite that runs on it may rely on. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumOf, sparseByte, sparseContent, startS3Server, type S3Server } from './index.js';

let server: S3Server;
let s3: S3Client;
const Bucket = 'lake';
const Body = Buffer.from('hello');

function client(overrides: object = {}): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: server.env['AWS_SECRET_ACCESS_KEY']! },
    ...overrides,
  });
}
beforeEach(async () => {
  server = await startS3Server({ buckets: ['lake', { name: 'old', versioned: true }], minPartBytes: 4 });
  s3 = client();
});
afterEach(async () => {
  s3.destroy();
  await server.close();
});
const put = (Key: string, body: string | Buffer = Body, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body), ...more }));
const text = async (Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (e: { name: string }) => e.name,
  );

describe('objects', () => {
  it('keeps bytes, metadata and tags; awkward keys are keys', async () => {
    for (const key of [
      'a b',
      'a+b',
      'a%20b',
      'ä/ö=ü',
      'x&<y>',
      "it's (1)!*",
      'dt=2025-01-01 00:00',
      '😀',
      'a//b',
      './x',
    ]) {
      await put(key, key, { Metadata: { k: 'v' } });
      expect(await text(key)).toBe(key);
    }
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(listed.Contents).toHaveLength(10);
  });

  it('enforces the conditions of writes and deletions', async () => {
    const { ETag } = await put('k', 'one', { IfNoneMatch: '*' });
    expect(await code(put('k', 'two', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await code(put('k', 'two', { IfMatch: '"stale"' }))).toBe('PreconditionFailed');
    expect(await code(put('absent', 'two', { IfMatch: ETag }))).toBe('NoSuchKey');
    expect(await code(put('k', 'two', { IfMatch: ETag }))).toBe('ok');
    expect(await text('k')).toBe('two');
    const remove = (IfMatch: string) => s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch }));
    expect(await code(remove(ETag!))).toBe('PreconditionFailed');
    const batch = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k', ETag }, { Key: 'gone' }] } }),
    );
    expect(batch.Errors?.map((e) => e.Code)).toEqual(['PreconditionFailed']);
    expect(await text('k')).toBe('two');
  });

  it('enforces the conditions of copies', async () => {
    const { ETag } = await put('from', 'source');
    await put('to', 'kept');
    const copy = (more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: 'lake/from', ...more }));
    expect(await code(copy({ IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await code(copy({ CopySourceIfMatch: '"other"' }))).toBe('PreconditionFailed');
    expect(await text('to')).toBe('kept');
    await copy({ CopySourceIfMatch: ETag });
    expect(await text('to')).toBe('source');
  });

  it('ignores or refuses a condition where a switch says so', async () => {
    await put('k', 'one');
    server.ignored.add('put-if-none-match');
    expect(await code(put('k', 'two', { IfNoneMatch: '*' }))).toBe('ok');
    server.refused.add('delete-if-match');
    expect(await code(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: '"x"' })))).toBe(
      'NotImplemented',
    );
  });

  it('serves ranges, and checks checksums that come in headers and in trailers', async () => {
    await put('k', '0123456789');
    const get = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=-3' }));
    expect(await get.Body!.transformToString()).toBe('789');
    expect(await code(s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=10-' })))).toBe(
      'InvalidRange',
    );
    expect(await code(put('bad', 'x', { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
    const stream = new PutObjectCommand({ Bucket, Key: 't', Body: Readable.from([Body]), ContentLength: 5 });
    await s3.send(stream);
    expect(server.requests.at(-1)!.headers['x-amz-trailer']).toBe('x-amz-checksum-crc32');
    expect(await text('t')).toBe('hello');
  });

  it('knows the check values of its checksums', () => {
    const digits = Buffer.from('123456789');
    const hex = (a: Parameters<typeof checksumOf>[0]) =>
      Buffer.from(checksumOf(a, digits), 'base64').toString('hex');
    expect([hex('crc32'), hex('crc32c'), hex('crc64nvme')]).toEqual([
      'cbf43926',
      'e3069283',
      'ae8b14860a799888',
    ]);
  });

  it('keeps versions behind delete markers', async () => {
    await s3.send(new PutObjectCommand({ Bucket: 'old', Key: 'k', Body }));
    await s3.send(new DeleteObjectCommand({ Bucket: 'old', Key: 'k' }));
    const versions = await s3.send(new ListObjectVersionsCommand({ Bucket: 'old' }));
    expect(versions.DeleteMarkers).toHaveLength(1);
    const VersionId = versions.Versions![0]!.VersionId;
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'old', Key: 'k', VersionId }));
    expect(await kept.Body!.transformToString()).toBe('hello');
    expect(await code(s3.send(new HeadObjectCommand({ Bucket: 'old', Key: 'k' })))).toBe('NotFound');
  });
});

describe('multipart uploads', () => {
  const start = async (Key: string) =>
    (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!;

  it('are invisible until completed, and never complete after an abort', async () => {
    const UploadId = await start('m');
    const part = { Bucket, Key: 'm', UploadId };
    const one = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: Buffer.from('aaaa') }));
    const two = await s3.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: Buffer.from('b') }));
    const Parts = [one, two].map(({ ETag }, i) => ({ ETag, PartNumber: i + 1 }));
    const complete = (Parts_: object[], more: object = {}) =>
      s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts: Parts_ }, ...more }));
    expect(await code(s3.send(new HeadObjectCommand({ Bucket, Key: 'm' })))).toBe('NotFound');
    expect(await code(complete([...Parts].reverse()))).toBe('InvalidPartOrder');
    expect(await code(complete(Parts, { MpuObjectSize: 6 }))).toBe('InvalidRequest');
    await complete(Parts);
    expect(await text('m')).toBe('aaaab');
    expect(await code(complete(Parts))).toBe('NoSuchUpload');

    const other = await start('n');
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'n', UploadId: other }));
    expect(await code(complete(Parts, { Key: 'n', UploadId: other }))).toBe('NoSuchUpload');
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  it('take parts from ranges of simulated objects of 6 GiB', async () => {
    const size = 6 * 1024 ** 3;
    const content = sparseContent(size);
    server.buckets.get(Bucket)!.put('huge', {
      ...server.buckets.get(Bucket)!.current((await put('huge'), 'huge'))!,
      content,
      etag: '"h"',
    });
    const UploadId = await start('copy');
    const ETag: string[] = [];
    for (const [i, range] of [`0-${5 * 1024 ** 3 - 1}`, `${5 * 1024 ** 3}-${size - 1}`].entries()) {
      const answer = await s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'copy',
          UploadId,
          PartNumber: i + 1,
          CopySource: 'lake/huge',
          CopySourceRange: `bytes=${range}`,
        }),
      );
      ETag.push(answer.CopyPartResult!.ETag!);
    }
    const Parts = ETag.map((tag, i) => ({ ETag: tag, PartNumber: i + 1 }));
    await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'copy', UploadId, MultipartUpload: { Parts } }),
    );
    const at = 5 * 1024 ** 3 - 1;
    const get = await s3.send(new GetObjectCommand({ Bucket, Key: 'copy', Range: `bytes=${at}-${at + 1}` }));
    expect([...(await get.Body!.transformToByteArray())]).toEqual([sparseByte(at), sparseByte(at + 1)]);
  });
});

describe('listings', () => {
  it('page in byte order with delimiters, tokens and start-after', async () => {
    for (const key of ['a/1', 'a/2', 'b', 'c/1', 'd', '\uffee', '😀']) await put(key);
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken }),
      );
      seen.push(
        ...(page.CommonPrefixes ?? []).map((p) => p.Prefix!),
        ...(page.Contents ?? []).map((c) => c.Key!),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen.sort()).toEqual(['a/', 'b', 'c/', 'd', '\uffee', '😀'].sort());
    const after = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'd' }));
    expect(after.Contents!.map((c) => c.Key)).toEqual(['\uffee', '😀']);
  });

  it('are served from simulated keys without keeping them', async () => {
    const bucket = server.buckets.get(Bucket)!;
    bucket.simulate({ count: 1_000_000, keyAt: (i) => `s/${String(i).padStart(7, '0')}`, size: 10 });
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 's/', StartAfter: 's/0999997' }));
    expect(page.Contents!.map((c) => c.Key)).toEqual(['s/0999998', 's/0999999']);
  });
});

describe('faults and refusals', () => {
  it('hit the n-th match, before or after the effect', async () => {
    server.faults.plant({
      operation: 'PutObject',
      nth: 2,
      when: 'after',
      action: { kind: 'status', status: 500, code: 'InternalError' },
    });
    server.faults.plant({ operation: 'PutObject', key: 'r', when: 'after', action: { kind: 'reset' } });
    expect(await code(put('a'))).toBe('ok');
    expect(await code(put('b'))).toBe('InternalError');
    expect(await text('b')).toBe('hello');
    expect(await code(put('r'))).not.toBe('ok');
    expect(await text('r')).toBe('hello');
  });

  it('cut, corrupt and replace bodies', async () => {
    await put('k', Buffer.alloc(1000, 1));
    const get = async () =>
      (await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))).Body!.transformToByteArray();
    server.faults.plant({ operation: 'GetObject', action: { kind: 'truncate', bytes: 10, silent: true } });
    expect(await get().then((b) => b.length, String)).not.toBe(1000);
    server.faults.plant({ operation: 'GetObject', action: { kind: 'corrupt-answer' } });
    expect(await code(get())).not.toBe('ok');
    server.faults.plant({ operation: 'PutObject', action: { kind: 'corrupt-request' } });
    expect(await code(put('x'))).toBe('XAmzContentSHA256Mismatch');
  });

  it('seeded: the same seed hits the same requests', async () => {
    const hits = async () => {
      server.faults.seed(7, 0.5, [{ action: { kind: 'status', status: 503, code: 'SlowDown' } }]);
      const codes = [];
      for (let i = 0; i < 12; i += 1) codes.push(await code(put('k')));
      return codes;
    };
    const first = await hits();
    expect(first).toContain('SlowDown');
    expect(first).toContain('ok');
    expect(await hits()).toEqual(first);
  });

  it('refuses wrong secrets, skewed clocks, other regions, denied actions and unknown buckets', async () => {
    const bad = client({ credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'wrong' } });
    const get = (with_: S3Client, bucket = Bucket) =>
      code(with_.send(new ListObjectsV2Command({ Bucket: bucket })));
    expect(await get(bad)).toBe('SignatureDoesNotMatch');
    expect(await get(client({ systemClockOffset: 3_600_000 }))).toBe('RequestTimeTooSkewed');
    expect(await get(client({ region: 'eu-west-1' }))).toBe('PermanentRedirect');
    expect(await get(s3, 'absent')).toBe('NoSuchBucket');
    server.denied.add('s3:ListBucket');
    expect(await get(s3)).toBe('AccessDenied');
  });
});
