/** Why a plan may be looked at but not applied: the first guard that speaks. Pure. */
import { formatByteSize } from '../core/byte-size.js';
import type { Dataset } from '../dataset/dataset.js';
import type { DatasetScan } from '../scan/dataset-scan.js';
import { describeLost, lostHint } from '../scan/lost-journal.js';
import { batchesOf } from './batches.js';
import type { DatasetPlan, Plan, PlanOptions, Task } from './plan.js';

export type Refusal = NonNullable<Plan['refused']>;

export interface GuardFacts {
  /** Only datasets with tasks. */
  readonly planned: readonly { readonly scan: DatasetScan; readonly plan: DatasetPlan }[];
  /** Refusals found elsewhere (SQL, pins), by dataset name. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** `--limit`: whoever gives one has chosen how many; `limits.partitions` does not apply then. */
  readonly limit: number | 'all' | null;
  readonly options: PlanOptions;
  readonly maxBytes: number | null;
}

/** Null when the plan may be applied. A dataset without tasks refuses nothing. */
export function refusalOf(facts: GuardFacts): Refusal | null {
  for (const { scan, plan } of facts.planned) {
    const refusal =
      tableRefusal(scan) ??
      facts.refusals.get(plan.dataset) ??
      chainRefusal(scan.dataset, plan, facts.options) ??
      limitRefusal(scan.dataset, plan, facts.limit);
    if (refusal !== null) return refusal;
  }
  return budgetRefusal(facts);
}

/** Of any dataset that was looked at, with tasks or without. */
export function lostRefusal(scans: readonly DatasetScan[]): Refusal | null {
  for (const { dataset, lost } of scans) {
    if (lost === null) continue;
    const message = `${describeLost(dataset, lost)} Nothing was changed.`;
    return { code: 'JOURNAL_LOST', message, hint: lostHint(dataset) };
  }
  return null;
}

export function tableRefusal({ dataset, tableFormat }: DatasetScan): Refusal | null {
  if (tableFormat === null) return null;
  return {
    code: 'TARGET_REFUSED',
    message: `The target of ${dataset.name} holds the metadata of ${NAMES[tableFormat]} table; replacing files under it would corrupt that table.`,
    hint: 'Use another target, or the tools of that table format.',
  };
}

const NAMES = { delta: 'a Delta', hudi: 'a Hudi', iceberg: 'an Iceberg' } as const;

/** Who reads what another task of its group publishes would wait for the group, and the group for it. */
function chainRefusal(dataset: Dataset, plan: DatasetPlan, { batch, together }: PlanOptions): Refusal | null {
  const groups = together && batch === null ? [plan.tasks] : batchesOf(plan.tasks, batch, dataset);
  const isChained = groups.some((tasks) => {
    const ids = new Set(tasks.map(({ key }) => `${plan.dataset}/${key}`));
    return tasks.some(({ inputs }) => inputs.some((i) => 'tasks' in i && i.tasks.some((id) => ids.has(id))));
  });
  if (!isChained) return null;
  return {
    code: 'PLAN_REFUSED',
    message: `Each partition of ${plan.dataset} is made from the published one before it, so several cannot be promoted as a unit.`,
    hint: together ? 'Leave --together out.' : 'Leave --batch out.',
  };
}

function limitRefusal(dataset: Dataset, plan: DatasetPlan, limit: GuardFacts['limit']): Refusal | null {
  const { partitions, inputBytes } = dataset.limits;
  const count = plan.tasks.length;
  if (limit === null && count > partitions) {
    return {
      code: 'PLAN_REFUSED',
      message: `${plan.dataset} has ${count} tasks, and limits.partitions allows ${partitions} a run.`,
      hint: `Add --limit ${partitions} for the first ones, --limit all for every one, or narrow the range.`,
    };
  }
  const bytes = inputBytesOf(plan.tasks);
  if (inputBytes === null || bytes <= inputBytes) return null;
  return {
    code: 'PLAN_REFUSED',
    message: `${plan.dataset} would read ${formatByteSize(bytes)}, and limits.inputBytes allows ${formatByteSize(inputBytes)} a run.`,
    hint: 'Add --limit N for the first N tasks, narrow the range, or raise limits.inputBytes.',
  };
}

function budgetRefusal({ planned, maxBytes }: GuardFacts): Refusal | null {
  const bytes = inputBytesOf(planned.flatMap(({ plan }) => plan.tasks));
  if (maxBytes === null || bytes <= maxBytes) return null;
  return {
    code: 'PLAN_REFUSED',
    message: `The plan would read ${formatByteSize(bytes)}, and --max-bytes allows ${formatByteSize(maxBytes)}.`,
    hint: 'Raise --max-bytes, add --limit N for the first N tasks, or narrow the range.',
  };
}

/** Bytes of the inputs whose versions are known; what other tasks have yet to make is not. */
export function inputBytesOf(tasks: readonly Task[]): number {
  return tasks.reduce(
    (sum, task) => sum + task.inputs.reduce((s, input) => s + ('bytes' in input ? input.bytes : 0), 0),
    0,
  );
}
