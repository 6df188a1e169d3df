/** Apply: executes a plan from opening its datasets to the run document. What happens between is schedule.ts. */
import pLimit from 'p-limit';
import { LakefillError } from '../core/errors.js';
import { timedId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import type { Instant } from '../core/instant.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import type { Plan } from '../plan/plan.js';
import type { RunContext } from './context.js';
import { Reporter } from './context.js';
import type { DatasetRun } from './dataset-run.js';
import { downstreamOf } from './downstream.js';
import { scratchOf } from './open-dataset.js';
import { hasSomethingToDo, openForPlan } from './open-plan.js';
import { checksOf } from './judge-output.js';
import type { OpenedPlan } from './open-plan.js';
import { Leftovers } from './leftovers.js';
import { withNewPartitions } from './new-partitions.js';
import { countOutcomes, exitCodeOf, interruptedBy } from './outcome.js';
import { groupHeld, RUN_FORMAT, withDownstream } from './run-document.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { saveRun } from './run-store.js';
import { STAGING_KEPT_MS } from './staged-record.js';
import { Schedule } from './schedule.js';
import { SchemaBaseline } from './schema-baseline.js';
import { arrange } from './work.js';
import type { Work } from './work.js';
import { removeEmptyFolders, Workspace } from './workspace.js';

/** Groups that are promoted at the same time; their journal entries are shared. */
const PROMOTING = 16;

interface Run {
  readonly id: string;
  readonly command: string;
  readonly startedAt: Instant;
}

/** Runs the plan to its end, whatever happens to single partitions. Throws only when nothing could be begun. */
export async function applyPlan(context: RunContext, plan: Plan, command: string): Promise<RunDocument> {
  if (plan.refused)
    throw new LakefillError(
      plan.refused.code === 'JOURNAL_LOST' ? 'JOURNAL_LOST' : 'PLAN_REFUSED',
      plan.refused.message,
      {
        hint: plan.refused.hint,
        context: { code: plan.refused.code },
      },
    );
  const startedAt = context.clock.now();
  const run: Run = { id: timedId(startedAt), command, startedAt };
  const reporter = new Reporter(context, run.id);
  const workspace = plan.datasets.some(hasSomethingToDo)
    ? await Workspace.open(scratchFolder(context, plan), run.id)
    : Workspace.unmade(null, run.id);
  const engine = context.startEngine(workspace.folder);
  let opened: readonly OpenedPlan[] = [];
  try {
    opened = await openForPlan(context, engine, plan, run.id, reporter, workspace);
    const work = opened.flatMap((one) => workOf(context, plan, one, run, reporter, engine, workspace));
    reporter.tell({ event: 'run-started', tasks: work.length });
    const outcomes = await new Schedule(context, reporter, work, plan.options).run();
    // Its processes end while the rest is written down.
    void engine.close();
    const document = documentOf(context, plan, run, engine.name, work, outcomes);
    if (!context.dryRun) await Promise.all([save(opened, run, document), tidy(opened, work, run)]);
    reporter.tell({ event: 'run-ended', document });
    return document;
  } finally {
    await Promise.all([
      engine.close().then(() => workspace.close()),
      ...opened.map(({ lease }) => lease.release()),
    ]);
  }
}

function workOf(
  context: RunContext,
  plan: Plan,
  opened: OpenedPlan,
  run: Run,
  reporter: Reporter,
  engine: TransformEngine,
  workspace: Workspace,
): Work[] {
  const { capacity } = context;
  const tasks = plan.datasets.reduce((sum, dataset) => sum + dataset.tasks.length, 0);
  const promoting = pLimit(PROMOTING);
  const shared: DatasetRun = {
    context,
    engine,
    open: opened.open,
    run: run.id,
    plan: plan.id,
    accept: plan.options.accept,
    stageOnly: plan.options.stageOnly,
    together: plan.options.together || opened.open.dataset.together,
    stagingExpires: stagingExpires(run),
    definition: opened.definition,
    failure: opened.failure,
    checks: checksOf(opened.open.dataset),
    baseline: new SchemaBaseline(opened.open.dataset.schema.policy, opened.baseline),
    workspace,
    leftovers: new Leftovers(opened.open.store),
    threads: tasks <= 1 ? capacity.processes * capacity.threads : capacity.threads,
    limit: context.transfers,
    begin: (key, tried) => opened.lease.begin(key, tried),
    step: (key, step) => reporter.tell({ event: 'step', dataset: opened.plan.dataset, key, step }),
  };
  return arrange({
    opened,
    shared,
    options: plan.options,
    promote: (requests) =>
      promoting(async () => {
        const begun = context.clock.monotonic();
        const results = await context.publisher.promote(opened.open.publish, requests, context.signal);
        return { results, seconds: (context.clock.monotonic() - begun) / 1000 };
      }),
  });
}

/** Work files stand on the device of the first local target that is worked on: see docs/decisions/0006-work-folders.md. */
function scratchFolder(context: RunContext, plan: Plan): string | null {
  for (const { dataset: name } of plan.datasets.filter(hasSomethingToDo)) {
    const dataset = context.project.datasets.find((one) => one.name === name);
    const folder = dataset ? scratchOf(context, dataset) : null;
    if (folder !== null) return folder;
  }
  return context.project.settings.scratch;
}

async function save(opened: readonly OpenedPlan[], run: Run, document: RunDocument): Promise<void> {
  // Of a run that leaves nothing to be decided or looked at, nothing is kept: a kill beside or after this leaves promoted output.
  const { staged = 0, rejected = 0 } = document.counts;
  const stored = { document, stagingExpires: staged + rejected > 0 ? stagingExpires(run) : document.endedAt };
  await Promise.all(opened.map(({ open }) => saveRun(open.store, open.control, stored)));
}

/** Staged files that were promoted; then the empty folders that they and discarded ones leave on a disk. Best effort. */
async function tidy(opened: readonly OpenedPlan[], work: readonly Work[], run: Run): Promise<void> {
  await Promise.all([...new Set(work.map(({ shared }) => shared.leftovers))].map((left) => left.remove()));
  const local = opened.filter(({ open }) => open.store.url === 'file:///');
  await Promise.all(local.map(({ open }) => removeEmptyFolders(`/${open.control.staging}${run.id}`)));
}

/** Counted from the start of the run, so that it is one date for all of its partitions. */
function stagingExpires(run: Run): string {
  return formatInstant(run.startedAt + STAGING_KEPT_MS);
}

function documentOf(
  context: RunContext,
  plan: Plan,
  run: Run,
  engine: string,
  work: readonly Work[],
  outcomes: readonly PartitionOutcome[],
): RunDocument {
  const left = {
    unknown: plan.datasets.some(({ unknown }) => unknown.length > 0),
    inFlight: plan.datasets.some(({ held }) => held.some(({ code }) => code === 'in-flight')),
  };
  const waits = !context.dryRun && outcomes.some(({ outcome }) => outcome === 'staged');
  const { batch, stageOnly, together } = plan.options;
  const datasets = plan.datasets.map(({ dataset, target, held, unknown }) => ({
    dataset,
    target,
    ...partitionsOf(context, dataset, work, outcomes),
    ...(held.length > 0 ? { held: groupHeld(held) } : {}),
    ...(unknown.length > 0 ? { unknown } : {}),
  }));
  return {
    format: RUN_FORMAT,
    id: run.id,
    plan: plan.id,
    command: run.command,
    requestedBy: context.by,
    reason: plan.reason,
    startedAt: formatInstant(run.startedAt),
    endedAt: formatInstant(context.clock.now()),
    exitCode: exitCodeOf(outcomes, interruptedBy(context.signal), left),
    guarantee: [...new Set(plan.datasets.map((dataset) => dataset.guarantee))].join(' '),
    engine,
    counts: countOutcomes(outcomes),
    options: { batch, stageOnly, together },
    ...(waits ? { stagedUntil: stagingExpires(run) } : {}),
    ...withDownstream(downstreamOf(context.project, datasets, run.startedAt)),
    datasets,
  };
}

function partitionsOf(
  context: RunContext,
  name: string,
  work: readonly Work[],
  outcomes: readonly PartitionOutcome[],
): Pick<RunDocument['datasets'][number], 'partitions' | 'newPartitions'> {
  const partitions = outcomes.filter((_, i) => work[i]!.dataset.dataset === name);
  const dataset = context.project.datasets.find((one) => one.name === name);
  return { partitions, ...(dataset ? withNewPartitions(dataset, partitions) : {}) };
}
