/** The journal is gone, or comes back older than the lake: noticed, nothing is written on top of it, and made anew of what stands there. */
import { cpSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AdoptDocument, LakefillProject, RunDocument } from '../../src/index.js';
import { history } from '../../src/api/history.js';
import { encodeCheckpoint } from '../../src/journal/codec.js';
import { controlPaths } from '../../src/journal/control.js';
import { readJournal } from '../../src/journal/read.js';
import { systemClock } from '../../src/clock.js';
import { intercept } from '../../src/store/intercept.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import { expectValid } from '../cli/support/schemas.js';
import { TestLake, days, key, outcomes, ROWS, SALES_SQL } from '../e2e/lake.js';

const CONTROL = 'clean/_lakefill';

function localJournal(lake: TestLake) {
  const store = createLocalStore();
  return {
    store,
    control: controlPaths({ store: store.url, path: `${lake.path('clean/sales').slice(1)}/` }, null),
  };
}

function results(document: AdoptDocument): Record<string, string> {
  return Object.fromEntries(
    document.datasets[0]!.partitions.map((p) => [
      p.key,
      p.code === null ? p.result : `${p.result} ${p.code}`,
    ]),
  );
}

/** Every command that writes, on a lake where `run` was made before. */
function writers(run: RunDocument): Record<string, (project: LakefillProject) => Promise<unknown>> {
  return {
    run: async (project) => project.apply(await project.plan({ only: ['all'] })),
    'run with nothing to do': async (project) => project.apply(await project.plan()),
    retry: (project) => project.retry(run.id),
    promote: (project) => project.promote(run.id),
    discard: (project) => project.discard(run.id),
    rollback: (project) => project.rollback(run.id),
    recover: (project) => project.recover(),
    gc: (project) => project.gc(),
    'gc, as a dry run': (project) => project.gc({ dryRun: true }),
    adopt: (project) => project.adopt(),
  };
}

async function expectRefusals(lake: TestLake, run: RunDocument, example: RegExp): Promise<void> {
  const before = lake.tree();
  await lake.library(async (project) => {
    for (const [name, write] of Object.entries(writers(run))) {
      const error = await write(project).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error, name).toMatchObject({ code: 'JOURNAL_LOST', exitCode: 1 });
      const { message, hint } = error as { message: string; hint: string };
      expect(message, name).toMatch(example);
      expect(message, name).toContain('Nothing was changed.');
      expect(hint, name).toContain('lakefill adopt sales --rebuild');
    }
  });
  expect(lake.tree()).toEqual(before);
}

/** What reads says it too; a history, which lists a target only where there is no journal, not of an older copy. */
async function expectTold(lake: TestLake, run: RunDocument, how: 'gone' | 'older'): Promise<void> {
  await lake.library(async (project) => {
    const doctor = await project.doctor();
    expectValid('doctor', doctor);
    const check = doctor.checks.find(({ name }) => name === 'journal')!;
    expect(check).toMatchObject({ passed: false, needed: true });
    expect(check.evidence).toMatch(/such as \S+\/clean\/sales\/dt=2025-01-0\d\/part-g\S+\.parquet/);
    expect(check.hint).toMatch(
      /^Restore the control prefix \S+\/clean\/_lakefill\/sales\/ from .* lakefill adopt sales --rebuild\.$/,
    );
    for (const partitions of [[], ['*']]) {
      const history = await project.history({ partitions });
      expectValid('history', history);
      if (how === 'older') expect(history.notes).toBeUndefined();
      else expect(history.notes).toMatchObject([{ dataset: 'sales', code: 'journal-lost' }]);
    }
    await expect(project.runDocument(run.id)).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
  });
}

const rebuild = (lake: TestLake, more: Parameters<LakefillProject['adopt']>[0] = {}) =>
  lake.library((project) => project.adopt({ rebuild: true, ...more }));

test('without a journal everything that writes refuses, also a plan of before; a rebuild takes up what stands there', async () => {
  const lake = await TestLake.sales(4);
  await lake.fill();
  await lake.deliver([2], 2);
  const run = await lake.fill();
  await lake.deliver([3], 3);
  const plan = await lake.library((project) => project.plan());
  const names = lake.dataFiles('clean/sales');
  lake.remove(CONTROL);

  const scan = await lake.scan();
  expectValid('scan', scan);
  expect(scan.datasets[0]).toMatchObject({
    counts: { fresh: 3, stale: 1 },
    unmanaged: { fresh: 3, stale: 1 },
  });
  expect(scan.datasets[0]!.notes).toMatchObject([{ code: 'journal-lost' }]);
  await expectTold(lake, run, 'gone');
  await expectRefusals(lake, run, /such as \S+\/clean\/sales\/dt=2025-01-01\/part-g0000000001-\S+\.parquet/);
  await expect(lake.library((project) => project.apply(plan))).rejects.toMatchObject({
    code: 'JOURNAL_LOST',
  });
  lake.remove(CONTROL);

  const would = await rebuild(lake, { dryRun: true });
  expect(lake.files(CONTROL)).toEqual([]);
  const made = await rebuild(lake);
  expectValid('adopt', made);
  expect(results(made)).toEqual(Object.fromEntries(days(4).map((n) => [key(n), 'adopted'])));
  expect(results(would)).toEqual(results(made));
  expect(made.datasets[0]!.notes[0]!.message).toContain('no rollback restores them');
  expect(lake.dataFiles('clean/sales')).toEqual(names);
  // The numbers are those of the names, and what was stale before is stale still.
  const after = (await lake.scan()).datasets[0]!;
  expect(after.partitions.map((p) => [p.status, p.managed, p.generation])).toEqual([
    ['fresh', true, 1],
    ['fresh', true, 2],
    ['stale', true, 1],
    ['fresh', true, 1],
  ]);
  expect(after.notes).toEqual([]);

  await lake.deliver([2], 4);
  expect(outcomes(await lake.fill())).toEqual({ [key(2)]: 'promoted', [key(3)]: 'promoted' });
  const [newest] = lake.files(`clean/sales/${key(2)}`);
  expect(newest).toMatch(/^part-g0000000003-/);
  expect([await lake.versions(key(2)), await lake.versions(key(3))]).toEqual([{ 4: ROWS }, { 3: ROWS }]);
});

test('a rebuild cannot know that the SQL changed: it says what it assumes, and how to make it again, which works', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  lake.write('partitions/sales.sql', SALES_SQL.replace('version', 'version + 1 AS version'));
  expect((await lake.scan()).datasets[0]!.counts).toEqual({ stale: 2 });
  lake.remove(CONTROL);
  const made = await rebuild(lake);
  expect((await lake.scan()).datasets[0]!.counts).toEqual({ fresh: 2 });
  const note = made.datasets[0]!.notes.find(({ code }) => code === 'assumed')!;
  expect(note.message).toContain("was made by today's definition");
  expect(note.message).toContain('lakefill run sales --only all');
  const again = await lake.ok(0, 'run', 'sales', '--only', 'all', '--yes', '--json');
  expect(outcomes(again.json())).toEqual({ [key(1)]: 'promoted', [key(2)]: 'promoted' });
  expect(await lake.versions(key(1))).toEqual({ 2: ROWS });
});

test('a checkpoint that survived the entries keeps what it knows: what was stale by its definition stays stale', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  const { store, control } = localJournal(lake);
  const state = await readJournal(store, control);
  await store.put(control.checkpoint(state.sequence), { bytes: encodeCheckpoint(state) }, { kind: 'create' });
  await lake.deliver([2], 2);
  await lake.fill();
  lake.remove(`${CONTROL}/sales/journal`);
  lake.write('partitions/sales.sql', SALES_SQL.replace('version', 'version + 1 AS version'));
  expect(results(await rebuild(lake))).toEqual({ [key(2)]: 'adopted' });
  expect((await lake.scan()).datasets[0]!.partitions.map((p) => p.status)).toEqual(['stale', 'fresh']);
});

test('a rebuild of a journal with a hole says that it is corrupt, and works once the control prefix was moved away', async () => {
  const lake = await TestLake.sales(2);
  // One after the other, so that the second entry is never the last one.
  for (const n of [1, 2])
    await lake.library(async (project) => project.apply(await project.plan({ partitions: [key(n)] })));
  lake.remove(`${CONTROL}/sales/journal/00000000000000000002.json`);
  for (const dryRun of [true, false])
    await expect(rebuild(lake, { dryRun })).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringMatching(/^Journal entry 2 is missing/) as string,
      hint: expect.stringContaining(
        `move ${lake.path(`${CONTROL}/sales/`)} away and run 'lakefill adopt sales --rebuild'.`,
      ) as string,
    });
  renameSync(lake.path(`${CONTROL}/sales`), lake.path('moved'));
  expect(results(await rebuild(lake))).toEqual({ [key(1)]: 'adopted', [key(2)]: 'adopted' });
  expect((await lake.scan()).datasets[0]).toMatchObject({ counts: { fresh: 2 }, unmanaged: {}, notes: [] });
});

test('an entry that a checkpoint stands in for changes no state; a history names it and shows the others', async () => {
  const lake = await TestLake.sales(2);
  // One after the other, so that the second entry is never the last one.
  for (const n of [1, 2])
    await lake.library(async (project) => project.apply(await project.plan({ partitions: [key(n)] })));
  const { store, control } = localJournal(lake);
  const state = await readJournal(store, control);
  await store.put(control.checkpoint(state.sequence), { bytes: encodeCheckpoint(state) }, { kind: 'create' });
  const shown = () => lake.library((project) => project.history({ partitions: ['*'] }));
  const before = await shown();
  expect(before.notes).toBeUndefined();
  lake.remove(`${CONTROL}/sales/journal/00000000000000000002.json`);
  expect((await lake.scan()).datasets[0]).toMatchObject({ counts: { fresh: 2 }, notes: [] });
  const after = await shown();
  expectValid('history', after);
  const others = (before.events ?? [])
    .filter(({ sequence }) => sequence !== 2)
    .map(({ sequence }) => sequence);
  expect((after.events ?? []).map(({ sequence }) => sequence)).toEqual(others);
  expect(after.notes).toMatchObject([{ dataset: 'sales', code: 'entries-missing' }]);
  expect(after.notes![0]!.message).toContain('missing: 2.');
});

test('a journal that is restored from an older backup is noticed by names that it does not know, and gone on with', async () => {
  const lake = await TestLake.sales(4);
  await lake.fill();
  cpSync(lake.path(CONTROL), lake.path('backup'), { recursive: true });
  await lake.deliver([2, 4], 2);
  const run = await lake.fill();
  lake.remove(CONTROL);
  cpSync(lake.path('backup'), lake.path(CONTROL), { recursive: true });
  const entries = lake.journal().length;

  const scan = (await lake.scan()).datasets[0]!;
  expect(scan.notes[0]!.message).toMatch(/^The journal of sales is not whole: 2 files in 2 partitions/);
  await expectTold(lake, run, 'older');
  await expectRefusals(lake, run, /clean\/sales\/dt=2025-01-02\/part-g0000000002-/);
  expect(results(await rebuild(lake))).toEqual({ [key(2)]: 'adopted', [key(4)]: 'adopted' });
  expect(lake.journal().length).toBe(entries + 1);
  expect((await lake.scan()).datasets[0]).toMatchObject({ counts: { fresh: 4 }, unmanaged: {}, notes: [] });
  expect(await lake.versions(key(2))).toEqual({ 2: ROWS });
  await expect(rebuild(lake)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('Nothing is lost') as string,
  });
});

test('where only the journal is gone and the run documents stand, a past run carries the warning', async () => {
  const lake = await TestLake.sales(2);
  const run = await lake.fill();
  const asked = () => lake.library((project) => project.runDocument(run.id));
  expect(await asked()).toEqual(run);
  lake.remove(`${CONTROL}/sales/journal`);
  lake.remove(`${CONTROL}/sales/checkpoints`);
  const { notes, ...recorded } = await asked();
  expectValid('run', { ...recorded, notes });
  expect(recorded).toEqual(run);
  expect(notes).toMatchObject([{ dataset: 'sales', code: 'journal-lost' }]);
  expect(notes![0]!.message).toContain('lakefill adopt sales --rebuild');
  const { stdout } = await lake.ok(0, 'history', run.id);
  expect(stdout).toMatch(/^WARNING {2}The journal of sales is lost: 2 files in 2 partitions/);
});

test('a history lists no target whose journal has an entry, and every target before it', async () => {
  const lake = await TestLake.sales(1);
  const listed: string[] = [];
  const context = async (project: LakefillProject) => {
    const real = createLocalStore();
    const store = intercept(real, (call, next) => {
      if (call.method === 'list') listed.push(call.args[0]);
      return next();
    });
    const { datasets, settings } = project;
    await history({ project: { datasets, settings }, stores: () => store, clock: systemClock }, {});
  };
  const target = `${lake.path('clean/sales').slice(1)}/`;
  await lake.library(context);
  expect(listed).toContain(target);
  await lake.fill();
  listed.length = 0;
  await lake.library(context);
  expect(listed.length).toBeGreaterThan(0);
  expect(listed).not.toContain(target);
});

test('two generations in one partition are left for a person to choose; everything else is rebuilt', async () => {
  const lake = await TestLake.sales(3);
  await lake.fill();
  const [old] = lake.files(`clean/sales/${key(2)}`);
  const bytes = lake.read(`clean/sales/${key(2)}/${old}`);
  await lake.deliver([2], 2);
  await lake.fill();
  const [now] = lake.files(`clean/sales/${key(2)}`);
  // As after a promotion that was cut between its first completion and its last deletion.
  lake.write(`clean/sales/${key(2)}/${old}`, bytes);
  lake.remove(CONTROL);

  const first = await rebuild(lake);
  expect(results(first)).toEqual({
    [key(1)]: 'adopted',
    [key(2)]: 'left two-generations',
    [key(3)]: 'adopted',
  });
  const left = first.datasets[0]!.partitions[1]!;
  expect(left.message).toContain(old);
  expect(left.message).toContain(now);
  expect(left.hint).toContain(`lakefill adopt --rebuild --partition '${key(2)}'`);
  await expect(lake.library((p) => p.gc())).rejects.toMatchObject({ code: 'JOURNAL_LOST' });

  lake.remove(`clean/sales/${key(2)}/${old}`);
  expect(results(await rebuild(lake, { partitions: [key(2)] }))).toEqual({ [key(2)]: 'adopted' });
  expect((await lake.scan()).datasets[0]).toMatchObject({ counts: { fresh: 3 }, unmanaged: {}, notes: [] });
  await lake.library((p) => p.gc());
});

test('a generation of which a file in the middle is not there is left too', async () => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  const [only] = lake.files(`clean/sales/${key(1)}`);
  const bytes = lake.read(`clean/sales/${key(1)}/${only}`);
  lake.write(`clean/sales/${key(1)}/${only!.replace('00000.parquet', '00002.parquet')}`, bytes);
  lake.remove(CONTROL);
  expect(results(await rebuild(lake))).toEqual({ [key(1)]: 'left incomplete' });
});

test('files of something else are not taken by a rebuild, and stay unmanaged or foreign', async () => {
  const lake = await TestLake.sales(3);
  await lake.fill();
  lake.remove(`clean/sales/${key(1)}`);
  const [own] = lake.dataFiles(`clean/sales/${key(3)}`);
  cpSync(own!, lake.path(`clean/sales/${key(1)}/spark.parquet`), { recursive: true });
  cpSync(own!, lake.path(`clean/sales/${key(2)}/spark.parquet`), { recursive: true });
  lake.remove(CONTROL);
  expect(results(await rebuild(lake))).toEqual({ [key(2)]: 'adopted', [key(3)]: 'adopted' });
  const scan = (await lake.scan()).datasets[0]!;
  expect(scan.notes).toEqual([]);
  expect(scan.partitions.map((p) => [p.managed, p.reasons[0]?.code])).toEqual([
    [false, undefined],
    [true, 'modified-outside'],
    [true, undefined],
  ]);
});

test('a file of lakefill that somebody copied to another partition is foreign there, and no sign of a loss', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  await lake.deliver([1], 2);
  const run = await lake.fill();
  const [own] = lake.files(`clean/sales/${key(1)}`);
  cpSync(lake.path(`clean/sales/${key(1)}/${own}`), lake.path(`clean/sales/${key(2)}/${own}`));
  const scan = (await lake.scan()).datasets[0]!;
  expect(scan.notes).toEqual([]);
  expect(scan.partitions[1]).toMatchObject({ status: 'stale', reasons: [{ code: 'modified-outside' }] });
  expect(outcomes(await lake.library((project) => project.rollback(run.id)))).toEqual({
    [key(1)]: 'promoted',
  });
});
