/** What only looking beyond the scan tells of datasets that a plan works on: their journal's pin, and their SQL. Reads only. */
import { isLakefillError } from '../core/errors.js';
import type { Dataset } from '../dataset/dataset.js';
import { checkPin, readPin } from '../journal/pin.js';
import type { Refusal } from '../plan/guards.js';
import type { Plan } from '../plan/plan.js';
import { transformRefusal } from '../plan/transform-guard.js';
import { controlOf, pinOf } from '../run/open-dataset.js';
import type { ApiContext } from './context.js';

/** By dataset; of those without tasks nothing is asked. */
export async function refusalsOf(context: ApiContext, made: Plan): Promise<Map<string, Refusal>> {
  const names = new Set(made.datasets.filter(({ tasks }) => tasks.length > 0).map(({ dataset }) => dataset));
  const datasets = context.project.datasets.filter(({ name }) => names.has(name));
  const found = await Promise.all(
    datasets.map(async (dataset) => {
      const [pinned, written] = await Promise.all([
        pinRefusal(context, dataset),
        sqlRefusal(context, dataset),
      ]);
      return { name: dataset.name, refusal: pinned ?? written };
    }),
  );
  return new Map(found.flatMap(({ name, refusal }) => (refusal === null ? [] : [[name, refusal] as const])));
}

async function sqlRefusal({ engine }: ApiContext, dataset: Dataset): Promise<Refusal | null> {
  const inspection = dataset.transform === null ? null : await engine().inspect(dataset.transform.sql);
  return transformRefusal(dataset, inspection);
}

/** What else a pin cannot be read for is the run's to tell: a plan can be looked at all the same. */
async function pinRefusal(context: ApiContext, dataset: Dataset): Promise<Refusal | null> {
  const control = controlOf(context, dataset);
  try {
    checkPin(await readPin(context.stores(dataset.layout.root.store), control), pinOf(dataset), control);
    return null;
  } catch (error) {
    if (isLakefillError(error, 'DEFINITION_DIFFERS'))
      return { code: error.code, message: error.message, hint: error.hint! };
    if (isLakefillError(error) && error.code !== 'CANCELLED') return null;
    throw error;
  }
}
