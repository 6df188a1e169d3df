/** Bad surroundings: each is refused with what to do about it, within its time. */
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createS3Store, parseS3Options } from '../../../src/store/s3/store.js';
import { listAll } from '../../../src/store/object-store.js';
import { expectCode } from '../conformance.js';
import { bytes, impatientClock, s3Fixture, type S3Fixture } from './fixtures.js';

let fixture: S3Fixture;
beforeEach(async () => {
  fixture = await s3Fixture({}, { buckets: ['lake', { name: 'far', region: 'eu-west-1' }] });
});
afterEach(() => fixture.close());

const failing = async (work: Promise<unknown>) =>
  work.catch((e: unknown) => e as { code: string; hint: string });
const env = () => fixture.server.env;

describe('credentials', () => {
  it('that are missing', async () => {
    const nothing = {
      AWS_ENDPOINT_URL: fixture.server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_PROFILE: 'no-such-profile-for-tests',
    };
    const store = await fixture.open({ env: { ...nothing, AWS_CONFIG_FILE: '/nonexistent' } });
    await expectCode(store.head('x'), 'STORE_CREDENTIALS');
    expect(fixture.server.requests).toHaveLength(0);
  });

  it('that have expired, also where the answer has no body', async () => {
    const action = { kind: 'status', status: 400, code: 'ExpiredToken' } as const;
    fixture.server.faults.plant({ times: 99, action });
    for (const work of [
      () => fixture.store.head('x'),
      () => fixture.store.get('x'),
      () => listAll(fixture.store, ''),
    ]) {
      expect(await failing(work())).toMatchObject({
        code: 'STORE_CREDENTIALS',
        hint: expect.stringContaining('Renew') as string,
      });
    }
    await expectCode(fixture.store.put('x', bytes('x'), { kind: 'create' }), 'STORE_CREDENTIALS');
  });

  it('that are wrong', async () => {
    const store = await fixture.open({ env: { ...env(), AWS_SECRET_ACCESS_KEY: 'wrong' } });
    await expectCode(listAll(store, ''), 'STORE_CREDENTIALS');
    await expectCode(store.head('x'), 'STORE_CREDENTIALS');
  });
});

describe('the bucket', () => {
  it('in another region: the error names it', async () => {
    const store = await fixture.open({ bucket: 'far' });
    for (const work of [
      () => store.head('x'),
      () => listAll(store, ''),
      () => store.put('x', bytes('x'), { kind: 'create' }),
    ]) {
      expect(await failing(work())).toMatchObject({
        code: 'STORE_WRONG_REGION',
        hint: expect.stringContaining('eu-west-1') as string,
      });
    }
    const right = await fixture.open({ bucket: 'far', options: { region: 'eu-west-1' } });
    expect(await right.head('x')).toBeNull();
  });

  it('that does not exist is no empty one, whatever is asked', async () => {
    const store = await fixture.open({ bucket: 'nowhere' });
    for (const work of [
      () => store.head('x'),
      () => store.get('x'),
      () => store.get('x', { range: { start: 0, end: 0 } }),
      () => store.download('x', 'etag', '/nonexistent/f'),
      () => listAll(store, ''),
      () => store.listLevel(''),
      () => store.copy('x', 'etag', 'y'),
      () => store.delete([{ path: 'x', etag: null }]),
      () => store.abort({ path: 'x', id: 'u' }),
      () => store.complete({ path: 'x', id: 'u', size: 1, sha256: '', parts: [{ number: 1, etag: 'e' }] }),
      () => store.listPrepared('', ''),
    ]) {
      expect(await failing(work())).toMatchObject({ code: 'STORE_NOT_FOUND' });
    }
  });

  it('that is a directory bucket is refused before anything is sent', async () => {
    await expectCode(createS3Store({ bucket: 'fast--use1-az4--x-s3', env: env() }), 'STORE_UNSUPPORTED');
  });
});

describe('permissions', () => {
  it('without ListBucket, nothing missing is called missing', async () => {
    fixture.server.denied.add('s3:ListBucket');
    await expectCode(listAll(fixture.store, ''), 'STORE_DENIED');
    const error = await failing(fixture.store.head('absent'));
    expect(error).toMatchObject({ code: 'STORE_DENIED' });
    await expectCode(fixture.store.get('absent'), 'STORE_DENIED');
  });

  it('without DeleteObject, everything stays and the error names it', async () => {
    await fixture.store.put('a', bytes('a'), { kind: 'create' });
    fixture.server.denied.add('s3:DeleteObject');
    for (const capabilities of [
      {},
      { conditionalBatchDelete: false },
      { conditionalBatchDelete: false, conditionalDelete: false },
    ]) {
      const store = await fixture.open({ capabilities });
      const { etag } = (await store.head('a'))!;
      expect(await failing(store.delete([{ path: 'a', etag }]))).toMatchObject({
        code: 'STORE_DENIED',
        hint: expect.stringContaining('s3:DeleteObject') as string,
      });
    }
    expect(await fixture.store.head('a')).not.toBeNull();
  });
});

describe('the clock', () => {
  it('of this machine is corrected by the store: a refused request has had no effect', async () => {
    const skewed = await s3Fixture({}, { now: () => Date.now() + 3_600_000 });
    try {
      expect(await skewed.store.put('a', bytes('a'), { kind: 'create' })).toMatchObject({ outcome: 'done' });
      expect(skewed.server.requests.map((r) => r.status)).toEqual([403, 200]);
    } finally {
      await skewed.close();
    }
  });

  it('that cannot be corrected is an error', async () => {
    const action = { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' } as const;
    fixture.server.faults.plant({ times: 99, action });
    expect(await failing(listAll(fixture.store, ''))).toMatchObject({
      code: 'STORE_CREDENTIALS',
      hint: expect.stringContaining('clock') as string,
    });
    expect(fixture.server.requests).toHaveLength(2);
  });
});

describe('the endpoint', () => {
  const timeouts = { connectTimeout: 500, requestTimeout: 300, idleTimeout: 300 };

  it('is down', async () => {
    const endpoint = fixture.server.endpoint;
    await fixture.server.close();
    const error = await failing(fixture.store.head('x'));
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringContaining(endpoint) as string,
    });
    await expectCode(fixture.store.put('x', bytes('x'), { kind: 'create' }), 'STORE_UNAVAILABLE');
  });

  it('takes connections and never answers: every call ends in its time', async () => {
    const silent: Server = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const store = await createS3Store({
      bucket: 'lake',
      env: { ...env(), AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
      options: timeouts,
      clock: impatientClock(),
    });
    try {
      await expectCode(store.head('x'), 'STORE_TIMEOUT');
      await expectCode(store.put('x', bytes('x'), { kind: 'overwrite' }), 'STORE_TIMEOUT');
      await expectCode(listAll(store, ''), 'STORE_TIMEOUT');
    } finally {
      await store.close();
      silent.close();
    }
  });

  it('answers with something that is not S3', async () => {
    const action = { kind: 'lie', lie: 'html' } as const;
    fixture.server.faults.plant({ times: 99, operation: 'CopyObject', action });
    const put = await fixture.store.put('a', bytes('a'), { kind: 'create' });
    const { etag } = (put as { object: { etag: string } }).object;
    await expectCode(fixture.store.copy('a', etag, 'b'), 'STORE_UNAVAILABLE');
  });
});

describe('options', () => {
  it('unknown or wrong are refused by name', () => {
    expect(() => parseS3Options({ endpont: 'http://x' })).toThrow(/endpont/);
    expect(() => parseS3Options({ endpoint: 'ftp://x' })).toThrow(/endpoint/);
    expect(() => parseS3Options({ idleTimeout: 0 })).toThrow(/idleTimeout/);
    expect(parseS3Options({ pathStyle: true })).toEqual({ pathStyle: true });
  });

  it('reach the requests', async () => {
    const options = { kmsKey: 'key-1', storageClass: 'STANDARD_IA', requesterPays: true, checksums: true };
    const store = await fixture.open({ options });
    await store.put('a', bytes('a'), { kind: 'create' });
    expect(fixture.server.requests.at(-1)!.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-request-payer': 'requester',
      'x-amz-checksum-crc32': expect.any(String) as string,
      'if-none-match': '*',
    });
  });

  it('of a compatible store: no checksum header that it did not ask for, and no chunked upload', async () => {
    await fixture.store.put('a', bytes('a'), { kind: 'create' });
    const { headers } = fixture.server.requests.at(-1)!;
    expect(Object.keys(headers).filter((name) => /checksum|trailer|content-encoding/.test(name))).toEqual([]);
  });
});
