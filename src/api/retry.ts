/** `retry`: plans again the keys of a run that did not end well, and nothing else, to be published as that run would have. */
import { LakefillError } from '../core/errors.js';
import { Only } from '../plan/only.js';
import type { Plan } from '../plan/plan.js';
import { unwellKeys } from '../run/outcome.js';
import type { RunDocument } from '../run/run-document.js';
import type { ApiContext } from './context.js';
import { runDocument } from './history.js';
import { findRun } from './lost-first.js';
import { planKeys } from './plan.js';
import type { CommonOptions, ExecutionOptions } from './types.js';

/**
 * A plan for exactly those keys, including keys that are held because they were tried before; without those that are fresh because
 * they were made since. Stages only, publishes together or in batches when that run did so. Throws RUN_UNKNOWN.
 */
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
  const only = Only.unlessMadeSince(Date.parse(document.startedAt));
  return planKeys(context, keys, only, { ...options, ...asBefore(document, options) });
}

/** How that run published, where the options do not say otherwise. */
function asBefore({ options: before }: RunDocument, options: ExecutionOptions): ExecutionOptions {
  const batch = options.batch ?? before?.batch ?? null;
  return {
    stageOnly: options.stageOnly ?? before?.stageOnly ?? false,
    together: options.together ?? before?.together ?? false,
    ...(batch === null ? {} : { batch }),
  };
}
