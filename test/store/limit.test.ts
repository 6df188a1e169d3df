import { describe, expect, it } from 'vitest';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { intercept } from '../../src/store/intercept.js';
import { limited } from '../../src/store/limit.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { expectCode, putText } from './conformance.js';

describe('limit', () => {
  it('lets so many calls run at a time, and all in the end', async () => {
    let running = 0;
    let most = 0;
    const inner = intercept(createMemoryStore('memory://test/'), async (_call, next) => {
      most = Math.max(most, ++running);
      await nextTurn();
      return next().finally(() => running--);
    });
    const store = limited(inner, 3);
    await Promise.all(Array.from({ length: 20 }, (_, i) => putText(store, `a${i}`, 'x')));
    expect(most).toBe(3);
    expect((await store.listLevel('')).objects).toHaveLength(20);
  });

  it('makes no call that was cancelled while it waited', async () => {
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const made: string[] = [];
    const inner = intercept(createMemoryStore('memory://test/'), async (call, next) => {
      made.push(call.method);
      await gate;
      return next();
    });
    const store = limited(inner, 1);
    const controller = new AbortController();
    const first = store.head('a');
    const second = store.get('a', { signal: controller.signal });
    controller.abort();
    letGo();
    await expectCode(second, 'CANCELLED');
    expect([await first, made]).toEqual([null, ['head']]);
  });

  it('holds no place for a listing that nobody reads on', async () => {
    const store = limited(createMemoryStore('memory://test/', { pageSize: 1 }), 1);
    for (const name of ['a', 'b', 'c']) await putText(store, name, name);
    for await (const page of store.list('')) expect(await store.head(page[0]!.path)).not.toBeNull();
  });
});
