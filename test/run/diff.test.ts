/** Comparisons of staged, current and earlier output, by the real engine on a local lake. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PartitionDiff } from '../../src/run/diff-document.js';
import { expectValid } from '../cli/support/schemas.js';
import { StagedLake } from './staged-lake.js';

vi.setConfig({ testTimeout: 120_000 });

const [FIRST, SECOND] = ['2025-01-01', '2025-01-02'];
const only = { partitions: [`dt=${SECOND}`] };

let lake: StagedLake;
afterEach(() => lake.remove());

async function diff(run: string | null, keys = only): Promise<PartitionDiff> {
  const document = await lake.diff({ ...(run === null ? {} : { run }), ...keys });
  expectValid('diff', JSON.parse(JSON.stringify(document)));
  expect(document.run).toBe(run);
  expect(document.datasets[0]!.partitions).toHaveLength(1);
  expect(document.datasets[0]!.partitions[0]!.error).toBeNull();
  return document.datasets[0]!.partitions[0]!;
}

describe('diff of a run that staged', () => {
  it('shows a first output whole', async () => {
    lake = await StagedLake.make();
    const { id } = await lake.run({ stageOnly: true });
    const first = await diff(id);
    expect(first).toMatchObject({
      before: { what: 'absent', generation: null, files: 0, rows: 0 },
      after: { what: 'staged', run: id, generation: null, files: 1, rows: 3 },
      by: ['id'],
      rows: { onlyBefore: 0, onlyAfter: 3, changed: 0, equal: 0 },
      sums: [
        { name: 'id', before: null, after: 6 },
        { name: 'amount', before: null, after: 12 },
      ],
      error: null,
    });
    expect(first.schema.added.map(({ name }) => name)).toEqual(['id', 'ts', 'amount']);
    expect(first.samples.onlyAfter[0]).toMatchObject({ id: 1, amount: 2 });
  });

  it('compares rows by key, columns, sums and schema with what readers find', async () => {
    lake = await StagedLake.make('schema: { policy: any }\n');
    await lake.run();
    await lake.putRaw(SECOND, 5);
    await lake.setSql(
      `SELECT id + 1 AS id, ts, CASE id WHEN 1 THEN 99 ELSE (id + 1) * 2 END::INTEGER AS amount, 'x' AS note FROM raw`,
    );
    const { id } = await lake.run({ stageOnly: true, ...only });
    const told = await diff(id);
    expect(told).toMatchObject({
      before: { what: 'current', generation: 1, rows: 3 },
      after: { what: 'staged', rows: 5 },
      schema: {
        added: [{ name: 'note', type: 'VARCHAR' }],
        removed: [],
        changed: [{ name: 'amount', before: 'BIGINT', after: 'INTEGER' }],
      },
      by: ['id'],
      // Before: ids 1, 2, 3. After: ids 2..6, of which id 2 has another amount; the times moved with the ids.
      rows: { onlyBefore: 1, onlyAfter: 3, changed: 2, equal: 0 },
      notes: [],
    });
    expect(told.columns).toEqual([
      { name: 'id', equal: 2, compared: 2, ratio: 1 },
      { name: 'ts', equal: 0, compared: 2, ratio: 0 },
      { name: 'amount', equal: 1, compared: 2, ratio: 0.5 },
    ]);
    expect(told.sums).toContainEqual({ name: 'amount', before: 12, after: 99 + 6 + 8 + 10 + 12 });
    expect(told.samples.onlyBefore.map((row) => row['id'])).toEqual([1]);
    expect(told.samples.onlyAfter.map((row) => row['id'])).toEqual([4, 5, 6]);
    expect(told.samples.changed[0]).toMatchObject({
      before: { id: 2, amount: '4' },
      after: { id: 2, amount: '99' },
    });
  });

  it('compares whole rows, each as often as it stands there, when nothing tells rows apart', async () => {
    lake = await StagedLake.make('', '- notNull: [id]');
    await lake.setSql(`SELECT 1 AS id, $partition_start::TIMESTAMP AS ts, 7 AS amount FROM raw`);
    await lake.run();
    await lake.putRaw(SECOND, 5);
    const { id } = await lake.run({ stageOnly: true });
    expect(await diff(id)).toMatchObject({
      by: null,
      rows: { onlyBefore: 0, onlyAfter: 2, changed: null, equal: 3 },
      columns: [],
      notes: [],
    });
  });

  it('shows refused output, whose key repeats, by whole rows, and says that it is never promoted', async () => {
    lake = await StagedLake.make();
    await lake.run(only);
    await lake.setSql(`SELECT 1 AS id, ts, amount * 2 AS amount FROM raw`);
    const { id, counts } = await lake.run({ only: ['all'], ...only });
    expect(counts).toEqual({ rejected: 1 });
    const told = await diff(id);
    expect(told).toMatchObject({ by: null, rows: { onlyBefore: 2, onlyAfter: 2, equal: 1 } });
    expect(told.notes).toEqual([
      'The checks refused the staged output: it is never promoted.',
      '(id) does not tell all rows apart, so whole rows were compared.',
    ]);
  });

  it('says when readers find something else by now', async () => {
    lake = await StagedLake.make();
    const { id } = await lake.run({ stageOnly: true });
    await lake.run();
    expect(await diff(id)).toMatchObject({
      rows: { onlyBefore: 0, onlyAfter: 0, changed: 0, equal: 3 },
      notes: ['What readers find changed after the output was staged: it cannot be promoted.'],
    });
  });

  it('says why discarded output cannot be compared, and goes on with the others', async () => {
    lake = await StagedLake.make();
    const { id } = await lake.run({ stageOnly: true });
    await lake.discard(id, only);
    const { datasets } = await lake.diff({ run: id });
    const codes = datasets[0]!.partitions.map(({ error }) => error?.code ?? null);
    expect(codes).toEqual([null, 'staged-damaged', null]);
  });
});

describe('diff of what was published', () => {
  it('compares a run, a promotion and the latest two generations of a key', async () => {
    lake = await StagedLake.make();
    await lake.run();
    await lake.putRaw(SECOND, 4);
    const staged = await lake.run({ stageOnly: true });
    const promoted = await lake.promote(staged.id);
    const expected = {
      before: { what: 'retained', generation: 1, rows: 3 },
      after: { what: 'current', generation: 2, run: promoted.id, rows: 4 },
      rows: { onlyBefore: 0, onlyAfter: 1, changed: 0, equal: 3 },
    };
    for (const run of [staged.id, promoted.id, null]) expect(await diff(run)).toMatchObject(expected);
    await lake.putRaw(SECOND, 5);
    await lake.run();
    expect(await diff(promoted.id)).toMatchObject({
      ...expected,
      after: { ...expected.after, what: 'retained' },
    });
  });

  it('says what there is nothing to compare for', async () => {
    lake = await StagedLake.make();
    await expect(lake.diff({})).rejects.toMatchObject({ code: 'USAGE' });
    await expect(lake.diff({ run: 'nope' })).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    await expect(lake.diff(only)).rejects.toMatchObject({ code: 'SELECTION_INVALID' });
    await lake.run();
    expect(await diff(null, { partitions: [`dt=${FIRST}`] })).toMatchObject({
      before: { what: 'absent', rows: 0 },
      after: { what: 'current', generation: 1 },
      rows: { onlyAfter: 3 },
    });
  });
});
