/** The stores that every matrix runs on, each with a view of its bytes that does not go through it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/clock.js';
import { nodeFileSystem } from '../../src/store/local/fs.js';
import type { FileSystem, OpenFile } from '../../src/store/local/fs.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import { intercept } from '../../src/store/intercept.js';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { rawFolder, rawMemory } from '../support/independent-reader.js';
import type { RawStore } from '../support/independent-reader.js';

export interface Backend {
  readonly store: ObjectStore;
  readonly raw: RawStore;
  /** Where the lake begins, as a path in the store; ends in `/` or is empty. */
  readonly base: string;
  dispose(): void;
}

/** `s3-like`: memory without moves, whose deletions cannot tell whether something was there. */
export const BACKENDS = ['memory', 's3-like', 'local'] as const;
export type BackendName = (typeof BACKENDS)[number];

export function openBackend(name: BackendName, clock: Clock): Backend {
  if (name === 'local') return openLocal(clock);
  const memory = createMemoryStore('memory://lake/', { clock, pageSize: 3 });
  return {
    store: name === 's3-like' ? withoutMoves(memory) : memory,
    raw: rawMemory(memory),
    base: '',
    dispose: () => undefined,
  };
}

function openLocal(clock: Clock): Backend {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-publish-'));
  return {
    store: createLocalStore({ clock, pageSize: 3, fs: withoutFlush }),
    raw: rawFolder(folder),
    base: `${folder.slice(1)}/`,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const flushed = () => Promise.resolve();
const unflushed = async (file: Promise<OpenFile>): Promise<OpenFile> => ({ ...(await file), sync: flushed });

/** Thousands of cases die with their process, not with the machine: nothing waits for the disk. */
const withoutFlush: FileSystem = {
  ...nodeFileSystem,
  open: (file) => unflushed(nodeFileSystem.open(file)),
  create: (file) => unflushed(nodeFileSystem.create(file)),
  syncFolder: flushed,
};

function withoutMoves(store: ObjectStore): ObjectStore {
  return changed(store, {
    capabilities: { ...store.capabilities, atomicMove: false },
    delete: async (items, options) => {
      const results = await store.delete(
        items.map(({ path, etag }) => ({ path, etag })),
        options,
      );
      return results.map((result) =>
        result.outcome === 'absent' ? { ...result, outcome: 'deleted' } : result,
      );
    },
  });
}

/** The store with some members replaced. */
export function changed(store: ObjectStore, members: Partial<ObjectStore>): ObjectStore {
  return {
    url: store.url,
    capabilities: store.capabilities,
    ...(store.folders ? { folders: store.folders } : {}),
    ...(store.bucket ? { bucket: store.bucket } : {}),
    list: (...args) => store.list(...args),
    listLevel: (...args) => store.listLevel(...args),
    head: (...args) => store.head(...args),
    get: (...args) => store.get(...args),
    download: (...args) => store.download(...args),
    put: (...args) => store.put(...args),
    copy: (...args) => store.copy(...args),
    delete: (...args) => store.delete(...args),
    prepare: (...args) => store.prepare(...args),
    complete: (...args) => store.complete(...args),
    abort: (...args) => store.abort(...args),
    listPrepared: (...args) => store.listPrepared(...args),
    close: () => store.close(),
    ...members,
  };
}

/** Deletions of several objects as one call each: no store promises that they happen together. */
export function oneByOne(store: ObjectStore): ObjectStore {
  return changed(store, {
    delete: async (items, options) => {
      const results = [];
      for (const item of items) results.push(...(await store.delete([item], options)));
      return results;
    },
  });
}

/** Tells when no call is on its way: a process that stopped may still have some, and a real store finishes them. */
export function counting(store: ObjectStore): { store: ObjectStore; quiet(): Promise<void> } {
  const running = new Set<Promise<unknown>>();
  return {
    store: intercept(store, (_call, next) => {
      const call = next();
      const done = call.catch(() => undefined).finally(() => running.delete(done));
      running.add(done);
      return call;
    }),
    quiet: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
