/** Staged output on S3: looked at, promoted, discarded, refused, retried; through the public API. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endsOf } from './staged-lake.js';
import { DAYS, S3Lake } from './s3-lake.js';

vi.setConfig({ testTimeout: 300_000 });

const [FIRST, SECOND, THIRD] = DAYS as [string, string, string];
const STAGING = 'clean/_lakefill/sales/staging/';

let lake: S3Lake;
beforeEach(async () => {
  lake = await S3Lake.make();
  for (const day of DAYS) await lake.putRaw(day, 3);
});
afterEach(() => lake.close());

const parquet = (paths: string[]) => paths.filter((path) => path.endsWith('.parquet'));

describe('staged output on S3', () => {
  it('is invisible, compared, promoted once and discarded in part', async () => {
    const project = await lake.open();
    const staged = await project.apply(await project.plan({ stageOnly: true }));
    expect(staged.counts).toEqual({ staged: 3 });
    expect(lake.paths()).toEqual([]);
    expect(parquet(lake.paths(STAGING))).toHaveLength(3);

    expect(endsOf(await project.promote(staged.id, { partitions: [`dt=${FIRST}`] }))).toEqual({
      [FIRST]: 'promoted',
    });
    expect(await lake.amounts(FIRST)).toEqual([2, 4, 6]);
    expect(endsOf(await project.discard(staged.id, { partitions: [`dt=${THIRD}`] }))).toEqual({
      [THIRD]: 'skipped discarded',
    });
    // Another process decides about the rest.
    const rest = await (await lake.open()).promote(staged.id);
    expect(endsOf(rest)).toEqual({
      [FIRST]: 'unchanged already-promoted',
      [SECOND]: 'promoted',
      [THIRD]: 'skipped discarded',
    });
    expect(parquet(lake.paths(STAGING))).toEqual([]);
  });

  it('is compared with what readers find, row by row', async () => {
    const project = await lake.open();
    await project.apply(await project.plan());
    await lake.putRaw(SECOND, 4, 1);
    const staged = await project.apply(await project.plan({ stageOnly: true }));
    const compared = (await project.diff({ run: staged.id })).datasets[0]!.partitions;
    expect(compared).toMatchObject([
      {
        key: `dt=${SECOND}`,
        before: { what: 'current', rows: 3 },
        after: { what: 'staged', rows: 4 },
        rows: { onlyBefore: 0, onlyAfter: 1, changed: 3, equal: 0 },
        error: null,
      },
    ]);
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6]);
  });

  it('is not published where readers find something else by now', async () => {
    const project = await lake.open();
    const staged = await project.apply(await project.plan({ stageOnly: true }));
    await project.apply(await project.plan({ partitions: [`dt=${SECOND}`] }));
    expect(endsOf(await project.promote(staged.id))).toMatchObject({ [SECOND]: 'conflict base-moved' });
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6]);
    expect(await lake.amounts(THIRD)).toEqual([2, 4, 6]);
  });

  it('is not published when its bytes are not those that were checked', async () => {
    const project = await lake.open();
    const staged = await project.apply(await project.plan({ stageOnly: true }));
    const path = parquet(lake.paths(`${STAGING}${staged.id}/dt=${SECOND}/`))[0]!;
    const object = lake.lake.current(path)!;
    const bytes = Buffer.from(object.content.read(0, object.content.size));
    bytes[10]! ^= 1;
    // The version looks the same: only the bytes are others.
    lake.lake.put(path, { ...object, content: { ...object.content, read: (a, b) => bytes.subarray(a, b) } });
    expect(endsOf(await project.promote(staged.id))).toMatchObject({
      [FIRST]: 'promoted',
      [SECOND]: expect.stringContaining('staged-damaged') as string,
    });
    expect(await lake.amounts(SECOND)).toEqual([]);
  });

  it('ends whole wherever credentials expire in a promotion, and a second promotion finishes it', async () => {
    const project = await lake.open();
    const staged = await project.apply(await project.plan({ stageOnly: true }));
    const keys = { partitions: [`dt=${SECOND}`] };
    const action = { kind: 'status', status: 400, code: 'ExpiredToken' } as const;
    let stops = 0;
    for (let nth = 1; ; nth += 4) {
      const planted = lake.server.faults.plant({ nth, times: Infinity, action });
      const ended = await project.promote(staged.id, keys).then(
        (document) => endsOf(document)[SECOND],
        (error: unknown) => (error as { code: string }).code,
      );
      planted.remove();
      // As if the process were gone: this one lives, and could not take its lease back.
      for (const lease of lake.paths('clean/_lakefill/sales/leases/')) lake.lake.remove(lease, Date.now());
      expect([[], [2, 4, 6]]).toContainEqual(await lake.amounts(SECOND));
      if (planted.hits === 0) {
        expect(ended).toBe('unchanged already-promoted');
        break;
      }
      stops++;
    }
    expect(stops).toBeGreaterThan(5);
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6]);
  });
});

describe('retry on S3', () => {
  it('takes the keys that did not end well, and nothing else', async () => {
    await lake.putRaw(SECOND, 3, null);
    const project = await lake.open();
    const first = await project.apply(await project.plan());
    expect(endsOf(first)).toMatchObject({ [FIRST]: 'promoted', [THIRD]: 'promoted' });
    expect(endsOf(first)[SECOND]).toMatch(/^rejected/);
    await lake.putRaw(SECOND, 5);
    await lake.putRaw(THIRD, 5);
    expect(endsOf(await project.retry(first.id))).toEqual({ [SECOND]: 'promoted' });
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6, 8, 10]);
    expect(await lake.amounts(THIRD)).toEqual([2, 4, 6]);
  });
});
