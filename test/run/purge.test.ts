/** `gc --purge` as the library does it: patterns, what waits for a decision, and what a rollback says afterwards; on a local lake. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endsOf, StagedLake } from './staged-lake.js';

vi.setConfig({ testTimeout: 120_000 });

const [FIRST, SECOND, THIRD] = ['2025-01-01', '2025-01-02', '2025-01-03'];
const key = (day: string) => `dt=${day}`;

describe('gc with purge', () => {
  let lake: StagedLake;
  beforeEach(async () => {
    lake = await StagedLake.make();
    await lake.run();
  });
  afterEach(() => lake.remove());

  /** Keys of which an earlier generation is kept. */
  async function retained(): Promise<string[]> {
    const root = path.join(lake.dir, 'lake', '_lakefill', 'sales', 'retained');
    const found = await readdir(root, { recursive: true }).catch(() => []);
    return [
      ...new Set(found.filter((name) => name.endsWith('.parquet')).map((name) => name.split('/')[0]!)),
    ].sort();
  }

  it('removes what is kept of the keys of a range; their run cannot be rolled back there any more', async () => {
    for (const day of [FIRST, SECOND, THIRD]) await lake.putRaw(day, 2, 5);
    const run = await lake.run();
    expect(await retained()).toEqual([FIRST, SECOND, THIRD].map(key));
    const dry = await lake.gc({ purge: [`${key(FIRST)}..${SECOND}`], dryRun: true });
    expect(await retained()).toHaveLength(3);
    const done = await lake.gc({ purge: [`${key(FIRST)}..${SECOND}`] });
    expect(done).toMatchObject({
      objects: dry.objects,
      bytes: dry.bytes,
      purge: [`${key(FIRST)}..${SECOND}`],
    });
    expect(done.datasets[0]!.items).toMatchObject([
      { kind: 'retained', removed: true },
      { kind: 'retained', removed: true },
    ]);
    expect(await retained()).toEqual([key(THIRD)]);
    const back = await lake.rollback(run.id);
    expect(endsOf(back)).toEqual({
      [FIRST]: 'failed not-retained',
      [SECOND]: 'failed not-retained',
      [THIRD]: 'promoted',
    });
    expect(await lake.amounts(FIRST)).toEqual([12, 14]);
    expect((await lake.gc({ purge: [key(FIRST)] })).objects).toBe(0);
  });

  it('leaves staged output that waits, and says so; takes it once it can be published no more', async () => {
    for (const day of [FIRST, SECOND]) await lake.putRaw(day, 2, 5);
    const staged = await lake.run({ stageOnly: true });
    const first = await lake.gc({ purge: [key(FIRST)] });
    expect(first.objects).toBe(0);
    expect(first.datasets[0]!.items).toMatchObject([
      { kind: 'staging', removed: false, kept: true, objects: 2 },
    ]);
    expect(first.datasets[0]!.items[0]!.why).toContain(`promote or discard run ${staged.id}`);

    // What readers find at the first moved on; the second still waits.
    await lake.run({ partitions: [key(FIRST)] });
    const dry = await lake.gc({ purge: [key(FIRST)], dryRun: true });
    const done = await lake.gc({ purge: ['**'] });
    expect(dry.objects).toBe(done.objects);
    expect(done.datasets[0]!.items.map(({ kind, removed }) => [kind, removed])).toEqual([
      ['retained', true],
      ['staging', true],
      ['staging', false],
    ]);
    expect(new Set((await lake.staged()).map((name) => name.split('/').slice(0, 2).join('/')))).toEqual(
      new Set([`${staged.id}/${key(SECOND)}`]),
    );
    expect(endsOf(await lake.promote(staged.id))).toEqual({ [SECOND]: 'promoted' });
    expect(await lake.amounts(SECOND)).toEqual([12, 14]);
  });

  it('takes nothing where a record of the run cannot be read', async () => {
    await lake.putRaw(FIRST, 2, 5);
    const staged = await lake.run({ stageOnly: true });
    const record = (await lake.staged()).find((name) => name.endsWith('staged.json'))!;
    await writeFile(lake.stagedFile(record), '{"format":"lakefill.staged/9"}');
    const { objects, datasets } = await lake.gc({ purge: [key(FIRST)] });
    expect(objects).toBe(0);
    expect(datasets[0]!.items).toMatchObject([{ kind: 'staging', kept: true }]);
    expect(datasets[0]!.items[0]!.why).toContain(`what run ${staged.id} staged cannot be read`);
  });

  it('finds copies of keys that neither the definition nor the journal knows', async () => {
    const folder = path.join(
      lake.dir,
      'lake',
      '_lakefill',
      'sales',
      'staging',
      '20240101T000000-000001',
      'dt=2024-01-01',
    );
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'part-00000.parquet'), 'rows');
    const { objects } = await lake.gc({ purge: ['dt=2024-*'] });
    expect(objects).toBe(1);
    expect(await lake.staged()).toEqual([]);
  });

  it('refuses a pattern that names no partition, before anything is removed, with the nearest', async () => {
    await lake.putRaw(FIRST, 2, 5);
    await lake.run();
    await expect(lake.gc({ purge: [key(FIRST), 'dt=2025-01-93'] })).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
      message: "--purge 'dt=2025-01-93' matches no partition. Nothing was removed.",
      hint: `Did you mean '${key(THIRD)}'?`,
    });
    expect(await retained()).toEqual([key(FIRST)]);
  });

  it('collects nothing else: an empty list removes nothing, what is expired stays', async () => {
    await lake.putRaw(FIRST, 2, 5);
    await lake.run();
    lake.ahead = 400 * 86_400_000;
    expect(await lake.gc({ purge: [] })).toMatchObject({ objects: 0 });
    expect((await lake.gc({ purge: [key(SECOND)] })).objects).toBe(0);
    expect(await retained()).toEqual([key(FIRST)]);
  });
});
