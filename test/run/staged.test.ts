/** Output that a run staged: promoted, discarded, refused; on a local lake with the real engine. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faults } from '../../src/store/fault.js';
import { endsOf, StagedLake } from './staged-lake.js';

vi.setConfig({ testTimeout: 120_000 });

const DAY_MS = 86_400_000;
const [FIRST, SECOND, THIRD] = ['2025-01-01', '2025-01-02', '2025-01-03'];

describe('staged output', () => {
  let lake: StagedLake;
  beforeEach(async () => {
    lake = await StagedLake.make();
  });
  afterEach(() => lake.remove());

  const stage = () => lake.run({ stageOnly: true });

  it('is invisible, says until when it is kept, and is promoted once', async () => {
    const staged = await stage();
    expect(staged).toMatchObject({ exitCode: 0, counts: { staged: 3 } });
    expect(Date.parse(staged.stagedUntil!) - Date.parse(staged.startedAt)).toBe(14 * DAY_MS);
    expect(await lake.amounts(SECOND)).toEqual([]);

    await expect(lake.rollback(staged.id)).rejects.toMatchObject({
      message: expect.stringContaining('nothing of it was promoted') as string,
      hint: `'lakefill discard ${staged.id}' removes what it staged.`,
    });
    const preview = await lake.promote(staged.id, { dryRun: true });
    expect(endsOf(preview)).toEqual({
      [FIRST]: 'skipped dry-run',
      [SECOND]: 'skipped dry-run',
      [THIRD]: 'skipped dry-run',
    });
    expect(await lake.amounts(SECOND)).toEqual([]);

    const promoted = await lake.promote(staged.id, { reason: 'looked at' });
    expect(promoted).toMatchObject({
      command: 'promote',
      plan: staged.plan,
      reason: 'looked at',
      exitCode: 0,
      counts: { promoted: 3 },
    });
    expect(promoted.datasets[0]!.partitions[0]).toMatchObject({ generation: 1, rows: { output: 3 } });
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6]);
    expect((await lake.staged()).filter((name) => name.endsWith('.parquet'))).toEqual([]);

    const again = await lake.promote(staged.id);
    expect(again).toMatchObject({ exitCode: 0, counts: { unchanged: 3 } });
    expect(endsOf(again)[SECOND]).toBe('unchanged already-promoted');

    const wrong = {
      message: expect.stringContaining(`${promoted.id} promoted it`) as string,
      hint: `Undo what was promoted: lakefill rollback ${promoted.id}.`,
    };
    await expect(lake.rollback(staged.id)).rejects.toMatchObject(wrong);
    await lake.rollback(promoted.id);
    expect(await lake.amounts(SECOND)).toEqual([]);
    expect(endsOf(await lake.promote(staged.id))[SECOND]).toBe('conflict replaced-since');
    expect(await lake.amounts(SECOND)).toEqual([]);
  });

  it('is promoted and discarded in part', async () => {
    const staged = await stage();
    expect(endsOf(await lake.promote(staged.id, { from: SECOND, to: SECOND }))).toEqual({
      [SECOND]: 'promoted',
    });
    const discarded = await lake.discard(staged.id, { partitions: ['dt=2025-01-02..2025-01-03'] });
    expect(discarded.exitCode).toBe(0);
    expect(endsOf(discarded)).toEqual({
      [SECOND]: 'unchanged already-promoted',
      [THIRD]: 'skipped discarded',
    });
    expect(endsOf(await lake.discard(staged.id, { partitions: [`dt=${THIRD}`] }))).toEqual({
      [THIRD]: 'unchanged already-discarded',
    });
    const rest = await lake.promote(staged.id);
    expect(endsOf(rest)).toEqual({
      [FIRST]: 'promoted',
      [SECOND]: 'unchanged already-promoted',
      [THIRD]: 'skipped discarded',
    });
    expect(rest.exitCode).toBe(0);
    const named = await lake.promote(staged.id, { partitions: [`dt=${THIRD}`] });
    expect(endsOf(named)).toEqual({ [THIRD]: 'blocked discarded' });
    expect(named.exitCode).toBe(3);
    expect(await lake.amounts(THIRD)).toEqual([]);
  });

  it('names what it does not know', async () => {
    const staged = await stage();
    await expect(lake.promote('20250101T000000Z-0000')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    await expect(lake.promote(staged.id, { partitions: ['dt=2025-01-04'] })).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
      hint: "Did you mean 'dt=2025-01-01'?",
    });
    await expect(lake.discard(staged.id, { from: '2025-02-01' })).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
    });
    const promoted = await lake.promote(staged.id);
    await expect(lake.promote(promoted.id)).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
      message: `Run ${promoted.id} left nothing staged. Nothing was done.`,
    });
  });

  it('is not published where readers find something else by now, and is kept', async () => {
    await lake.promote((await stage()).id);
    await lake.putRaw(SECOND, 4);
    await lake.putRaw(THIRD, 4);
    const staged = await stage();
    expect(staged.counts).toEqual({ staged: 2 });
    await lake.putRaw(SECOND, 5);
    expect((await lake.run()).counts).toEqual({ promoted: 2 });

    const late = await lake.promote(staged.id, { partitions: [`dt=${SECOND}`] });
    expect(endsOf(late)).toEqual({ [SECOND]: 'conflict base-moved' });
    expect(late.exitCode).toBe(10);
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6, 8, 10]);
    expect(await lake.staged()).toContain(`${staged.id}/dt=${SECOND}/part-00000.parquet`);
  });

  it('is refused past its expiry and kept by gc until then', async () => {
    const staged = await stage();
    lake.ahead = 14 * DAY_MS - 60_000;
    await lake.gc();
    expect(await lake.staged()).toHaveLength(6);
    expect(endsOf(await lake.promote(staged.id, { partitions: [`dt=${FIRST}`] }))[FIRST]).toBe('promoted');

    lake.ahead = 14 * DAY_MS;
    const late = await lake.promote(staged.id, { partitions: [`dt=${SECOND}`] });
    expect(late.datasets[0]!.partitions[0]).toMatchObject({
      outcome: 'blocked',
      error: {
        code: 'staging-expired',
        message: `Its staged output was kept until ${staged.stagedUntil}, which is past. Nothing was published.`,
      },
    });
    expect(await lake.amounts(SECOND)).toEqual([]);
    await lake.gc();
    expect(await lake.staged()).toEqual([]);
  });

  it('is never published when its checks refused it', async () => {
    await lake.putRaw(SECOND, 3, null);
    const staged = await stage();
    expect(staged.counts).toEqual({ staged: 2, rejected: 1 });

    const named = await lake.promote(staged.id, { partitions: [`dt=${SECOND}`] });
    expect(endsOf(named)).toEqual({ [SECOND]: 'rejected checks-refused' });
    expect(named.exitCode).toBe(12);
    const unit = await lake.promote(staged.id, { together: true });
    expect(endsOf(unit)).toEqual({
      [FIRST]: 'blocked together',
      [SECOND]: 'rejected checks-refused',
      [THIRD]: 'blocked together',
    });
    expect(await lake.amounts(FIRST)).toEqual([]);
    const all = await lake.promote(staged.id);
    expect(endsOf(all)).toEqual({
      [FIRST]: 'promoted',
      [SECOND]: 'skipped checks-refused',
      [THIRD]: 'promoted',
    });
    expect(all.exitCode).toBe(0);
    expect(await lake.amounts(SECOND)).toEqual([]);
  });

  it('is not published when its bytes are not those that were checked', async () => {
    const staged = await stage();
    const name = `${staged.id}/dt=${SECOND}/part-00000.parquet`;
    const bytes = await readFile(lake.stagedFile(name));
    bytes[10]! ^= 1;
    await writeFile(lake.stagedFile(name), bytes);
    const changed = await lake.promote(staged.id, { partitions: [`dt=${SECOND}`] });
    expect(changed.datasets[0]!.partitions[0]!.error).toMatchObject({
      code: 'staged-damaged',
      message: expect.stringContaining('was replaced by something else') as string,
    });

    // The same bytes flipped, and a record that names the version that is there now: only the SHA-256 tells.
    const record = `${staged.id}/dt=${SECOND}/staged.json`;
    const there = (await lake.store.head(lake.stagedFile(name).slice(1)))!;
    const text = await readFile(lake.stagedFile(record), 'utf8');
    const { etag } = (JSON.parse(text) as { partition: { files: { etag: string }[] } }).partition.files[0]!;
    await writeFile(lake.stagedFile(record), text.replace(etag, there.etag));
    const damaged = await lake.promote(staged.id, { partitions: [`dt=${SECOND}`] });
    expect(damaged.datasets[0]!.partitions[0]!.error).toMatchObject({
      code: 'staged-damaged',
      message: expect.stringContaining('are not those that were checked') as string,
    });
    expect(await lake.amounts(SECOND)).toEqual([]);
  });

  it('ends whole wherever a promotion stops, and a second promotion finishes it', async () => {
    const staged = await stage();
    const { store } = lake;
    const keys = { partitions: [`dt=${SECOND}`] };
    let stops = 0;
    for (let at = 1; ; at += 3) {
      // An outage from here on: nothing that the process meant to do afterwards happens.
      const outage = faults(store, { at, kind: 'fail-after', times: Infinity });
      lake.store = outage.store;
      const ended = await lake.promote(staged.id, keys).then(
        (document) => endsOf(document)[SECOND],
        () => 'died',
      );
      lake.store = store;
      // The process of the test lives on; that of an outage does not, and its lease would say so.
      await rm(path.join(lake.dir, 'lake/_lakefill/sales/leases'), { recursive: true, force: true });
      expect([[], [2, 4, 6]]).toContainEqual(await lake.amounts(SECOND));
      if (outage.calls.length < at) {
        expect(ended).toBe('unchanged already-promoted');
        break;
      }
      stops++;
    }
    expect(stops).toBeGreaterThan(5);
    expect(endsOf(await lake.promote(staged.id, keys))).toEqual({
      [SECOND]: 'unchanged already-promoted',
    });
    expect(await lake.amounts(SECOND)).toEqual([2, 4, 6]);
  });
});

describe('a dataset that publishes together', () => {
  it('promotes all or none', async () => {
    const lake = await StagedLake.make('together: true\n');
    try {
      const staged = await lake.run({ stageOnly: true });
      await lake.discard(staged.id, { partitions: [`dt=${THIRD}`] });
      expect(endsOf(await lake.promote(staged.id))).toEqual({
        [FIRST]: 'blocked together',
        [SECOND]: 'blocked together',
        [THIRD]: 'blocked discarded',
      });
      const two = await lake.promote(staged.id, { partitions: [`dt=${FIRST}`, `dt=${SECOND}`] });
      expect(two.counts).toEqual({ promoted: 2 });
    } finally {
      await lake.remove();
    }
  });
});
