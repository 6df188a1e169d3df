/** `plan`: exactly what a run would do. Reads only; the plan is data, saved or applied by others. */
import { LakefillError } from '../core/errors.js';
import { timedId } from '../core/id.js';
import type { Instant } from '../core/instant.js';
import { nearest } from '../core/nearest.js';
import { checkBatch } from '../plan/batches.js';
import { makePlan } from '../plan/make-plan.js';
import type { PlanFacts } from '../plan/make-plan.js';
import type { Only } from '../plan/only.js';
import { inDependencyOrder, upstreamNames, withDownstream } from '../plan/order.js';
import type { Plan, PlanOptions } from '../plan/plan.js';
import { chooseDatasets, resolveSelection } from '../plan/select.js';
import type { ResolvedSelection } from '../plan/select.js';
import { refuseUndiscovered } from '../scan/discovered-keys.js';
import type { ApiContext } from './context.js';
import { ListingCache } from '../source/listing-cache.js';
import { expectations } from './expected.js';
import { checkReason } from './reason.js';
import { refusalsOf } from './refusals.js';
import { scanDatasets } from './scan-datasets.js';
import type { CommonOptions, ExecutionOptions, PlanRequest } from './types.js';

/**
 * The plan of a selection. What `run` would refuse is in `refused`; only wrong words throw: SELECTION_INVALID, DATASET_UNKNOWN,
 * USAGE, DEFINITION_INVALID for a circle of datasets, and CANCELLED.
 */
export async function plan(context: ApiContext, request: PlanRequest = {}): Promise<Plan> {
  const now = context.clock.now();
  const chosen = chooseDatasets(context.project.datasets, request);
  const cache = new ListingCache(request.signal === undefined ? {} : { signal: request.signal });
  const expectedOf = await expectations(context, chosen, now, cache);
  return planSelections(context, resolveSelection(chosen, request, now, expectedOf), request, now, cache);
}

/** The plan of those of these keys, by dataset, that `only` takes, whatever was tried before; other holds stay. */
export async function planKeys(
  context: ApiContext,
  keys: ReadonlyMap<string, readonly string[]>,
  only: Only,
  options: CommonOptions & ExecutionOptions,
): Promise<Plan> {
  const chosen = chooseDatasets(context.project.datasets, { datasets: [...keys.keys()] });
  // No name means every dataset to a person, and nothing here.
  const selections = (keys.size === 0 ? [] : chosen).map((dataset): ResolvedSelection => {
    const wanted = new Set(keys.get(dataset.name));
    const has = ({ key }: { readonly key: string }) => wanted.has(key);
    return { dataset, wanted: has, named: has, only, isOfSeveral: wanted.size > 1, notes: [] };
  });
  return planSelections(context, selections, options, context.clock.now());
}

async function planSelections(
  context: ApiContext,
  selections: readonly ResolvedSelection[],
  request: PlanRequest,
  now: Instant,
  cache?: ListingCache,
): Promise<Plan> {
  const options = planOptions(request);
  checkReason(request.reason);
  checkAccepted(selections, request);
  warmEngine(context, selections, request);
  const scans = await scanDatasets(context, toScan(context, selections, request), {
    ...request,
    now,
    ...(cache === undefined ? {} : { cache }),
  });
  refuseUndiscovered(scans);
  const facts: Omit<PlanFacts, 'refusals'> = {
    scans,
    selections,
    withDownstream: request.withDownstream ?? false,
    options,
    overwriteExternal: request.overwriteExternal ?? false,
    limit: request.limit ?? null,
    maxBytes: request.maxBytes ?? null,
    now,
    id: timedId(now),
    createdAt: now,
    requestedBy: context.user,
    reason: request.reason ?? null,
  };
  const made = makePlan({ ...facts, refusals: new Map() });
  const refusals = await refusalsOf(context, made);
  return refusals.size === 0 ? made : makePlan({ ...facts, refusals });
}

/**
 * What is planned is mostly run then: engine processes start while the stores are listed, a second one where there may be work for it. The
 * SQL of a dataset that is planned alone is looked at meanwhile; of several most have nothing to do.
 */
function warmEngine(
  context: ApiContext,
  selections: readonly ResolvedSelection[],
  { concurrency }: PlanRequest,
): void {
  const transformed = selections.filter(({ dataset }) => dataset.transform !== null);
  const [first, second] = transformed;
  if (first === undefined) return;
  const isOne = concurrency === 1 || (second === undefined && !first.isOfSeveral);
  context.warmEngine(isOne ? 1 : 2, second === undefined ? first.dataset.transform!.sql : null);
}

/** What is downstream may have to be made outside of the window too, so it is scanned whole. */
function toScan({ project }: ApiContext, selections: readonly ResolvedSelection[], request: PlanRequest) {
  const chosen = selections.map(({ dataset }) => dataset);
  const wanted = new Map(selections.map(({ dataset, wanted }) => [dataset.name, wanted]));
  if (request.withDownstream !== true)
    return inDependencyOrder(chosen).map((dataset) => ({ dataset, wanted: wanted.get(dataset.name)! }));
  const all = withDownstream(chosen, project.datasets);
  const names = new Set(all.map(({ name }) => name));
  return all.map((dataset) =>
    upstreamNames(dataset).some((name) => names.has(name))
      ? { dataset }
      : { dataset, wanted: wanted.get(dataset.name)! },
  );
}

/** A check that is accepted must exist, and whoever reads the history must find out why. */
function checkAccepted(
  selections: readonly ResolvedSelection[],
  { accept = [], reason }: ExecutionOptions,
): void {
  if (accept.length > 0 && (reason ?? '').trim() === '')
    throw new LakefillError('USAGE', 'A check is accepted only with a reason. Nothing was done.', {
      hint: 'Add --reason TEXT.',
    });
  const known = [...new Set(selections.flatMap(({ dataset }) => dataset.checks.map(({ name }) => name)))];
  const word = accept.find((name) => !known.includes(name));
  if (word === undefined || selections.length === 0) return;
  const meant = nearest(word, known);
  throw new LakefillError('USAGE', `--accept knows no check '${word}'. Nothing was done.`, {
    hint: meant === null ? `The checks: ${known.join(', ') || 'none'}.` : `Did you mean '${meant}'?`,
    context: { accept: word },
  });
}

function planOptions(request: ExecutionOptions): PlanOptions {
  const { batch = null, limit } = request;
  if (batch !== null) checkBatch(batch);
  if (typeof limit === 'number' && !(Number.isInteger(limit) && limit >= 1))
    throw new LakefillError('USAGE', `A limit of ${limit} tasks is none. Nothing was done.`, {
      hint: 'Give a whole number from 1, or all.',
    });
  return {
    concurrency: request.concurrency ?? null,
    batch,
    order: request.order ?? 'oldest',
    canary: request.canary ?? false,
    maxFailures: request.maxFailures ?? null,
    stageOnly: request.stageOnly ?? false,
    together: request.together ?? false,
    accept: request.accept ?? [],
  };
}
