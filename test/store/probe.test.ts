import { describe, expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll, type ObjectStore } from '../../src/store/object-store.js';
import { probeStore, provenCapabilities, type ProbeResult } from '../../src/store/probe.js';
import { ManualClock } from '../support/manual-clock.js';
import { expectCode, putText } from './conformance.js';
import { localFixture } from './fixtures.js';

const clock = new ManualClock();
const fresh = () => createMemoryStore('memory://test/', { pageSize: 2 });

/** A store that breaks one promise, as real ones do. */
function lying(lies: (honest: ObjectStore) => Partial<ObjectStore>): ObjectStore {
  const honest = fresh();
  const methods = {} as Record<string, unknown>;
  for (const name of [
    'list',
    'listLevel',
    'head',
    'get',
    'download',
    'put',
    'copy',
    'delete',
    'prepare',
    'complete',
    'abort',
    'listPrepared',
    'close',
  ] as const) {
    methods[name] = (honest[name] as () => unknown).bind(honest);
  }
  return { url: honest.url, capabilities: honest.capabilities, ...methods, ...lies(honest) } as ObjectStore;
}

const failed = (results: readonly ProbeResult[]) =>
  results.filter((result) => !result.passed).map((result) => result.name);

describe('probeStore', () => {
  it('finds nothing wrong with a right store, and removes what it wrote', async () => {
    const store = fresh();
    await putText(store, 'p/other', 'x');
    const results = await probeStore(store, 'p/', { clock });
    expect(results.map((result) => result.name)).toEqual([
      'put-if-absent',
      'put-if-match',
      'complete-after-abort',
      'conditional-delete',
      'conditional-copy',
      'pagination',
    ]);
    expect(failed(results)).toEqual([]);
    expect(results[0]).toMatchObject({
      evidence: "1 of 17 writers won, and the object is the winner's",
      hint: null,
    });
    expect((await listAll(store, '')).map((object) => object.path)).toEqual(['p/other']);
    expect(await store.listPrepared('', '')).toEqual([]);
  });

  it('passes a local folder, except for what the store says that it cannot do', async () => {
    const { store, prefix, cleanup } = await localFixture();
    const results = await probeStore(store, prefix, { clock });
    expect(failed(results)).toEqual(['put-if-match', 'conditional-delete']);
    expect(results[1]).toMatchObject({ evidence: 'this store does not offer it' });
    expect(provenCapabilities(store.capabilities, results)).toEqual(store.capabilities);
    expect(await listAll(store, prefix)).toEqual([]);
    await cleanup!();
  });

  it.each<[string, (honest: ObjectStore) => Partial<ObjectStore>]>([
    [
      'put-if-absent',
      (honest) => ({
        put: (path, body, mode) =>
          honest.put(path, body, mode.kind === 'create' ? { kind: 'overwrite' } : mode),
      }),
    ],
    [
      'put-if-match',
      (honest) => ({
        put: (path, body, mode) =>
          honest.put(path, body, mode.kind === 'update' ? { kind: 'overwrite' } : mode),
      }),
    ],
    [
      'complete-after-abort',
      (honest) => ({
        abort: () => Promise.resolve({ outcome: 'aborted' }),
        complete: (upload) => honest.complete(upload),
      }),
    ],
    [
      'conditional-delete',
      (honest) => ({
        delete: (items) => honest.delete(items.map((item) => ({ ...item, etag: null }))),
      }),
    ],
    [
      'conditional-copy',
      (honest) => ({
        // Answers that the source changed, and has copied all the same.
        copy: async (source, etag, to) => {
          const got = await honest.get(source);
          if (got.outcome !== 'found') return { outcome: 'absent' };
          const put = await honest.put(to, { bytes: got.bytes }, { kind: 'overwrite' });
          return got.object.etag === etag ? put : { outcome: 'lost' };
        },
      }),
    ],
    [
      'pagination',
      (honest) => ({
        list: async function* (prefix) {
          yield await listAll(honest, prefix);
        },
      }),
    ],
  ])('finds a store out that breaks %s', async (name, lies) => {
    const store = lying(lies);
    const results = await probeStore(store, 'p/', { clock });
    expect(failed(results)).toEqual([name]);
    const found = results.find((result) => result.name === name)!;
    expect(found.hint).not.toBeNull();
    if (found.capability)
      expect(provenCapabilities(store.capabilities, results)[found.capability]).toBe(false);
  });

  it('finds a store out that says lost and has replaced the object all the same', async () => {
    const store = lying((honest) => ({
      put: async (path, body, mode) => {
        const put = await honest.put(path, body, mode);
        if (put.outcome === 'lost') await honest.put(path, body, { kind: 'overwrite' });
        return put;
      },
    }));
    const results = await probeStore(store, 'p/', { clock });
    expect(failed(results)).toEqual(['put-if-absent', 'put-if-match']);
    expect(results[0]!.evidence).toBe('1 of 17 writers won, but the object is that of late');
  });

  it('takes a refusal that says "another write is on its way" for a lost race', async () => {
    const store = lying((honest) => ({
      put: async (path, body, mode) => {
        const put = await honest.put(path, body, mode);
        if (put.outcome === 'lost') throw new LakefillError('STORE_RACING', 'conflict');
        return put;
      },
    }));
    const results = await probeStore(store, 'p/', { clock, racers: 4 }).catch((error: unknown) => error);
    // Alone, after the race, such an answer is no answer: nothing is concluded from it.
    expect(results).toMatchObject({ code: 'STORE_RACING' });
  });

  it('concludes nothing from a store that does not answer', async () => {
    const store = lying(() => ({
      abort: () => Promise.reject(new LakefillError('STORE_UNAVAILABLE', 'no answer')),
    }));
    await expectCode(probeStore(store, 'p/', { clock }), 'STORE_UNAVAILABLE');
    expect(await listAll(store, '')).toEqual([]);
  });

  it('takes what a store refuses to do for what it cannot do', async () => {
    const store = lying(() => ({
      copy: () => Promise.reject(new LakefillError('STORE_UNSUPPORTED', 'not implemented')),
    }));
    const results = await probeStore(store, 'p/', { clock });
    expect(failed(results)).toEqual(['conditional-copy']);
    expect(results[4]!.evidence).toBe('STORE_UNSUPPORTED: not implemented');
  });
});
