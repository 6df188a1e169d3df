import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { createStores, type StoreFactory, type StoreSettings } from '../../src/store/open-store.js';
import { expectCode } from './conformance.js';

describe('stores', () => {
  const made: { url: string; options: unknown }[] = [];
  const closed: string[] = [];
  const factory: StoreFactory = {
    scheme: 'memory',
    create: (url, options) => {
      made.push({ url, options });
      if (options['broken']) throw new Error('no such bucket');
      const store = createMemoryStore(url);
      return { ...store, url, close: async () => void closed.push(url) } as ObjectStore;
    },
  };
  const open = (stores: StoreSettings['stores'] = [], wrap?: StoreSettings['wrap']) => {
    made.length = closed.length = 0;
    return createStores([factory], wrap ? { stores, wrap } : { stores });
  };

  it('are made once for each URL', async () => {
    const stores = open();
    const [a, again] = await Promise.all([stores.open('memory://a/'), stores.open('memory://a/')]);
    expect(again).toBe(a);
    expect(await stores.open('memory://b/')).not.toBe(a);
    expect(made.map(({ url }) => url)).toEqual(['memory://a/', 'memory://b/']);
    await stores.close();
    expect(closed).toEqual(['memory://a/', 'memory://b/']);
  });

  it('get the options of the longest prefix', async () => {
    const stores = open([
      { prefix: 'memory://', options: { from: 'all' } },
      { prefix: 'memory://lake/', options: { from: 'lake' } },
    ]);
    for (const name of ['lake', 'lakeside', 'other']) await stores.open(`memory://${name}/`);
    expect(made.map(({ options }) => options)).toEqual([{ from: 'lake' }, { from: 'all' }, { from: 'all' }]);
  });

  it('do not remember a failure', async () => {
    const stores = open([{ prefix: 'memory://a/', options: { broken: true } }]);
    await expect(stores.open('memory://a/')).rejects.toThrow('no such bucket');
    await expect(stores.open('memory://a/')).rejects.toThrow('no such bucket');
    expect(made).toHaveLength(2);
    await stores.close();
  });

  it('are wrapped', async () => {
    const stores = open([], (store) => ({ ...store, url: 'wrapped' }));
    expect((await stores.open('memory://a/')).url).toBe('wrapped');
  });

  it('are refused for unknown schemes, broken URLs and options of a part of a bucket', async () => {
    for (const url of ['gs://a/', 'memory://a', 'memory://a/b/', 'a/b']) {
      await expectCode(open().open(url), 'DEFINITION_INVALID');
    }
    expect(() => open([{ prefix: 'memory://a/b/', options: {} }])).toThrow(/whole buckets|names no store/);
  });
});
