/** Neighbours that are asked for at the same time: read as one span where that is shorter, and always as if each had been listed by itself. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import type { ListOptions, ObjectStore } from '../../src/store/object-store.js';
import { spanning } from '../../src/store/span.js';
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

function listed(store: ObjectStore, prefixes: readonly string[], options?: ListOptions) {
  const spanned = spanning(store);
  return Promise.all(
    prefixes.map(async (prefix) => (await listAll(spanned, prefix, options)).map(({ path }) => path)),
  );
}

it('reads neighbours with one request', async () => {
  const { store, pages } = watched(await storeOf(DAYS.map((day) => `${day}a.parquet`)));
  expect(await listed(store, DAYS)).toEqual(DAYS.map((day) => [`${day}a.parquet`]));
  expect(pages).toEqual(['raw/']);
  expect(await listed(store, [DAYS[2]!, DAYS[2]!])).toEqual([
    [`${DAYS[2]}a.parquet`],
    [`${DAYS[2]}a.parquet`],
  ]);
  expect(pages).toEqual(['raw/', DAYS[2], DAYS[2]]);
});

it('knows at the end of the bucket that there is nothing more', async () => {
  const { store, pages } = watched(await storeOf([`${DAYS[0]}a.parquet`]));
  expect(await listed(store, DAYS)).toEqual([[`${DAYS[0]}a.parquet`], ...DAYS.slice(1).map(() => [])]);
  expect(pages).toEqual(['raw/']);
});

it('reads again what is asked for later, and knows what came meanwhile', async () => {
  const plain = await storeOf(DAYS.map((day) => `${day}a.parquet`));
  const { store, pages } = watched(plain);
  const spanned = spanning(store);
  await Promise.all(DAYS.map((day) => listAll(spanned, day)));
  await plain.put(`${DAYS[0]}b.parquet`, { bytes: new Uint8Array([1]) }, { kind: 'create' });
  const [first] = await Promise.all(DAYS.map((day) => listAll(spanned, day)));
  expect(first).toHaveLength(2);
  expect(pages).toEqual(['raw/', 'raw/']);
});

it('lists one by one what lies behind two pages, below other parents, or goes on behind a path', async () => {
  const files = DAYS.flatMap((day) => [1, 2, 3].map((n) => `${day}${n}.parquet`));
  const own = (days: readonly string[]) => days.map((day) => files.filter((file) => file.startsWith(day)));
  const near = [DAYS[0]!, DAYS[1]!, DAYS[5]!];
  const paged = watched(await storeOf(files, 7));
  expect(await listed(paged.store, near)).toEqual(own(near));
  expect(paged.pages).toEqual(['raw/', 'raw/', DAYS[5]]);
  const cousins = watched(await storeOf(['a/x/1', 'b/x/1']));
  expect(await listed(cousins.store, ['a/x/', 'b/x/'])).toEqual([['a/x/1'], ['b/x/1']]);
  expect(cousins.pages).toEqual(['a/x/', 'b/x/']);
  const later = watched(await storeOf(files));
  const after = { after: `${DAYS[0]}2.parquet` };
  expect(await listed(later.store, DAYS.slice(0, 2), after)).toEqual([
    [`${DAYS[0]}3.parquet`],
    ...own([DAYS[1]!]),
  ]);
  expect(later.pages).toEqual(DAYS.slice(0, 2));
});

it('lists one by one where what is above may not be listed', async () => {
  const files = DAYS.map((day) => `${day}a.parquet`);
  const denied = watched(await storeOf(files), (prefix) => prefix === 'raw/');
  expect(await listed(denied.store, DAYS)).toEqual(files.map((file) => [file]));
  expect(denied.pages).toEqual(DAYS);
  const closed = watched(await storeOf(files), () => true);
  await expect(listed(closed.store, DAYS)).rejects.toMatchObject({
    code: 'STORE_DENIED',
    message: `no s3:ListBucket on ${DAYS[0]}`,
  });
});

it('asks a store that fails once, not once more for each prefix, and stops when it is cancelled', async () => {
  const { store, pages } = watched(await storeOf([]), () => {
    pages.push('asked');
    throw new LakefillError('STORE_UNAVAILABLE', 'nobody answers');
  });
  const spanned = spanning(store);
  const ends = await Promise.allSettled(DAYS.map((day) => listAll(spanned, day)));
  expect(ends.map((end) => end.status === 'rejected' && (end.reason as LakefillError).code)).toEqual(
    DAYS.map(() => 'STORE_UNAVAILABLE'),
  );
  expect(pages).toEqual(['asked']);
  const open = watched(await storeOf([]));
  const signal = AbortSignal.abort();
  await expect(listed(open.store, DAYS, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('gives what listing each prefix gives, however the pages fall', async () => {
  const names = fc.constantFrom('-x/', '.', '0/a', '/', '/a', '/b/c', '/~', '/é', '/g', '/h');
  const days = fc.constantFrom(...DAYS.map((day) => day.slice(0, -1)), 'raw/x', 'raw', 'rawer/x');
  const paths = fc.uniqueArray(
    fc.tuple(days, names).map((parts) => parts.join('') + 'f'),
    { minLength: 15, maxLength: 40 },
  );
  const asked = fc.subarray(DAYS, { minLength: 2 });
  await fc.assert(
    fc.asyncProperty(paths, asked, fc.integer({ min: 1, max: 12 }), async (all, prefixes, size) => {
      const store = await storeOf(all, size);
      const alone = prefixes.map((prefix) => [...all].filter((path) => path.startsWith(prefix)).sort());
      expect((await listed(store, prefixes)).map((found) => [...found].sort())).toEqual(alone);
    }),
  );
});
