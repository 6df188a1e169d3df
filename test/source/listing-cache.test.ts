/** Several prefixes at once: read as one span where that is shorter, and always as if each had been listed by itself. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import { ListingCache } from '../../src/source/listing-cache.js';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ListOptions, ObjectStore } from '../../src/store/object-store.js';
import { manualClock } from '../support/lake.js';

const DAYS = ['01', '02', '03', '04', '05', '06'].map((day) => `raw/dt=2025-01-${day}/`);

async function storeOf(paths: readonly string[], pageSize = 1000): Promise<ObjectStore> {
  const store = createMemoryStore('memory://lake/', { clock: manualClock('2025-02-01T00:00:00Z'), pageSize });
  for (const path of paths) await store.put(path, { bytes: new Uint8Array([1]) }, { kind: 'overwrite' });
  return store;
}

/** The store, and each page that is asked of it. */
function watched(store: ObjectStore, refuse: (prefix: string) => boolean = () => false) {
  const pages: string[] = [];
  async function* list(prefix: string, options: ListOptions = {}) {
    if (refuse(prefix)) throw new LakefillError('STORE_DENIED', `no s3:ListBucket on ${prefix}`);
    pages.push(prefix);
    let n = 0;
    for await (const page of store.list(prefix, options)) {
      if (n++ > 0) pages.push(prefix);
      yield page;
    }
  }
  return { store: Object.create(store, { list: { value: list } }) as ObjectStore, pages };
}

async function listed(cache: ListingCache, store: ObjectStore, prefixes: readonly string[]) {
  return (await cache.listEach(store, prefixes, 'raw/')).map((listing) =>
    listing.outcome === 'listed' ? listing.objects.map(({ path }) => path) : listing,
  );
}

it('reads neighbours with one request, and remembers each', async () => {
  const { store, pages } = watched(await storeOf(DAYS.map((day) => `${day}a.parquet`)));
  const cache = new ListingCache();
  expect(await listed(cache, store, DAYS)).toEqual(DAYS.map((day) => [`${day}a.parquet`]));
  expect(await cache.list(store, DAYS[2]!)).toMatchObject({ objects: [{ path: `${DAYS[2]}a.parquet` }] });
  expect(await listed(cache, store, DAYS.slice(1, 4))).toHaveLength(3);
  expect(pages).toEqual(['raw/']);
});

it('asks once for what several datasets want at the same time', async () => {
  const { store, pages } = watched(await storeOf(DAYS.map((day) => `${day}a.parquet`)));
  const cache = new ListingCache();
  const [first, second] = await Promise.all([listed(cache, store, DAYS), listed(cache, store, DAYS)]);
  expect(first).toEqual(second);
  expect(pages).toEqual(['raw/']);
});

it('lists one by one what lies behind two pages, or where nothing above may be listed', async () => {
  const far = [DAYS[0]!, DAYS[1]!, DAYS[5]!];
  const files = DAYS.flatMap((day) => [1, 2, 3].map((n) => `${day}${n}.parquet`));
  const expected = far.map((day) => files.filter((file) => file.startsWith(day)));
  const paged = watched(await storeOf(files, 4));
  expect(await listed(new ListingCache(), paged.store, far)).toEqual(expected);
  expect(paged.pages).toEqual(['raw/', 'raw/', DAYS[5]]);
  const denied = watched(await storeOf(files), (prefix) => prefix === 'raw/');
  expect(await listed(new ListingCache(), denied.store, far)).toEqual(expected);
  expect(denied.pages).toEqual(far);
  const closed = watched(await storeOf(files), () => true);
  expect(await listed(new ListingCache(), closed.store, far)).toMatchObject(
    far.map((day) => ({
      outcome: 'failed',
      code: 'STORE_DENIED',
      message: expect.stringContaining(day) as string,
    })),
  );
});

it('asks a store that fails once, not once more for each prefix', async () => {
  const { store, pages } = watched(await storeOf([]), () => {
    pages.push('asked');
    throw new LakefillError('STORE_UNAVAILABLE', 'nobody answers');
  });
  const message = expect.stringContaining('nobody answers') as string;
  expect(await listed(new ListingCache(), store, DAYS)).toMatchObject(
    DAYS.map(() => ({ outcome: 'failed', code: 'STORE_UNAVAILABLE', message })),
  );
  expect(pages).toEqual(['asked']);
});

it('lists folders one by one where a store has them', async () => {
  const { store, pages } = watched(await storeOf([`${DAYS[0]}a.parquet`]));
  Object.defineProperty(store, 'folders', { value: {} });
  expect(await listed(new ListingCache(), store, DAYS.slice(0, 2))).toEqual([[`${DAYS[0]}a.parquet`], []]);
  expect(pages).toEqual(DAYS.slice(0, 2));
});

it('is cancelled', async () => {
  const cache = new ListingCache({ signal: AbortSignal.abort() });
  await expect(listed(cache, await storeOf([]), DAYS)).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('gives what listing each prefix gives, however the pages fall', async () => {
  const names = fc.constantFrom('-x/', '.', '0/a', '/', '/a', '/b/c', '/~', '/é', '/g', '/h');
  const days = fc.constantFrom(...DAYS.map((day) => day.slice(0, -1)), 'raw/x', 'raw', 'rawer/x');
  const paths = fc.uniqueArray(
    fc.tuple(days, names).map((parts) => parts.join('') + 'f'),
    { minLength: 15, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(
      paths,
      fc.subarray(DAYS, { minLength: 2 }),
      fc.integer({ min: 1, max: 12 }),
      async (all, asked, size) => {
        const store = await storeOf(all, size);
        const alone = await Promise.all(asked.map((prefix) => new ListingCache().list(store, prefix)));
        expect(await new ListingCache().listEach(store, asked, 'raw/')).toEqual(alone);
      },
    ),
  );
});
