/** `retry`: plans again the keys of a run that did not end well, and nothing else. */
import { LakefillError } from '../core/errors.js';
import type { Plan } from '../plan/plan.js';
import { unwellKeys } from '../run/outcome.js';
import type { ApiContext } from './context.js';
import { runDocument } from './history.js';
import { findRun } from './lost-first.js';
import { planKeys } from './plan.js';
import type { CommonOptions, ExecutionOptions } from './types.js';

/** A plan for exactly those keys, including keys that are held because they were tried before. Throws RUN_UNKNOWN. */
export async function planRetry(
  context: ApiContext,
  run: string,
  options: CommonOptions & ExecutionOptions,
): Promise<Plan> {
  const document = await findRun(context, () => runDocument(context, run));
  const keys = unwellKeys(document);
  for (const name of keys.keys()) {
    if (context.project.datasets.some((dataset) => dataset.name === name)) continue;
    throw new LakefillError(
      'DATASET_UNKNOWN',
      `Run ${run} worked on the dataset ${name}, which the project does not define any more.`,
      { hint: 'Restore its definition first.' },
    );
  }
  return planKeys(context, keys, options);
}
