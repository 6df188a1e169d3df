import { beforeEach, describe, expect, it } from 'vitest';
import type { LakefillError } from '../../src/core/errors.js';
import { type ErrorCode } from '../../src/core/errors.js';
import { faults, type Fault, type Faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll, type ObjectStore } from '../../src/store/object-store.js';
import { retrying, type RetryOptions } from '../../src/store/retry.js';
import { ManualClock } from '../support/manual-clock.js';
import { bytes, expectCode, requestFor } from './conformance.js';

describe('retry', () => {
  let memory: ObjectStore;
  let clock: ManualClock;
  beforeEach(async () => {
    memory = createMemoryStore('memory://test/', { pageSize: 2 });
    clock = new ManualClock();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await memory.put(name, bytes(name), { kind: 'create' });
  });

  const failing = (fault: Partial<Fault>, options: Partial<RetryOptions> = {}): Faults => {
    const inner = faults(memory, { at: 1, kind: 'lose-answer', ...fault });
    return { ...inner, store: retrying(inner.store, { clock, random: () => 0.5, ...options }) };
  };

  it('repeats reads with growing random waits until they succeed', async () => {
    const { store, calls } = failing({ times: 3 });
    expect(await store.head('a')).toMatchObject({ size: 1 });
    expect(calls).toHaveLength(4);
    expect(clock.sleeps).toEqual([50, 100, 200]);
  });

  it('bounds each wait and the number of tries', async () => {
    const { store, calls } = failing({ times: Infinity }, { attempts: 8, longestWaitMs: 400 });
    await expectCode(store.get('a'), 'STORE_TIMEOUT');
    expect(calls).toHaveLength(8);
    expect(clock.sleeps).toEqual([50, 100, 200, 200, 200, 200, 200]);
  });

  it('waits between nothing and the bound', async () => {
    const { store } = failing({ times: 1 }, { random: () => 0 });
    await store.head('a');
    expect(clock.sleeps).toEqual([0]);
  });

  it.each<ErrorCode>(['STORE_FAILED', 'STORE_DENIED', 'STORE_CORRUPT', 'STORE_UNSUPPORTED'])(
    'does not repeat after %s',
    async (code) => {
      const { store, calls } = failing({ code });
      await expectCode(store.head('a'), code);
      expect(calls).toHaveLength(1);
    },
  );

  it('goes on with a listing where it broke', async () => {
    for (const at of [1, 2, 3]) {
      const { store } = failing({ at, times: 2 });
      expect((await listAll(store, '')).map((object) => object.path)).toEqual(['a', 'b', 'c', 'd', 'e']);
    }
  });

  it('repeats writes without a condition', async () => {
    for (const write of [
      (store: ObjectStore) => store.put('a', bytes('x'), { kind: 'overwrite' }),
      (store: ObjectStore) => store.delete([{ path: 'a', etag: null }]),
      (store: ObjectStore) => store.abort({ path: 'a', id: 'none' }),
    ]) {
      const { store, calls } = failing({});
      await write(store);
      expect(calls).toHaveLength(2);
    }
  });

  it('never repeats a write with a condition', async () => {
    const b = (await memory.head('b'))!;
    const prepared = await memory.prepare(requestFor(b, 'data/b', '', 'b'));
    const upload = (prepared as { upload: Parameters<ObjectStore['complete']>[0] }).upload;
    for (const write of [
      (store: ObjectStore) => store.put('new', bytes('x'), { kind: 'create' }),
      (store: ObjectStore) => store.put('a', bytes('x'), { kind: 'update', etag: 'any' }),
      (store: ObjectStore) =>
        store.delete([
          { path: 'a', etag: null },
          { path: 'b', etag: 'any' },
        ]),
      (store: ObjectStore) => store.delete([{ path: 'c', etag: null, moveTo: 'moved' }]),
      (store: ObjectStore) => store.prepare(requestFor(b, 'data/x', '', 'b')),
      (store: ObjectStore) => store.complete(upload),
    ]) {
      const { store, calls } = failing({});
      await expectCode(write(store), 'STORE_TIMEOUT');
      expect(calls).toHaveLength(1);
    }
    expect(clock.sleeps).toEqual([]);
  });

  it('spends one budget over all calls, refilled by success', async () => {
    const first = faults(memory, { at: 1, kind: 'lose-answer', times: 5 });
    const later = faults(first.store, { at: 7, kind: 'lose-answer', times: 2 });
    const store = retrying(later.store, { clock, budget: 3, attempts: 100 });
    await expectCode(store.head('a'), 'STORE_TIMEOUT'); // calls 1 to 4
    await expectCode(store.head('a'), 'STORE_TIMEOUT'); // call 5: no retry left
    await store.head('a'); // call 6 gives one back
    await expectCode(store.head('a'), 'STORE_TIMEOUT'); // calls 7 and 8
    expect(later.calls).toHaveLength(8);
  });

  it('stops when it is cancelled while it waits', async () => {
    const controller = new AbortController();
    const { store, calls } = failing({ times: Infinity }, { onRetry: () => controller.abort() });
    await expectCode(store.head('a', { signal: controller.signal }), 'CANCELLED');
    expect(calls).toHaveLength(1);
  });

  it('passes on what is no error of lakefill', async () => {
    const odd: ObjectStore = { ...memory, head: () => Promise.reject(new TypeError('a bug')) };
    await expect(retrying(odd, { clock }).head('a')).rejects.toThrow(TypeError);
    expect(clock.sleeps).toEqual([]);
  });

  it('tells of each retry', async () => {
    const told: string[] = [];
    const onRetry: RetryOptions['onRetry'] = (call, error: LakefillError, waitMs) =>
      told.push(`${call.method} ${error.code} ${waitMs}`);
    await failing({ times: 2 }, { onRetry }).store.head('a');
    expect(told).toEqual(['head STORE_TIMEOUT 50', 'head STORE_TIMEOUT 100']);
  });
});
