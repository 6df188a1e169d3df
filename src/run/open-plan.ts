/** Opening the datasets of a plan: each must still be what was planned; then recovery, definition, baseline schema, lease. */
import { isLakefillError, LakefillError } from '../core/errors.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { Dataset } from '../dataset/dataset.js';
import { isExpected, keyOf } from '../dataset/expected-keys.js';
import { fingerprintOf } from '../dataset/fingerprint.js';
import type { Column, TransformEngine } from '../engine/transform-engine.js';
import type { JournalState } from '../journal/entry.js';
import type { Lease } from '../journal/lease.js';
import type { DatasetPlan, Plan } from '../plan/plan.js';
import { planChecksDigest } from '../plan/make-plan.js';
import { definitionDigest } from '../scan/definition-comparison.js';
import type { Reporter, RunContext } from './context.js';
import { unrecordedSchema } from './footer-facts.js';
import { inFlightBeside, openDataset, takeLease } from './open-dataset.js';
import type { OpenDataset } from './open-dataset.js';
import type { Workspace } from './workspace.js';

export interface OpenedPlan {
  readonly plan: DatasetPlan;
  readonly open: OpenDataset;
  readonly definition: Fingerprint;
  /** Why the engine could not look at the SQL: no task of the dataset can be done, and the other datasets' can. */
  readonly failure: LakefillError | null;
  readonly baseline: readonly Column[] | null;
  readonly lease: Lease;
}

/** Throws PLAN_INVALID or PLAN_REFUSED for keys that no plan holds, PLAN_REFUSED when a definition is not the planned one any more; leases taken until then are released. */
export async function openForPlan(
  context: RunContext,
  engine: TransformEngine,
  plan: Plan,
  run: string,
  reporter: Reporter,
  workspace: Workspace,
): Promise<OpenedPlan[]> {
  refuseOddKeys(context, plan);
  const opened: OpenedPlan[] = [];
  try {
    for (const part of plan.datasets.filter(hasSomethingToDo))
      opened.push(await openOne(context, engine, plan, part, run, reporter, workspace));
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ lease }) => lease.release()));
    throw error;
  }
}

/** An edited plan: before anything is opened, each key must be one that the layout writes and the definition expects. */
function refuseOddKeys({ project, clock }: RunContext, plan: Plan): void {
  for (const [d, part] of plan.datasets.entries()) {
    const dataset = project.datasets.find(({ name }) => name === part.dataset);
    if (dataset === undefined) continue;
    for (const [t, { key }] of part.tasks.entries()) {
      const isOurs = keyOf(dataset, key) !== null;
      if (isOurs && [Date.parse(plan.asOf), clock.now()].some((at) => isExpected(dataset, key, at))) continue;
      const what = isOurs ? `is not expected by ${part.dataset}` : `is not one that ${part.dataset} writes`;
      throw new LakefillError(
        isOurs ? 'PLAN_REFUSED' : 'PLAN_INVALID',
        `Plan ${plan.id} is wrong at datasets.${d}.tasks.${t}.key: ${key} ${what}. Nothing was changed.`,
        { hint: 'Plan again.', context: { dataset: part.dataset, plan: plan.id, key } },
      );
    }
  }
}

/** Tasks, or keys that were left in the middle: opening the dataset recovers them. */
export function hasSomethingToDo({ tasks, held }: DatasetPlan): boolean {
  return tasks.length > 0 || held.some(({ code }) => code === 'interrupted');
}

async function openOne(
  context: RunContext,
  engine: TransformEngine,
  plan: Plan,
  part: DatasetPlan,
  run: string,
  reporter: Reporter,
  workspace: Workspace,
): Promise<OpenedPlan> {
  const dataset = plannedDataset(context, plan, part);
  const open = await openDataset(context, dataset, run, { wholeAt: part.journalSequence });
  for (const { key, result, message } of open.recovered) {
    if (result !== 'in-flight')
      reporter.tell({ event: 'recovered', dataset: dataset.name, key, how: `${result}: ${message}` });
  }
  const { definition, failure } = await definitionOf(engine, dataset);
  const baseline =
    baselineSchema(dataset, open.journal.state) ??
    (await unrecordedBaseline(context, engine, open, workspace, part));
  const keys = part.tasks.map((task) => task.key).filter((key) => !open.inFlight.has(key));
  const lease = await takeLease(context, open, run, keys);
  const inFlight = await inFlightBeside(context, open, run, keys);
  return { plan: part, open: { ...open, inFlight }, definition, failure, baseline, lease };
}

function plannedDataset(context: RunContext, plan: Plan, part: DatasetPlan): Dataset {
  const dataset = context.project.datasets.find((one) => one.name === part.dataset);
  const changed = (what: string) =>
    new LakefillError(
      'PLAN_REFUSED',
      `${what} since plan ${plan.id} was made, so applying it would not do what was shown. Nothing was changed.`,
      {
        hint: 'Plan again.',
        context: { dataset: part.dataset, plan: plan.id },
      },
    );
  if (!dataset) throw changed(`The dataset ${part.dataset} was removed`);
  // The digest leaves the place out, so that a lake may be moved; a plan is for one place.
  if (dataset.target !== part.target) throw changed(`The target of ${part.dataset} changed`);
  if (definitionDigest(fingerprintOf(dataset)) !== part.definition)
    throw changed(`The definition of ${part.dataset} changed`);
  if (planChecksDigest(dataset) !== part.checks)
    throw changed(`The checks or write options of ${part.dataset} changed`);
  return dataset;
}

/** Both fingerprints: of the text, and of the engine's tree where it can be made. */
export async function definitionOf(
  engine: TransformEngine,
  dataset: Dataset,
): Promise<Pick<OpenedPlan, 'definition' | 'failure'>> {
  if (dataset.transform === null) return { definition: fingerprintOf(dataset), failure: null };
  try {
    const { tree, treeAlgorithm } = await engine.inspect(dataset.transform.sql);
    const known = tree === null ? null : { algorithm: treeAlgorithm, tree };
    return { definition: fingerprintOf(dataset, known), failure: null };
  } catch (error) {
    if (!isLakefillError(error) || error.code === 'CANCELLED' || error.code === 'INTERNAL') throw error;
    return { definition: fingerprintOf(dataset), failure: error };
  }
}

/** `schema.columns`, else the schema of the newest generation that the journal knows; in the names that are written today. */
export function baselineSchema(dataset: Dataset, state: JournalState): readonly Column[] | null {
  return renamed(dataset, knownColumns(dataset, state));
}

/** Of files that something else wrote, as they stand: nothing recorded their columns. Not read where nothing would be held against them. */
async function unrecordedBaseline(
  context: RunContext,
  engine: TransformEngine,
  open: OpenDataset,
  workspace: Workspace,
  { tasks }: DatasetPlan,
): Promise<readonly Column[] | null> {
  const { dataset } = open;
  if (dataset.schema.policy === 'any' || tasks.length === 0) return null;
  return renamed(dataset, await unrecordedSchema(context, engine, open, workspace));
}

function renamed(dataset: Dataset, columns: readonly Column[] | null): readonly Column[] | null {
  const { rename } = dataset.schema;
  const names = new Map(Object.entries(rename).map(([from, to]) => [from.toLowerCase(), to]));
  return columns?.map(({ name, type }) => ({ name: names.get(name.toLowerCase()) ?? name, type })) ?? null;
}

function knownColumns(dataset: Dataset, state: JournalState): readonly Column[] | null {
  if (dataset.schema.columns)
    return Object.entries(dataset.schema.columns).map(([name, type]) => ({ name, type }));
  let newest: { at: string; schema: readonly Column[] } | null = null;
  for (const { madeBy, record } of state.keys.values()) {
    if (madeBy && record?.schema && record.schema.length > 0 && (newest === null || madeBy.at > newest.at))
      newest = { at: madeBy.at, schema: record.schema };
  }
  return newest?.schema ?? null;
}
