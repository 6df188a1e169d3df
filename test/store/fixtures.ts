/** Fresh stores for tests, and what is expected of them. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore, type LocalStoreOptions } from '../../src/store/local/local-store.js';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import type { Expectations, StoreFixture } from './conformance.js';

export const MEMORY: Expectations = {
  capabilities: {
    putIfAbsent: true,
    putIfMatch: true,
    conditionalDelete: true,
    conditionalCopy: true,
    completeAfterAbortRefused: true,
    atomicMove: true,
    versioned: false,
  },
  update: 'compares',
  listPrepared: true,
  strictPaths: true,
};

export const LOCAL: Expectations = {
  ...MEMORY,
  capabilities: { ...MEMORY.capabilities, putIfMatch: false, conditionalDelete: false },
};

/** Pages of two objects, so that every listing of a test has several. */
export async function memoryFixture(wrap = (store: ObjectStore) => store): Promise<StoreFixture> {
  return Promise.resolve({
    store: wrap(createMemoryStore('memory://test/', { pageSize: 2 })),
    prefix: 'lake/',
  });
}

export async function localFixture(
  wrap = (store: ObjectStore) => store,
  options: LocalStoreOptions = {},
): Promise<StoreFixture & { readonly dir: string }> {
  const dir = temporaryFolder();
  const store = wrap(createLocalStore({ pageSize: 2, ...options }));
  const cleanup = async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  };
  return { store, prefix: `${dir.slice(1)}/`, dir, cleanup };
}

/** Absolute, without links in it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(realpathSync(tmpdir()), 'lakefill-store-'));
}
