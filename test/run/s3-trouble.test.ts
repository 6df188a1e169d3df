/** Trouble on S3, end to end: what is not known is called unknown and left alone; what moved is never mixed; refusals say what to do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Condition } from '../support/s3-server/conditions.js';
import { endsOf } from './staged-lake.js';
import { DAYS, S3Lake } from './s3-lake.js';

vi.setConfig({ testTimeout: 300_000 });

const [FIRST, SECOND, THIRD] = DAYS as [string, string, string];

let lake: S3Lake;
beforeEach(async () => {
  lake = await S3Lake.make();
});
afterEach(() => lake.close());

const denied = { kind: 'status', status: 403, code: 'AccessDenied' } as const;

async function published(): Promise<void> {
  for (const day of DAYS) await lake.putRaw(day, 3);
  const project = await lake.open();
  expect((await project.apply(await project.plan())).counts).toEqual({ promoted: 3 });
}

describe('a target that cannot be listed', () => {
  it('to its end is unknown, and nothing is planned or rewritten', async () => {
    await published();
    const filler = lake.lake.current(lake.paths()[0]!)!;
    for (let i = 0; i < 2500; i++)
      lake.lake.put(`clean/sales/dt=2025-01-01/x-${String(i).padStart(4, '0')}.parquet`, filler);
    const before = lake.paths();
    const isThird = (query: URLSearchParams) => query.get('continuation-token') !== null;
    // Every page from the third on is refused, whoever asks.
    let pages = 0;
    lake.server.faults.plant({
      operation: 'ListObjectsV2',
      times: Infinity,
      action: {
        kind: 'run',
        run: (request) => {
          if (request.bucket === 'lake' && isThird(request.query)) pages++;
          if (pages >= 2) lake.server.denied.add('s3:ListBucket');
        },
      },
    });
    const project = await lake.open();
    const scanned = await project.scan().catch((error: unknown) => error as { code: string });
    if ('code' in scanned) expect(scanned.code).toBe('STORE_DENIED');
    else expect(scanned.datasets[0]!.counts).toEqual({ unknown: 3 });
    lake.server.denied.delete('s3:ListBucket');
    pages = 0;
    const planned = await project.plan({ only: ['all'] }).catch(() => null);
    expect(planned === null || planned.datasets.every(({ tasks }) => tasks.length === 0)).toBe(true);
    expect(lake.paths()).toEqual(before);
  });
});

describe('an input that changes', () => {
  it('between the plan and the download is never mixed: the key is left as it is, and due again', async () => {
    await lake.putRaw(FIRST, 3);
    const project = await lake.open();
    const plan = await project.plan({ partitions: [`dt=${FIRST}`] });
    await lake.putRaw(FIRST, 5, 1);
    const document = await project.apply(plan);
    expect(endsOf(document)[FIRST]).not.toBe('promoted');
    expect(lake.paths()).toEqual([]);
    expect((await project.apply(await project.plan({ partitions: [`dt=${FIRST}`] }))).counts).toEqual({
      promoted: 1,
    });
    expect(await lake.amounts(FIRST)).toEqual([4, 6, 8, 10, 12]);
  });

  it('between the listing of the run and its GET is noticed by If-Match', async () => {
    await lake.putRaw(FIRST, 3);
    const project = await lake.open();
    const plan = await project.plan({ partitions: [`dt=${FIRST}`] });
    let replaced = false;
    lake.server.faults.plant({
      operation: 'GetObject',
      key: /^sales\/dt=2025-01-01\//,
      action: {
        kind: 'run',
        run: () => {
          replaced = true;
          const raw = lake.server.buckets.get('raw')!;
          const object = raw.current('sales/dt=2025-01-01/part-0.parquet')!;
          raw.put('sales/dt=2025-01-01/part-0.parquet', { ...object, etag: '"another"' });
        },
      },
    });
    const document = await project.apply(plan);
    expect(replaced).toBe(true);
    expect(endsOf(document)[FIRST]).not.toBe('promoted');
    expect(lake.paths()).toEqual([]);
  });
});

describe('a store that does not enforce', () => {
  it.each<[Condition, string]>([
    ['put-if-none-match', 'refuse to create an object that exists'],
    ['complete-after-abort', 'refuse to complete an upload that was aborted'],
  ])('%s is refused before anything is visible, and taken with --single-writer', async (condition, words) => {
    lake.server.ignored.add(condition);
    await lake.putRaw(FIRST, 3);
    const project = await lake.open();
    const plan = await project.plan({ partitions: [`dt=${FIRST}`] });
    await expect(project.apply(plan)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining('--single-writer') as string,
    });
    expect(lake.paths()).toEqual([]);
    expect((await project.apply(plan, { singleWriter: true })).counts).toEqual({ promoted: 1 });
    expect(await lake.amounts(FIRST)).toEqual([2, 4, 6]);
  });

  it.each<[Condition, 'ignored' | 'refused']>([
    ['delete-if-match', 'ignored'],
    ['delete-if-match', 'refused'],
    ['copy-source-if-match', 'ignored'],
    ['put-if-match', 'ignored'],
  ])('%s (%s) is worked around', async (condition, how) => {
    lake.server[how].add(condition);
    await lake.putRaw(FIRST, 3);
    const project = await lake.open();
    const only = { partitions: [`dt=${FIRST}`] };
    expect((await project.apply(await project.plan(only))).counts).toEqual({ promoted: 1 });
    await lake.putRaw(FIRST, 4, 1);
    const second = await project.apply(await project.plan(only));
    expect(second.counts).toEqual({ promoted: 1 });
    expect(await lake.amounts(FIRST)).toEqual([4, 6, 8, 10]);
    expect((await project.rollback(second.id)).counts).toEqual({ promoted: 1 });
    expect(await lake.amounts(FIRST)).toEqual([2, 4, 6]);
  });
});

describe('a permission that is missing', () => {
  it('to delete: nothing is half published once it is there', async () => {
    await published();
    await lake.putRaw(SECOND, 5);
    lake.server.denied.add('s3:DeleteObject');
    const project = await lake.open();
    const document = await project
      .apply(await project.plan())
      .catch((error: unknown) => error as { code: string });
    expect('code' in document ? document.code : endsOf(document)[SECOND]).toMatch(/STORE_DENIED|failed/);
    lake.server.denied.clear();
    const again = await lake.open();
    await again.recover();
    await again.apply(await again.plan());
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6, 8, 10]);
    expect(await lake.amounts(THIRD)).toEqual([2, 4, 6]);
  });

  it('to delete at the dataset alone: found before the first publication', async () => {
    await lake.putRaw(FIRST, 3);
    const isTarget = (text: string) => text.includes('<Key>clean/sales/');
    lake.server.faults.plant({
      operation: 'DeleteObjects',
      times: Infinity,
      action: {
        kind: 'run',
        run: ({ body }) => {
          if (isTarget(body.toString())) lake.server.denied.add('s3:DeleteObject');
          else lake.server.denied.delete('s3:DeleteObject');
        },
      },
    });
    const project = await lake.open();
    await expect(project.apply(await project.plan({ partitions: [`dt=${FIRST}`] }))).rejects.toMatchObject({
      code: 'STORE_DENIED',
      hint: expect.stringContaining('s3:DeleteObject on arn:aws:s3:::lake/clean/sales/') as string,
    });
    expect(lake.paths()).toEqual([]);
    expect(lake.paths('clean/_lakefill/sales/journal/')).toEqual([]);
  });

  it('to write: said before anything is done', async () => {
    await lake.putRaw(FIRST, 3);
    lake.server.denied.add('s3:PutObject');
    const project = await lake.open();
    await expect(project.apply(await project.plan({ partitions: [`dt=${FIRST}`] }))).rejects.toMatchObject({
      code: 'STORE_DENIED',
      hint: expect.stringContaining('s3:PutObject on arn:aws:s3:::lake/') as string,
    });
  });

  it('to read one input fails that key, and no other', async () => {
    for (const day of DAYS) await lake.putRaw(day, 3);
    lake.server.faults.plant({
      operation: 'GetObject',
      key: /dt=2025-01-02/,
      times: Infinity,
      action: denied,
    });
    const project = await lake.open();
    expect(endsOf(await project.apply(await project.plan()))).toEqual({
      [FIRST]: 'promoted',
      [SECOND]: 'failed STORE_DENIED',
      [THIRD]: 'promoted',
    });
  });
});
