/** Every outcome made for real: the document of its run is what was returned, as the published schema has it, and history lists it. */
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/index.js';
import type { LakefillProject, RunDocument } from '../../src/index.js';
import { expectValid } from '../cli/support/schemas.js';
import { days, key, SALES_SQL, salesYaml, TestLake } from '../e2e/lake.js';

const ALL = { only: ['all'] };
const NO_ID = SALES_SQL.replace('SELECT order_id', 'SELECT NULL::BIGINT AS order_id');
const FAILING = SALES_SQL.replace(
  'version\n',
  "CASE WHEN order_id < 200000 THEN error('no luck') ELSE version END AS version\n",
);

/** By outcome of a run that makes partitions: what happens to a lake of two published days before the run, and the run that gives the outcome to at least one key. */
const MAKING: Record<Exclude<Outcome, 'adopted'>, (lake: TestLake) => Promise<RunDocument>> = {
  promoted: async (lake) => {
    await lake.deliver([1], 2);
    return applied(lake);
  },
  unchanged: (lake) => applied(lake, ALL),
  staged: async (lake) => {
    await lake.deliver([1], 3);
    return applied(lake, { stageOnly: true });
  },
  rejected: (lake) => withSql(lake, NO_ID),
  failed: (lake) => withSql(lake, FAILING),
  conflict: async (lake) => {
    await lake.deliver([1], 4);
    return lake.library(async (project) => {
      const plan = await project.plan();
      await project.apply(await project.plan());
      return project.apply(plan);
    });
  },
  blocked: (lake) => withSql(lake, FAILING.replace('qty * price', 'qty * price + 1'), { together: true }),
  skipped: async (lake) => {
    await lake.deliver([1], 5);
    const { id } = await applied(lake, { stageOnly: true });
    return lake.library((project) => project.discard(id));
  },
  cancelled: (lake) => withSql(lake, NO_ID.replace('AS revenue', 'AS revenue, 1 AS one'), { canary: true }),
};

test('every outcome is in a run document that history gives back', { timeout: 600_000 }, async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  const runs: RunDocument[] = [];
  for (const [outcome, make] of Object.entries(MAKING)) {
    const run = await make(lake);
    expect(Object.keys(run.counts), JSON.stringify(run)).toContain(outcome);
    expect(run.stagedUntil === undefined).toBe(outcome !== 'staged');
    expect(await lake.library((project) => project.runDocument(run.id))).toEqual(asRead(run));
    runs.push(run);
    lake.define('sales', salesYaml(2), SALES_SQL);
  }
  await lake.library(async (project) => {
    for (const run of runs) {
      const again = await project.runDocument(run.id);
      expectValid('run', again);
      // What was staged does not wait any more: later runs published over what it was to replace.
      expect(again).toEqual({ ...asRead(run), stagedUntil: undefined });
    }
    await expectHistory(lake, project, runs);
  });
});

/** As it is once it was written and read. */
function asRead(run: RunDocument): RunDocument {
  return JSON.parse(JSON.stringify(run)) as RunDocument;
}

async function expectHistory(lake: TestLake, project: LakefillProject, runs: readonly RunDocument[]) {
  // Beyond the limit nothing is read; within it a document that cannot be read hides no other.
  lake.write('clean/_lakefill/sales/runs/20200101T000000-aaaaaa.json', '{');
  lake.write(
    'clean/_lakefill/sales/runs/99990101T000000-bbbbbb.json',
    '{"document":{"format":"lakefill.run/2"}}',
  );
  const history = await project.history({ limit: 3 });
  expectValid('history', history);
  expect(history.runs[0]).toMatchObject({
    run: '99990101T000000-bbbbbb',
    startedAt: '9999-01-01T00:00:00Z',
    exitCode: null,
  });
  expect(history.runs.slice(1).map(({ run }) => run)).toEqual(
    runs
      .slice(-2)
      .map(({ id }) => id)
      .reverse(),
  );
  const events = await project.history({ partitions: days(2).map(key) });
  expectValid('history', events);
  expect(events.events.length).toBeGreaterThan(runs.length);
}

function applied(lake: TestLake, options: Parameters<LakefillProject['plan']>[0] = {}): Promise<RunDocument> {
  return lake.library(async (project) => project.apply(await project.plan(options)));
}

function withSql(lake: TestLake, sql: string, options: object = {}): Promise<RunDocument> {
  lake.define('sales', salesYaml(2), sql);
  return applied(lake, { ...ALL, ...options });
}
