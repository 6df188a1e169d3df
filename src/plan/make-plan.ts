/**
 * Makes a plan of scans and a selection: which keys, why, from which inputs, in which order, what is left alone and
 * why. Pure: the same scans give the same plan, and applying it is somebody else's business.
 */
import { canonicalJson, sha256 } from '../core/digest.js';
import { formatInstant } from '../core/instant.js';
import type { Instant } from '../core/instant.js';
import { checksDigest, writeOptionsDigest } from '../dataset/fingerprint.js';
import type { Dataset } from '../dataset/dataset.js';
import type { DatasetScan } from '../scan/dataset-scan.js';
import { definitionDigest } from '../scan/definition-comparison.js';
import { planDataset } from './plan-dataset.js';
import type { PlannedKeys } from './plan-dataset.js';
import { estimateOf } from './estimate.js';
import { lostRefusal, refusalOf } from './guards.js';
import type { Refusal } from './guards.js';
import { inDependencyOrder } from './order.js';
import { PLAN_FORMAT } from './plan.js';
import type { DatasetPlan, HeldKey, Plan, PlanOptions, Task } from './plan.js';
import { guaranteeOf, warningsOf } from './promises.js';
import type { ResolvedSelection } from './select.js';

export interface PlanFacts {
  /** Of every dataset that may get tasks; with `withDownstream` also of those downstream, scanned whole. */
  readonly scans: readonly DatasetScan[];
  /** One per dataset that the person selected. */
  readonly selections: readonly ResolvedSelection[];
  readonly withDownstream: boolean;
  readonly options: PlanOptions;
  readonly overwriteExternal: boolean;
  readonly limit: number | 'all' | null;
  readonly maxBytes: number | null;
  /** Refusals found by looking at the SQL or the journal, by dataset name. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  readonly now: Instant;
  readonly id: string;
  readonly createdAt: Instant;
  readonly requestedBy: string;
  readonly reason: string | null;
}

/** DEFINITION_INVALID when the datasets read each other in a circle. Tasks of a dataset come after those that it reads. */
export function makePlan(facts: PlanFacts): Plan {
  const { scans, options, limit } = facts;
  const byName = new Map(scans.map((scan) => [scan.dataset.name, scan]));
  const tasks = new Map<string, ReadonlySet<string>>();
  const selected = new Map<string, ReadonlySet<string>>();
  let left = typeof limit === 'number' ? limit : Infinity;
  const planned = inDependencyOrder(scans.map((scan) => scan.dataset)).map((dataset) => {
    const scan = byName.get(dataset.name)!;
    const selection = facts.selections.find((s) => s.dataset.name === dataset.name) ?? null;
    const {
      tasks: taken,
      selected: chosen,
      ...rest
    } = planDataset({ ...facts, scan, selection, tasks, selected });
    selected.set(dataset.name, chosen);
    // What is cut off here was awaited by nobody yet: datasets come after what they read.
    const kept = taken.slice(0, left);
    left -= kept.length;
    tasks.set(dataset.name, new Set(kept.map(({ key }) => key)));
    const over = taken.slice(kept.length).map((task) => overLimit(task, scan, limit));
    const made = { ...rest, tasks: kept, held: [...rest.held, ...over] };
    return { scan, plan: datasetPlan(scan, selection, made, options) };
  });
  const busy = planned.filter(({ plan }) => plan.tasks.length > 0);
  return {
    format: PLAN_FORMAT,
    id: facts.id,
    createdAt: formatInstant(facts.createdAt),
    asOf: formatInstant(facts.now),
    reason: facts.reason,
    requestedBy: facts.requestedBy,
    options,
    datasets: planned.map(({ plan }) => plan),
    refused:
      lostRefusal(scans) ??
      refusalOf({ planned: busy, refusals: facts.refusals, limit, options, maxBytes: facts.maxBytes }),
    estimate: estimateOf(busy),
  };
}

function datasetPlan(
  scan: DatasetScan,
  selection: ResolvedSelection | null,
  made: Omit<PlannedKeys, 'selected'>,
  options: PlanOptions,
): DatasetPlan {
  const { dataset } = scan;
  const notes = [...(selection?.notes ?? []), ...scan.notes].map(({ message }) => message);
  return {
    dataset: dataset.name,
    target: dataset.target,
    definition: definitionDigest(scan.definition),
    journalSequence: scan.journalSequence,
    checks: planChecksDigest(dataset),
    warnings: [...notes, ...(made.tasks.length > 0 ? warningsOf(dataset) : [])],
    guarantee: guaranteeOf(dataset, options),
    ...made,
  };
}

/** Digest of checks and write options, as plans pin it. */
export function planChecksDigest(dataset: Dataset): string {
  return sha256(canonicalJson([checksDigest(dataset), writeOptionsDigest(dataset)]));
}

function overLimit({ key, start, end }: Task, { keys }: DatasetScan, limit: PlanFacts['limit']): HeldKey {
  const message = `it comes after the first ${String(limit)} tasks`;
  const status = keys.find(({ partition }) => partition.key === key)?.status;
  const hint = 'Give a larger --limit, or run again afterwards.';
  return { key, code: 'over-limit', message, hint, status, start, end };
}
