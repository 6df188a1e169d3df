/** The inputs of a task as they stand now, held against what was planned. */
import type { PartitionKey } from '../core/partition-key.js';
import type { Task } from '../plan/plan.js';
import { InputFactsReader } from '../source/input-facts.js';
import type { InputFacts } from '../source/input-facts.js';
import { InputListing } from '../source/input-listing.js';
import { ListingCache } from '../source/listing-cache.js';
import type { ObjectStore } from '../store/object-store.js';
import type { DatasetRun } from './dataset-run.js';

export interface TaskInput {
  readonly facts: InputFacts;
  readonly store: ObjectStore;
}

/** Every input, listed now; what another task of the plan makes is taken as it is. `changed` says in words what moved since the plan. */
export async function taskInputs(
  shared: DatasetRun,
  task: Task,
  partition: PartitionKey,
): Promise<readonly TaskInput[] | { readonly changed: string }> {
  const { context, open } = shared;
  const inputs: TaskInput[] = [];
  for (const input of open.dataset.inputs) {
    const store = context.stores(input.template.root.store);
    const cache = new ListingCache(context.signal ? { signal: context.signal } : {});
    const listing = await InputListing.open({
      dataset: open.dataset,
      input,
      store,
      partitions: [partition],
      cache,
    });
    const failure = listing.failureFor(partition);
    if (failure !== null) return { changed: `Input ${input.name} could not be listed: ${failure}` };
    const now = new InputFactsReader(listing).read(partition);
    const planned = task.inputs.find(({ name }) => name === input.name);
    if (planned === undefined)
      return { changed: `Input ${input.name} is not among those of the plan. The partition was left alone.` };
    if ('version' in planned && planned.version !== now.record.version) {
      return {
        changed: `Input ${input.name} changed after the plan was made (${planned.objects} objects then, ${now.record.objects} now). The partition was left alone.`,
      };
    }
    inputs.push({ facts: now, store });
  }
  return inputs;
}
