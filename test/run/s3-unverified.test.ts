/** Inputs whose store gives no checksum: they are read, and every document says that nothing proved their bytes. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderRunSummary } from '../../src/cli/render/run.js';
import type { StoredObject } from '../support/s3-server/types.js';
import { plain } from '../cli/support/documents.js';
import { expectValid } from '../cli/support/schemas.js';
import { DAYS, S3Lake } from './s3-lake.js';

vi.setConfig({ testTimeout: 300_000 });

const [PROVEN, NONE, COMPOSITE] = DAYS as [string, string, string];

let lake: S3Lake;
beforeEach(async () => {
  lake = await S3Lake.make();
  for (const day of DAYS) await lake.putRaw(day, 3);
});
afterEach(() => lake.close());

/** As a multipart upload without checksums, or with those of its parts only, leaves an object. */
function remake(day: string, checksum: StoredObject['checksum']): void {
  const raw = lake.server.buckets.get('raw')!;
  const key = `sales/dt=${day}/part-0.parquet`;
  const object = raw.current(key)!;
  const content = { ...object.content, real: false };
  raw.put(key, { ...object, content, checksum, etag: '"parts-2"', attributes: {} });
}

it('says of each partition what it read unproven, also once staged output is promoted, and of all in one line', async () => {
  remake(NONE, null);
  remake(COMPOSITE, { algorithm: 'crc32', value: 'AAAAAA==-2', type: 'COMPOSITE' });
  const project = await lake.open();
  const staged = await project.apply(await project.plan({ stageOnly: true }));
  const promoted = await project.promote(staged.id, { partitions: [`dt=${NONE}`] });
  expect(await lake.amounts(NONE)).toEqual([2, 4, 6]);

  expectValid('run', staged);
  const told = staged.datasets[0]!.partitions.map(({ key, unverified }) => [key, unverified]);
  expect(told).toEqual([
    [`dt=${PROVEN}`, undefined],
    [`dt=${NONE}`, [{ input: 'raw', objects: 1, reason: 'no-checksum' }]],
    [`dt=${COMPOSITE}`, [{ input: 'raw', objects: 1, reason: 'composite-checksum' }]],
  ]);
  expect(promoted.datasets[0]!.partitions).toMatchObject([
    { outcome: 'promoted', unverified: [{ input: 'raw', reason: 'no-checksum' }] },
  ]);

  const view = { ...plain, dryRun: false, justEnded: true };
  const lines = (quiet: boolean) =>
    renderRunSummary(staged, { ...view, quiet }).filter((line) => line.includes('checksum'));
  expect(lines(false)).toEqual([
    '2 partitions read what could not be compared with a checksum: raw (the store gave none), raw (the store gave those of parts only)',
  ]);
  expect(lines(true)).toEqual([]);
});
