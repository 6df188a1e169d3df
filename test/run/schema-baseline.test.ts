/** A dataset of which no schema is known: the first output that passes binds the rest of its run. */
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/engine/transform-engine.js';
import type { PlanRequest, RunDocument } from '../../src/index.js';
import { SchemaBaseline } from '../../src/run/schema-baseline.js';
import { writeParquet } from '../e2e/duck.js';
import { TestLake } from '../e2e/lake.js';

const columns = (text: string): Column[] =>
  text.split(', ').map((one) => ({ name: one.split(' ')[0]!, type: one.split(' ')[1]! }));

/** Which of the promises have resolved by now. */
async function resolved(turns: readonly Promise<void>[]): Promise<boolean[]> {
  const done = turns.map(() => false);
  turns.forEach((turn, i) => void turn.then(() => (done[i] = true)));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('the order of tasks', () => {
  test('one after the other until an output has passed, then all', async () => {
    const baseline = new SchemaBaseline('strict', null);
    const places = [1, 2, 3, 4].map(() => baseline.enter());
    const turns = places.map(({ turn }) => turn);
    expect(await resolved(turns)).toEqual([true, false, false, false]);
    places[0]!.leave();
    expect(await resolved(turns)).toEqual([true, true, false, false]);
    baseline.bind('dt=2', columns('qty INTEGER'));
    expect(await resolved([...turns, baseline.enter().turn])).toEqual([true, true, true, true, true]);
  });

  test('a later one that is left early does not overtake', async () => {
    const baseline = new SchemaBaseline('additive', null);
    const places = [1, 2, 3].map(() => baseline.enter());
    places[1]!.leave();
    expect(await resolved(places.map(({ turn }) => turn))).toEqual([true, false, false]);
    places[0]!.leave();
    expect(await resolved(places.map(({ turn }) => turn))).toEqual([true, true, true]);
  });

  test.each([
    ['a known schema', new SchemaBaseline('strict', columns('qty INTEGER'))],
    ['the policy any', new SchemaBaseline('any', null)],
  ])('nobody waits with %s', async (_what, baseline) => {
    expect(await resolved([baseline.enter().turn, baseline.enter().turn])).toEqual([true, true]);
  });
});

test('what an output adds keeps its type in the run, and may be absent', () => {
  const baseline = new SchemaBaseline('additive', columns('qty INTEGER'));
  baseline.bind('dt=1', columns('qty INTEGER, note VARCHAR'));
  expect(baseline.judge(columns('qty INTEGER'))).toMatchObject({ passed: true });
  expect(baseline.judge(columns('qty INTEGER, NOTE VARCHAR, tip DOUBLE'))).toMatchObject({ passed: true });
  expect(baseline.judge(columns('qty INTEGER, note INTEGER'))).toMatchObject({
    passed: false,
    message: expect.stringContaining('column note is INTEGER instead of VARCHAR') as string,
  });
});

const OF_QTY: Readonly<Record<string, string>> = {
  integer: '1::INTEGER AS qty',
  varchar: "'one'::VARCHAR AS qty",
  none: '1 AS other',
  more: "1::INTEGER AS qty, 'x' AS note",
  moreInteger: '1::INTEGER AS qty, 2::INTEGER AS note',
};

/** Daily raw files with these columns, none published yet; `bad` has a negative id, which a check refuses. */
async function lakeOf(
  policy: string,
  kinds: readonly string[],
  bad: readonly number[] = [],
): Promise<TestLake> {
  const lake = TestLake.empty();
  lake.define(
    'sales',
    `target: ./clean/sales/dt={dt}/
partition: { dt: { grain: day, start: 2026-01-01, end: 2026-01-0${kinds.length} } }
inputs: { raw: './raw/dt={dt}/*.parquet' }
schema: { policy: ${policy} }
checks: [{ range: { column: id, min: 0 } }]
`,
  );
  for (const [i, kind] of kinds.entries()) {
    const file = `raw/dt=2026-01-0${i + 1}/f.parquet`;
    const id = bad.includes(i + 1) ? -1 : i;
    await writeParquet(lake.path(file), `SELECT ${id} AS id, ${OF_QTY[kind]!}`);
  }
  return lake;
}

async function outcomes(lake: TestLake, request: PlanRequest = {}): Promise<string[]> {
  return outcomesOf(await lake.library(async (project) => project.apply(await project.plan(request))));
}

function outcomesOf(run: RunDocument): string[] {
  const partitions = [...run.datasets[0]!.partitions].sort((a, b) => (a.key < b.key ? -1 : 1));
  return partitions.map(({ outcome, error }) => (error ? `${outcome} ${error.code}` : outcome));
}

const REFUSED = 'rejected schema';

describe('a first fill', { timeout: 300_000 }, () => {
  test.each(['strict', 'additive'])('with policy %s publishes one schema', async (policy) => {
    const lake = await lakeOf(policy, ['integer', 'varchar', 'none', 'integer']);
    const run = await lake.library(async (project) => project.apply(await project.plan()));
    expect(outcomesOf(run)).toEqual(['promoted', REFUSED, REFUSED, 'promoted']);
    expect(run.datasets[0]!.partitions[1]!.error).toMatchObject({
      message: expect.stringMatching(
        /of dt=2026-01-01, .*column qty is VARCHAR instead of INTEGER/,
      ) as string,
      hint: expect.stringContaining('schema.columns') as string,
    });
    expect(await outcomes(lake, { only: ['failed'] })).toEqual([REFUSED, REFUSED]);
  });

  test('with policy any publishes all', async () => {
    expect(await outcomes(await lakeOf('any', ['integer', 'varchar', 'none']))).toEqual(
      Array(3).fill('promoted'),
    );
  });

  test('binds what the first that passes has, not what was refused', async () => {
    const lake = await lakeOf('strict', ['varchar', 'none', 'integer', 'varchar', 'integer'], [1, 2]);
    expect(await outcomes(lake)).toEqual([
      'rejected checks',
      'rejected checks',
      'promoted',
      REFUSED,
      'promoted',
    ]);
  });

  test('lets later ones add columns, each with one type', async () => {
    const lake = await lakeOf('additive', ['integer', 'more', 'integer', 'integer']);
    expect(await outcomes(lake)).toEqual(Array(4).fill('promoted'));
    const mixed = await outcomes(await lakeOf('additive', ['integer', 'more', 'moreInteger']));
    expect(mixed.toSorted()).toEqual(['promoted', 'promoted', REFUSED]);
  });

  test.each<[string, PlanRequest, string[]]>([
    ['the newest first', { order: 'newest' }, [REFUSED, REFUSED, 'promoted']],
    ['a canary', { canary: true }, ['promoted', REFUSED, REFUSED]],
    ['batches', { batch: '2d' }, ['promoted', REFUSED, REFUSED]],
    ['staging only', { stageOnly: true }, ['staged', REFUSED, REFUSED]],
    ['all or none', { together: true }, ['blocked together', REFUSED, REFUSED]],
  ])('with %s', async (_what, request, expected) => {
    expect(await outcomes(await lakeOf('strict', ['integer', 'varchar', 'none']), request)).toEqual(expected);
  });

  test.each<[string, PlanRequest, string]>([
    ['one by one', {}, 'skipped dry-run'],
    ['staging only, all or none', { stageOnly: true, together: true }, 'skipped dry-run'],
    ['all or none', { together: true }, 'blocked together'],
  ])('a dry run tells of %s what the run will tell', async (_what, request, first) => {
    const lake = await lakeOf('strict', ['integer', 'varchar', 'none']);
    const dry = await lake.library(async (project) =>
      project.apply(await project.plan(request), { dryRun: true }),
    );
    expect(outcomesOf(dry)).toEqual([first, REFUSED, REFUSED]);
    const { exitCode } = await lake.library(async (project) => project.apply(await project.plan(request)));
    expect(dry.exitCode).toBe(exitCode);
  });
});
