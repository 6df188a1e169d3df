import { beforeEach, describe, expect, it } from 'vitest';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll, type ObjectStore } from '../../src/store/object-store.js';
import { bytes, expectCode, putText, readText } from './conformance.js';

describe('faults', () => {
  let memory: ObjectStore;
  beforeEach(() => {
    memory = createMemoryStore('memory://test/', { pageSize: 2 });
  });

  const write = (store: ObjectStore, text: string) => store.put('a', bytes(text), { kind: 'overwrite' });

  it('counts calls without a fault', async () => {
    const f = faults(memory);
    await write(f.store, 'x');
    await listAll(f.store, '');
    expect(f.calls.map((call) => call.method)).toEqual(['put', 'list', 'list']);
  });

  it('fails before the call takes effect', async () => {
    const f = faults(memory, { at: 2, kind: 'fail-before' });
    await write(f.store, 'one');
    await expectCode(write(f.store, 'two'), 'STORE_FAILED');
    expect(await readText(memory, 'a')).toBe('one');
    await write(f.store, 'three');
    expect(await readText(memory, 'a')).toBe('three');
  });

  it.each([
    ['fail-after', 'STORE_FAILED'],
    ['lose-answer', 'STORE_TIMEOUT'],
  ] as const)('%s: the call took effect', async (kind, code) => {
    const f = faults(memory, { at: 1, kind });
    await expectCode(write(f.store, 'one'), code);
    expect(await readText(memory, 'a')).toBe('one');
  });

  it('fails as often and with the code that is asked for', async () => {
    const f = faults(memory, { at: 2, kind: 'fail-before', times: 2, code: 'STORE_DENIED' });
    await f.store.head('a');
    await expectCode(f.store.head('a'), 'STORE_DENIED');
    await expectCode(f.store.head('a'), 'STORE_DENIED');
    expect(await f.store.head('a')).toBeNull();
  });

  it('fails at a page of a listing', async () => {
    for (const name of ['a', 'b', 'c']) await putText(memory, name, name);
    const f = faults(memory, { at: 2, kind: 'fail-before' });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const page of f.store.list('')) seen.push(...page.map((object) => object.path));
    })();
    await expectCode(reading, 'STORE_FAILED');
    expect(seen).toEqual(['a', 'b']);
  });

  it('stops the process at a call: that and all later ones wait until the release', async () => {
    const f = faults(memory, { at: 2, kind: 'hang' });
    await write(f.store, 'one');
    const stuck = write(f.store, 'late');
    const later = f.store.put('b', bytes('later'), { kind: 'overwrite' });
    expect((await f.hung).index).toBe(2);
    await nextTurn();
    expect([await readText(memory, 'a'), await readText(memory, 'b')]).toEqual(['one', null]);
    await write(memory, 'another process');
    f.release();
    await Promise.all([stuck, later]);
    expect([await readText(memory, 'a'), await readText(memory, 'b')]).toEqual(['late', 'later']);
  });

  it('stops the process after a call took effect', async () => {
    const f = faults(memory, { at: 1, kind: 'hang-after' });
    let answered = false;
    const stuck = write(f.store, 'one').then(() => (answered = true));
    const later = f.store.put('b', bytes('later'), { kind: 'overwrite' });
    await f.hung;
    await nextTurn();
    expect([await readText(memory, 'a'), await readText(memory, 'b')]).toEqual(['one', null]);
    expect(answered).toBe(false);
    f.release();
    await Promise.all([stuck, later]);
  });

  it('plants what others do before and after a call', async () => {
    const f = faults(memory, null, {
      onCall: async (call) => {
        if (call.method === 'put') await putText(memory, 'a', 'planted before');
      },
      onEffect: async (call) => {
        if (call.method === 'head') await putText(memory, 'b', 'planted after');
      },
    });
    expect(await f.store.put('a', bytes('x'), { kind: 'create' })).toEqual({ outcome: 'lost' });
    expect(await f.store.head('b')).toBeNull();
    expect(await readText(memory, 'b')).toBe('planted after');
  });
});
