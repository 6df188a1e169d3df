/** A local lake whose files were copied, touched or written into: what their versions say is not what their bytes are. */
import { copyFileSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import type { ObjectInfo, ObjectStore } from '../../src/store/object-store.js';
import { temporaryFolder } from '../store/fixtures.js';
import { Lake, journalOf, produced, showing, sketch } from '../support/lake.js';

/** An encrypted footer: whole, as far as a scan can tell. */
const PARQUET = `${'x'.repeat(100)}PARE`;

let dir: string;
let store: ObjectStore;
let reads: string[];
beforeEach(() => {
  dir = temporaryFolder();
  const local = createLocalStore();
  reads = [];
  store = Object.create(local, {
    get: {
      value: (path: string, options?: Parameters<ObjectStore['get']>[1]) => {
        if (options?.range?.start === 0) reads.push(path.slice(path.lastIndexOf('/') + 1));
        return local.get(path, options);
      },
    },
  }) as ObjectStore;
});
afterEach(() => rmSync(dir, { recursive: true }));

const fileOf = (day: string, name = 'x.parquet') => `${dir}/clean/dt=2025-01-${day}/${name}`;

async function written(day: string, content = PARQUET, name = 'x.parquet'): Promise<ObjectInfo> {
  const file = fileOf(day, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return (await store.head(file.slice(1)))!;
}

/** A scan of a dataset whose journal names these files, each with the SHA-256 of `PARQUET`. */
async function scanned(files: Readonly<Record<string, ObjectInfo>>, deep = false) {
  const lake = new Lake('2025-01-04T00:00:00Z');
  const dataset = sketch({ target: `${dir}/clean/dt={dt}/`, time: { end: '2025-01-03' } });
  const states = Object.entries(files).map(([day, file]) =>
    produced(dataset, `dt=2025-01-${day}`, [{ ...file, sha256: sha256(PARQUET) }]),
  );
  lake.add(dataset, showing(journalOf(...states)));
  const scan = await lake.scan(dataset, { stores: () => store, deep });
  const statuses = scan.keys
    .filter((key) => key.managed)
    .map(({ status, reasons }) => [status, ...reasons.map((reason) => reason.message)].join(': '));
  return { statuses, notes: scan.notes };
}

function copyInPlace(file: string): void {
  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
}

/** As an editor that restores the modification time would, to the microsecond that utimes() can set. */
function editInPlace(file: string, content: string): void {
  const { mtimeMs } = statSync(file);
  writeFileSync(file, content);
  utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
}

it('takes copies for what they are, says so once, and reads only what differs in version', async () => {
  const files = { '01': await written('01'), '02': await written('02'), '03': await written('03') };
  copyInPlace(fileOf('01'));
  utimesSync(fileOf('02'), 1, 1);
  reads = [];
  expect(await scanned(files)).toEqual({
    statuses: ['fresh', 'fresh', 'fresh'],
    notes: [
      {
        code: 'copied',
        message:
          "2 files copied, restored or touched since publication; the bytes are the published ones (SHA-256). 'lakefill recover' records them, so that they are not read again",
      },
    ],
  });
  expect(reads).toHaveLength(2);
});

it('still sees a file that was replaced by other bytes of the same size, and by another size without reading it whole', async () => {
  const files = { '01': await written('01'), '02': await written('02') };
  await written('01', PARQUET.replace('x', 'y'));
  await written('02', `x${PARQUET}`);
  reads = [];
  const { statuses, notes } = await scanned(files);
  expect(statuses).toEqual(['stale: x.parquet was replaced', 'stale: x.parquet was replaced']);
  expect(notes).toEqual([]);
});

it('finds an edit that kept size and modification time with deep only', async () => {
  const before = await written('01');
  utimesSync(fileOf('01'), 1000, 1000);
  const file = (await store.head(before.path))!;
  editInPlace(fileOf('01'), PARQUET.replace('x', 'y'));
  expect((await store.head(before.path))!.etag).toBe(file.etag);
  expect((await scanned({ '01': file })).statuses).toEqual(['fresh']);
  expect((await scanned({ '01': file }, true)).statuses).toEqual([
    'stale: x.parquet has other bytes than were published: it was written into, or the disk damaged it',
  ]);
});

it('does not conclude from a file that cannot be read', async () => {
  const file = await written('01');
  copyInPlace(fileOf('01'));
  const failing = store;
  store = Object.create(failing, {
    get: { value: () => Promise.reject(new Error('planted')) },
  }) as ObjectStore;
  expect((await scanned({ '01': file })).statuses[0]).toMatch(/^unknown: .*x\.parquet: planted/);
});
