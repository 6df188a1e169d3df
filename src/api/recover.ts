/** `recover`: what every writing command does first, by itself and told in full. */
import { timedId } from '../core/id.js';
import type { RunContext } from '../run/context.js';
import { controlOf, openDataset } from '../run/open-dataset.js';
import { readJournal } from '../journal/read.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { RecoverDocument } from './documents.js';
import { chooseDatasets } from '../plan/select.js';

/** With `dryRun` the keys that would be settled, and nothing is written. */
export async function recoverProject(
  context: RunContext,
  names: readonly string[],
): Promise<RecoverDocument> {
  const run = timedId(context.clock.now());
  const datasets: RecoverDocument['datasets'][number][] = [];
  for (const dataset of chooseDatasets(context.project.datasets, { datasets: names })) {
    const keys = context.dryRun
      ? await inFlightKeys(context, dataset)
      : (await openDataset(context, dataset, run)).recovered;
    datasets.push({ dataset: dataset.name, keys: [...keys] });
  }
  return { format: 'lakefill.recover/1', datasets };
}

async function inFlightKeys(
  context: RunContext,
  dataset: RunContext['project']['datasets'][number],
): Promise<RecoverDocument['datasets'][number]['keys']> {
  const store = context.stores(dataset.layout.root.store);
  const control = controlOf(context, dataset);
  const state = await readJournal(store, control);
  const live = liveKeys(await readLeases(store, control));
  return [...state.keys.values()].flatMap(({ key, phase, attempt }) => {
    if (attempt === null) return [];
    const holder = live.get(key)?.run;
    const message =
      holder === attempt.run
        ? `run ${holder} works on it`
        : `would be ${phase === 'aborting' ? 'undone' : 'finished, or undone where that is impossible'}`;
    return [{ key, run: attempt.run, phase, result: 'in-flight' as const, message }];
  });
}
