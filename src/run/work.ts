/** One task of a run with everything that its way to the end needs; and the groups in which tasks are promoted. */
import type { Lease } from '../journal/lease.js';
import { batchesOf } from '../plan/batches.js';
import type { DatasetPlan, PlanOptions, Task } from '../plan/plan.js';
import type { DatasetRun } from './dataset-run.js';
import type { OpenedPlan } from './open-plan.js';
import { PromoteGroup } from './promote-group.js';
import type { PromoteAll } from './promote-group.js';

export interface Work {
  /** `dataset/key`, as plans name tasks. */
  readonly id: string;
  readonly dataset: DatasetPlan;
  readonly task: Task;
  readonly shared: DatasetRun;
  readonly lease: Lease;
  readonly group: PromoteGroup;
  /** Resolves when the group before this one is done: the batches of a dataset go one after the other. */
  readonly turn: Promise<void>;
  /** Tasks whose output this one reads. */
  readonly awaits: readonly string[];
}

export interface Arrangement {
  readonly opened: OpenedPlan;
  readonly shared: DatasetRun;
  readonly options: PlanOptions;
  readonly promote: PromoteAll;
}

/** The tasks of one dataset in the plan's order. */
export function arrange({ opened, shared, options, promote }: Arrangement): Work[] {
  const { plan, open, lease } = opened;
  const together = options.together || open.dataset.together;
  const groups =
    together && options.batch === null ? [plan.tasks] : batchesOf(plan.tasks, options.batch, open.dataset);
  let turn = Promise.resolve();
  return groups.flatMap((tasks) => {
    const group = new PromoteGroup({ size: tasks.length, together, promote });
    const mine = turn;
    if (options.batch !== null) turn = group.done;
    return tasks.map((task): Work => {
      const awaits = task.inputs.flatMap((input) => ('tasks' in input ? input.tasks : []));
      return {
        id: `${plan.dataset}/${task.key}`,
        dataset: plan,
        task,
        shared,
        lease,
        group,
        turn: mine,
        awaits,
      };
    });
  });
}
