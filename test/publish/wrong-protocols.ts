/** Publication protocols with one known mistake each, made of the real one and a small change around it. */
import { hivePublisher } from '../../src/publish/hive/promote.js';
import type { PublishContext, PublishResult, PromoteRequest } from '../../src/publish/publisher.js';
import type { Fact } from '../../src/journal/entry.js';
import type { ObjectStore, PreparedUpload } from '../../src/store/object-store.js';
import { changed } from './backends.js';
import type { Protocol } from './exploration.js';

/** Undoes first and says so afterwards: a publisher that is only slow goes on meanwhile. */
const withoutAborting: Protocol = {
  publisher: {
    ...hivePublisher,
    settle: async (context, attempt, wish) => {
      const keys = [...context.journal.state.keys.values()].filter(
        (state) => state.attempt?.attempt === attempt,
      );
      if (wish === 'forward' || keys[0]?.phase !== 'promoting')
        return hivePublisher.settle(context, attempt, wish);
      const prefixOf = (key: string) => `${context.layout.root.path}${key}/`;
      for (const { attempt: mine } of keys) {
        for (const upload of mine!.add) {
          await context.store.abort(upload);
          await context.store.delete([{ path: upload.path, etag: null }]);
        }
      }
      const facts = keys.flatMap(({ key, attempt: mine }): Fact[] => [
        { fact: 'aborting', key, attempt, reason: 'asked' },
        {
          fact: 'withdrawn',
          key,
          attempt,
          revoked: mine!.add.map((upload) => upload.path.slice(prefixOf(key).length)),
          reason: 'asked',
        },
      ]);
      await context.journal.submit(facts);
      return [];
    },
  },
};

/** Every attempt at a generation gives its files the same names. */
const reusedNames: Protocol = {
  store: (world) =>
    changed(world.store, {
      prepare: (request, options) =>
        world.store.prepare(
          {
            ...request,
            path: request.path.replace(/g\d{10}-[0-9a-f]{16}-/, 'g0000000002-aaaaaaaaaaaaaaaa-'),
          },
          options,
        ),
    }),
};

/** The last writer of a journal entry wins. */
const noCompareAndSwap: Protocol = {
  store: (world) =>
    changed(world.store, {
      put: (path, body, _mode, options) => world.store.put(path, body, { kind: 'overwrite' }, options),
    }),
};

/** Looks whether the number is free, then writes: two calls. */
const lookThenWrite: Protocol = {
  steps: (store) =>
    changed(store, {
      put: async (path, body, mode, options) => {
        if (mode.kind === 'create' && (await store.head(path))) return { outcome: 'lost' };
        return store.put(path, body, { kind: 'overwrite' }, options);
      },
    }),
};

/** Removes the old generation, then brings the new one. */
const deleteThenPut: Protocol = {
  publisher: {
    ...hivePublisher,
    promote: async (
      context: PublishContext,
      requests: readonly PromoteRequest[],
    ): Promise<readonly PublishResult[]> => {
      for (const { base } of requests)
        await context.store.delete(base.objects.map(({ path, etag }) => ({ path, etag })));
      const emptied = requests.map((request) => ({ ...request, base: { ...request.base, objects: [] } }));
      return hivePublisher.promote(context, emptied);
    },
  },
};

/** Removes the old generation once the new one is complete, and records the point of no return afterwards. */
const cleanBeforeEntry: Protocol = {
  steps: (store) =>
    changed(store, {
      put: async (path, body, mode, options) => {
        for (const fact of factsIn(path, body)) {
          if (fact.fact === 'cleaning') await removeAllBut(store, `/${fact.key}/`, fact.attempt);
        }
        return store.put(path, body, mode, options);
      },
    }),
};

/** An upload can be completed again after it was completed, as with link() in place of rename(). */
const completesTwice: Protocol = {
  store: (world) => {
    const finished = new Map<string, Uint8Array>();
    return changed(world.store, {
      complete: async (upload: PreparedUpload) => {
        const result = await world.store.complete(upload);
        const bytes = finished.get(upload.id);
        if (result.outcome === 'done') {
          const got = await world.store.get(upload.path);
          if (got.outcome === 'found') finished.set(upload.id, got.bytes);
        } else if (bytes) {
          const put = await world.store.put(upload.path, { bytes }, { kind: 'overwrite' });
          if (put.outcome === 'done') return { outcome: 'done', etag: put.object.etag };
        }
        return result;
      },
      abort: (upload) => {
        const linked = finished.delete(upload.id);
        return linked ? Promise.resolve({ outcome: 'aborted' }) : world.store.abort(upload);
      },
    });
  },
};

/** Deletes by name, whatever stands there now. */
const unconditionalDelete: Protocol = {
  replaced: true,
  store: (world) =>
    changed(world.store, {
      delete: (items, options) =>
        world.store.delete(
          items.map((item) => ({ ...item, etag: null })),
          options,
        ),
    }),
};

/** Files become visible before any entry names them. */
const visibleBeforeIntent: Protocol = {
  store: (world) =>
    changed(world.store, {
      prepare: async (request, options) => {
        const prepared = await world.store.prepare(request, options);
        if (prepared.outcome === 'done') await world.store.complete(prepared.upload);
        return prepared;
      },
    }),
};

export const WRONG: Readonly<Record<string, Protocol>> = {
  'no entry before an abort': withoutAborting,
  'names used again': reusedNames,
  'no compare-and-swap': noCompareAndSwap,
  'a compare-and-swap of two calls': lookThenWrite,
  'delete, then put': deleteThenPut,
  'delete, then record': cleanBeforeEntry,
  'completions that work twice': completesTwice,
  'deletions without a version': unconditionalDelete,
  'visible before the intent': visibleBeforeIntent,
};

function factsIn(path: string, body: Parameters<ObjectStore['put']>[1]): readonly Fact[] {
  if (!path.includes('/journal/') || !('bytes' in body)) return [];
  return (JSON.parse(Buffer.from(body.bytes).toString()) as { facts: Fact[] }).facts;
}

async function removeAllBut(store: ObjectStore, folder: string, attempt: string): Promise<void> {
  for await (const page of store.list('lake/sales/')) {
    for (const { path } of page)
      if (path.includes(folder) && !path.includes(attempt)) await store.delete([{ path, etag: null }]);
  }
}
