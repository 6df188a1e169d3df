import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LakefillError } from '../../../src/core/errors.js';
import { storeError } from '../../../src/store/local/errors.js';
import { createLocalStore } from '../../../src/store/local/local-store.js';
import { listAll, type ObjectStore } from '../../../src/store/object-store.js';
import { bytes, expectCode, putText, readText } from '../conformance.js';
import { localFixture } from '../fixtures.js';
import { altered, errno } from './altered-fs.js';

describe('errors of the file system', () => {
  it.each([
    ['ENOSPC', 'STORE_FULL', false],
    ['EDQUOT', 'STORE_FULL', false],
    ['EFBIG', 'STORE_FULL', false],
    ['EROFS', 'STORE_READ_ONLY', false],
    ['EACCES', 'STORE_DENIED', false],
    ['EPERM', 'STORE_DENIED', false],
    ['EIO', 'STORE_FAILED', false],
    ['ENXIO', 'STORE_FAILED', false],
    ['ENODEV', 'STORE_FAILED', false],
    ['EMFILE', 'STORE_UNAVAILABLE', true],
    ['ENFILE', 'STORE_UNAVAILABLE', true],
    ['EAGAIN', 'STORE_UNAVAILABLE', true],
    ['EBUSY', 'STORE_UNAVAILABLE', true],
    ['ENOMEM', 'STORE_UNAVAILABLE', true],
    ['EINTR', 'STORE_UNAVAILABLE', true],
    ['ESTALE', 'STORE_UNAVAILABLE', true],
    ['ENOTCONN', 'STORE_UNAVAILABLE', true],
    ['EHOSTDOWN', 'STORE_UNAVAILABLE', true],
    ['ETIMEDOUT', 'STORE_TIMEOUT', true],
    ['ENOENT', 'STORE_NOT_FOUND', false],
    ['ELOOP', 'STORE_UNSUPPORTED', false],
    ['ENOTDIR', 'STORE_UNSUPPORTED', false],
    ['EISDIR', 'STORE_UNSUPPORTED', false],
    ['ENAMETOOLONG', 'STORE_UNSUPPORTED', false],
    ['EILSEQ', 'STORE_UNSUPPORTED', false],
    ['EINVAL', 'STORE_UNSUPPORTED', false],
    ['EXDEV', 'STORE_UNSUPPORTED', false],
    ['ENOTSUP', 'STORE_UNSUPPORTED', false],
    ['EOPNOTSUPP', 'STORE_UNSUPPORTED', false],
    ['ENOSYS', 'STORE_UNSUPPORTED', false],
    ['ESOMETHING', 'STORE_FAILED', false],
  ])('%s becomes %s', (code, wanted, retryable) => {
    const cause = errno(code);
    const error = storeError(cause, 'write', 'lake/a');
    expect(error).toMatchObject({ code: wanted, retryable, cause, context: { path: 'lake/a', errno: code } });
    expect(error.message).toMatch(/^Could not write \/lake\/a: .+\.$/);
    expect(error.hint).toMatch(/\.$/);
  });

  it('passes errors of lakefill, and calls a bug STORE_FAILED with its cause', () => {
    const own = new LakefillError('STORE_DENIED', 'x');
    expect(storeError(own, 'write', 'a')).toBe(own);
    const bug = new TypeError('x is not a function');
    expect(storeError(bug, 'write', 'a')).toMatchObject({ code: 'STORE_FAILED', cause: bug });
  });
});

describe('on a real file system', () => {
  let dir: string;
  let prefix: string;
  let store: ObjectStore;
  let cleanup: () => Promise<void>;
  beforeEach(async () => {
    const fixture = await localFixture();
    ({ dir, prefix, store } = fixture);
    cleanup = fixture.cleanup!;
  });
  afterEach(() => cleanup());

  const write = (name: string, kind: 'create' | 'overwrite' = 'overwrite') =>
    store.put(prefix + name, bytes('x'), { kind });

  it('a file where a folder is needed', async () => {
    await write('file');
    await expectCode(write('file/below'), 'STORE_UNSUPPORTED');
    await expectCode(write('file/below/deeper'), 'STORE_UNSUPPORTED');
  });

  it('a folder where a file is needed', async () => {
    mkdirSync(`${dir}/folder`);
    await expectCode(write('folder'), 'STORE_UNSUPPORTED');
    await expectCode(write('folder', 'create'), 'STORE_UNSUPPORTED');
    expect((await store.listLevel(prefix)).objects).toEqual([]);
  });

  it('a loop of links', async () => {
    symlinkSync(`${dir}/loop`, `${dir}/loop`);
    await expectCode(write('loop/a'), 'STORE_UNSUPPORTED');
    await expectCode(store.head(`${prefix}loop/a`), 'STORE_UNSUPPORTED');
  });

  it('a name that is too long', async () => {
    await expectCode(write('n'.repeat(300)), 'STORE_UNSUPPORTED');
  });

  it('a body that does not exist or is no file', async () => {
    for (const file of [`${dir}/none`, `${dir}/none/none`]) {
      await expectCode(store.put(`${prefix}a`, { file }, { kind: 'create' }), 'USAGE');
    }
    await expectCode(store.put(`${prefix}a`, { file: dir }, { kind: 'create' }), 'STORE_UNSUPPORTED');
    expect((await store.listLevel(prefix)).objects).toEqual([]);
  });

  it('a full disk: nothing visible changed, and nothing of the try is left', async ({ skip }) => {
    mkdirSync(`${dir}/small`);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', `${dir}/small`], { stdio: 'pipe' });
    } catch (error) {
      return skip(`a small file system cannot be mounted here: ${(error as Error).message.split('\n')[0]}`);
    }
    try {
      const small = `${prefix}small/a`;
      await putText(store, small, 'old');
      writeFileSync(`${dir}/big`, 'x'.repeat(200_000));
      await expectCode(
        store.put(small, { bytes: Buffer.alloc(200_000) }, { kind: 'overwrite' }),
        'STORE_FULL',
      );
      // Another device, so this is copied.
      await expectCode(store.put(small, { file: `${dir}/big` }, { kind: 'overwrite' }), 'STORE_FULL');
      expect(await readText(store, small)).toBe('old');
      expect(execFileSync('ls', ['-A', `${dir}/small`], { encoding: 'utf8' })).toBe('a\n');
      // And what a file on another device becomes when there is room, by every way.
      writeFileSync(`${dir}/fits`, 'fits');
      expect(await store.put(small, { file: `${dir}/fits` }, { kind: 'overwrite' })).toMatchObject({
        outcome: 'done',
      });
      const copied = await store.head(small);
      expect(await store.download(small, copied!.etag, `${dir}/out`)).toMatchObject({ outcome: 'done' });
      await expectCode(
        store.delete([{ path: small, etag: null, moveTo: `${prefix}kept` }]),
        'STORE_UNSUPPORTED',
      );
      expect(await readText(store, small)).toBe('fits');
    } finally {
      execFileSync('umount', [`${dir}/small`]);
    }
  });

  it('a flush that fails', async () => {
    const unflushed = createLocalStore({
      fs: altered((real) => ({
        create: async (path) => ({ ...(await real.create(path)), sync: () => Promise.reject(errno('EIO')) }),
      })),
    });
    await expectCode(unflushed.put(`${prefix}a`, bytes('x'), { kind: 'overwrite' }), 'STORE_FAILED');
    expect(await listAll(store, prefix)).toEqual([]);
    // The name is there by then, but may not survive: not an answer to build on.
    const unnamed = createLocalStore({
      fs: altered(() => ({ syncFolder: () => Promise.reject(errno('EIO')) })),
    });
    await expectCode(unnamed.put(`${prefix}a`, bytes('x'), { kind: 'create' }), 'STORE_FAILED');
  });
});
