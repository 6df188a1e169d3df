import { describe, expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import { intercept, type Call } from '../../src/store/intercept.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll, type ObjectStore } from '../../src/store/object-store.js';
import { bytes, expectCode } from './conformance.js';

async function filled(names: readonly string[]): Promise<ObjectStore> {
  const store = createMemoryStore('memory://test/', { pageSize: 2 });
  for (const name of names) await store.put(`x/${name}`, bytes(name), { kind: 'overwrite' });
  return store;
}

describe('intercept', () => {
  it('sees every call with its arguments, a listing once a page', async () => {
    const calls: Call[] = [];
    const store = intercept(await filled(['a', 'b', 'c']), (call, next) => {
      calls.push(call);
      return next();
    });
    await store.head('x/a');
    await listAll(store, 'x/');
    await store.put('x/d', bytes('d'), { kind: 'create' });
    expect(calls.map((call) => [call.index, call.method, call.page])).toEqual([
      [1, 'head', undefined],
      [2, 'list', 1],
      [3, 'list', 2],
      [4, 'list', 3],
      [5, 'put', undefined],
    ]);
    expect(calls[0]!.args).toEqual(['x/a']);
    expect(calls[2]!.args).toEqual(['x/', { after: 'x/b' }]);
  });

  it('goes on behind the last page after a failure, instead of ending the listing', async () => {
    const inner = await filled(['a', 'b', 'c', 'd', 'e']);
    let broken = 2;
    const flaky: ObjectStore = {
      ...inner,
      list: async function* (prefix, options) {
        for await (const page of inner.list(prefix, options)) {
          yield page;
          if (broken-- > 0) throw new LakefillError('STORE_UNAVAILABLE', 'the page was lost');
        }
      },
    };
    const twice = intercept(flaky, (_call, next) => next().catch(next));
    const once = intercept(flaky, (_call, next) => next());
    expect((await listAll(twice, 'x/')).map((object) => object.path)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => `x/${name}`),
    );
    broken = 1;
    await expectCode(listAll(once, 'x/'), 'STORE_UNAVAILABLE');
  });

  it('ends the inner listing when the reader stops early', async () => {
    const inner = await filled(['a', 'b', 'c', 'd', 'e']);
    let ended = false;
    const watched: ObjectStore = {
      ...inner,
      list: async function* (prefix, options) {
        try {
          yield* inner.list(prefix, options);
        } finally {
          ended = true;
        }
      },
    };
    for await (const page of intercept(watched, (_call, next) => next()).list('x/')) {
      expect(page).toHaveLength(2);
      break;
    }
    expect(ended).toBe(true);
  });

  it('shows the capabilities as they are at the moment', async () => {
    const inner = await filled([]);
    let putIfAbsent = true;
    const changing: ObjectStore = {
      ...inner,
      get capabilities() {
        return { ...inner.capabilities, putIfAbsent };
      },
    };
    const store = intercept(changing, (_call, next) => next());
    putIfAbsent = false;
    expect(store.capabilities.putIfAbsent).toBe(false);
  });
});
