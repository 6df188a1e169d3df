/** Which partitions a run calls new: files stand where readers found none before, whoever put them there; and what it says of them. */
import { afterEach, expect, test, vi } from 'vitest';
import type { PlanRequest, RunDocument } from '../../src/index.js';
import { renderRun, renderRunSummary } from '../../src/cli/render/run.js';
import { plain } from '../cli/support/documents.js';
import { expectValid } from '../cli/support/schemas.js';
import { writeParquet } from '../e2e/duck.js';
import { TestLake } from '../e2e/lake.js';
import { DAYS as S3_DAYS, S3Lake } from './s3-lake.js';

const view = { ...plain, dryRun: false, justEnded: true };
const [FIRST, SECOND] = ['2025-01-01', '2025-01-02'];

const s3Lakes: S3Lake[] = [];
afterEach(async () => {
  for (const lake of s3Lakes.splice(0)) await lake.close();
  vi.unstubAllEnvs();
});

async function twoDays() {
  const lake = TestLake.empty();
  lake.define(
    'days',
    `target: ./lake/days/dt={dt}/
partition: { dt: { grain: day, start: ${FIRST}, end: ${SECOND} } }
inputs: { raw: './src/dt={dt}/*.parquet' }
allowEmpty: true
`,
    'SELECT qty FROM raw WHERE qty > 0',
  );
  const deliver = async (day: string, qty: number) => {
    lake.remove(`src/dt=${day}`);
    await writeParquet(lake.path(`src/dt=${day}/f.parquet`), `SELECT ${qty} AS qty`);
  };
  await deliver(FIRST!, 1);
  await deliver(SECOND!, 1);
  const run = (request: PlanRequest = {}) =>
    lake.library(async (project) => project.apply(await project.plan(request)));
  return { lake, deliver, run };
}

/** `promoted new` and the like by day, and the days that the statements name. */
function told(document: RunDocument) {
  expectValid('run', document);
  expect(renderRunSummary(document, view).join('\n')).not.toMatch(/catalogue|TABLE/);
  const [dataset] = document.datasets;
  const ends = dataset!.partitions.map(({ key, outcome, files, appeared }) => [
    key.slice('dt='.length),
    `${outcome}${appeared ? ' new' : ''}${files === 0 ? ' empty' : ''}`,
  ]);
  const named = (dataset!.newPartitions?.statements ?? []).flatMap((statement) =>
    [...statement.matchAll(/dt='(.*?)'/g)].map(([, day]) => day),
  );
  expect(named).toEqual(ends.filter(([, end]) => end!.includes('new')).map(([day]) => day));
  expect('newPartitions' in dataset!).toBe(named.length > 0);
  return Object.fromEntries(ends) as Record<string, string>;
}

test('the first fill is new; what is made again, corrected, repaired or emptied is not; what stands after emptiness is', async () => {
  const { lake, deliver, run } = await twoDays();
  expect(told(await run())).toEqual({ [FIRST!]: 'promoted new', [SECOND!]: 'promoted new' });
  expect(told(await run({ only: ['all'] }))).toEqual({ [FIRST!]: 'unchanged', [SECOND!]: 'unchanged' });

  await deliver(FIRST!, 5);
  lake.remove(`lake/days/dt=${SECOND}`);
  expect(told(await run())).toEqual({ [FIRST!]: 'promoted', [SECOND!]: 'promoted' });

  await deliver(FIRST!, 0);
  const emptied = await run();
  expect(told(emptied)).toEqual({ [FIRST!]: 'promoted empty' });
  const undone = await lake.library((project) => project.rollback(emptied.id));
  expect(told(undone)).toEqual({ [FIRST!]: 'promoted new' });
});

test('staged output is new when it is promoted; what a rollback makes absent is not, and is new when it is made again', async () => {
  const { lake, run } = await twoDays();
  const staged = await run({ stageOnly: true });
  expect(told(staged)).toEqual({ [FIRST!]: 'staged', [SECOND!]: 'staged' });
  const promoted = await lake.library((project) => project.promote(staged.id));
  expect(told(promoted)).toEqual({ [FIRST!]: 'promoted new', [SECOND!]: 'promoted new' });

  const undone = await lake.library((project) => project.rollback(promoted.id));
  expect(told(undone)).toEqual({ [FIRST!]: 'promoted empty', [SECOND!]: 'promoted empty' });
  expect(told(await run({ only: ['failed'] }))).toEqual({
    [FIRST!]: 'promoted new',
    [SECOND!]: 'promoted new',
  });
});

test('files that something else wrote are known to readers: replacing them makes nothing new, nor does no file at all', async () => {
  const { lake, deliver, run } = await twoDays();
  await deliver(SECOND!, 0);
  await writeParquet(lake.path(`lake/days/dt=${FIRST}/theirs.parquet`), 'SELECT 7 AS qty');
  const document = await run({ only: ['all'], overwriteExternal: true });
  expect(told(document)).toEqual({ [FIRST!]: 'promoted', [SECOND!]: 'promoted empty' });
});

test('on S3 the terminal prints the statement, once, and the document of the past run keeps it', async () => {
  const lake = await S3Lake.make();
  s3Lakes.push(lake);
  for (const day of S3_DAYS) await lake.putRaw(day, 3);
  const project = await lake.open();
  const run = await project.apply(await project.plan());
  expectValid('run', run);
  const clauses = S3_DAYS.map((day) => `PARTITION (dt='${day}') LOCATION 's3://lake/clean/sales/dt=${day}/'`);
  const statement = `ALTER TABLE sales ADD IF NOT EXISTS ${clauses.join(' ')}`;
  expect(renderRunSummary(run, view).slice(1)).toEqual([
    '3 new partitions of sales; a catalogue (Glue, Hive) learns of them by:',
    `  ${statement};`,
  ]);
  const past = await project.runDocument(run.id);
  expect(past.datasets[0]!.newPartitions).toEqual({
    partitions: 3,
    repair: 'MSCK REPAIR TABLE sales',
    statements: [statement],
  });
  expect(renderRun(past, { ...plain, past: true }).join('\n')).not.toContain('catalogue');

  await lake.putRaw(S3_DAYS[0]!, 4);
  const again = await project.apply(await project.plan());
  expect(again.counts).toEqual({ promoted: 1 });
  expect(renderRunSummary(again, view)).toHaveLength(1);
});
