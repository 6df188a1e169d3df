/** Words of a person about the staged output of a run into its records. Reads only. */
import { LakefillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import type { Instant } from '../core/instant.js';
import type { Project } from '../dataset/dataset.js';
import type { ChosenStaged } from '../run/decision.js';
import { controlOf } from '../run/open-dataset.js';
import { readStaged } from '../run/staged-record.js';
import type { ObjectStore } from '../store/object-store.js';
import { runDocument } from './history.js';
import { firstUnmatched, keyMatcher } from './key-matcher.js';
import type { RunKeysRequest } from './types.js';

export interface StagedContext {
  readonly project: Project;
  readonly stores: (url: string) => ObjectStore;
}

/**
 * The chosen staged output, by dataset. Throws RUN_UNKNOWN, and SELECTION_INVALID when the run staged nothing or a word of the
 * selection matches nothing of it.
 */
export async function chooseStaged(
  context: StagedContext,
  run: string,
  request: RunKeysRequest,
  now: Instant,
): Promise<ChosenStaged[]> {
  const all = await stagedBy(context, run);
  if (all.length === 0) {
    await runDocument(context, run); // RUN_UNKNOWN with the nearest id
    throw new LakefillError('SELECTION_INVALID', `Run ${run} left nothing staged. Nothing was done.`, {
      hint: "Output waits for a decision after 'lakefill run --stage-only'.",
      context: { run },
    });
  }
  const chosen = all.flatMap(({ dataset, records }): ChosenStaged[] => {
    const { wanted, named } = keyMatcher(dataset, request, now);
    const kept = records.filter(({ key }) => wanted(key));
    return kept.length === 0 ? [] : [{ dataset, records: kept, named }];
  });
  refuseUnmatched(all, chosen, run, request, now);
  return chosen;
}

/** Every staged record of the run, by dataset; datasets without one are left out. */
export async function stagedBy(context: StagedContext, run: string): Promise<Omit<ChosenStaged, 'named'>[]> {
  const found: Omit<ChosenStaged, 'named'>[] = [];
  for (const dataset of context.project.datasets) {
    const store = context.stores(dataset.layout.root.store);
    const records = await readStaged(store, controlOf(context, dataset), run);
    const own = records.filter((record) => record.dataset === dataset.name);
    if (own.length > 0) found.push({ dataset, records: own });
  }
  return found;
}

/** Each pattern by itself must match something that the run staged, and all words together must leave something. */
function refuseUnmatched(
  all: readonly Omit<ChosenStaged, 'named'>[],
  chosen: readonly ChosenStaged[],
  run: string,
  request: RunKeysRequest,
  now: Instant,
): void {
  const staged = all.map(({ dataset, records }) => ({ dataset, keys: records.map(({ key }) => key) }));
  const unmatched = firstUnmatched(request.partitions ?? [], staged, now);
  if (unmatched === undefined && chosen.length > 0) return;
  const what = unmatched === undefined ? 'The selection' : `--partition '${unmatched}'`;
  const keys = staged.flatMap((one) => one.keys);
  const meant = unmatched === undefined ? null : nearest(unmatched, keys);
  throw new LakefillError(
    'SELECTION_INVALID',
    `${what} matches nothing that run ${run} staged. Nothing was done.`,
    {
      hint: meant === null ? `It staged ${keys[0]} .. ${keys.at(-1)}.` : `Did you mean '${meant}'?`,
      context: { run, ...(unmatched === undefined ? {} : { partition: unmatched }) },
    },
  );
}
