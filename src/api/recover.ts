/**
 * `recover`: what every writing command does first, by itself and told in full. It also records the versions of files that were copied,
 * which the others leave to it: it takes a listing of the whole target, and reading what was copied.
 */
import { timedId } from '../core/id.js';
import type { RunContext } from '../run/context.js';
import { controlOf, openDataset } from '../run/open-dataset.js';
import { readJournal } from '../journal/read.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { FoundLease } from '../journal/lease.js';
import type { ControlPaths } from '../journal/control.js';
import type { ObjectStore } from '../store/object-store.js';
import { leftOfDeadRuns } from './gc.js';
import type { JournalState } from '../journal/entry.js';
import { findCopies, recordCopies } from '../publish/record-copies.js';
import type { Dataset } from '../dataset/dataset.js';
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
    datasets.push({ dataset: dataset.name, ...(await recoverDataset(context, dataset, run)) });
  }
  return { format: 'lakefill.recover/1', datasets };
}

type Recovered = Omit<RecoverDocument['datasets'][number], 'dataset'>;

async function recoverDataset(context: RunContext, dataset: Dataset, run: string): Promise<Recovered> {
  if (!context.dryRun) {
    const { recovered, publish } = await openDataset(context, dataset, run);
    const copied = (await recordCopies(publish)).length;
    const { store, control } = publish;
    const leases = await readLeases(store, control);
    return { keys: [...recovered], copied, ...(await leftoversOf(context, store, control, leases)) };
  }
  const store = context.stores(dataset.layout.root.store);
  const control = controlOf(context, dataset);
  const state = await readJournal(store, control);
  const leases = await readLeases(store, control);
  const copied = await findCopies({ store, layout: dataset.layout }, state);
  return {
    keys: inFlightKeys(state, liveKeys(leases)),
    copied: copied.length,
    ...(await leftoversOf(context, store, control, leases)),
  };
}

/** The member `leftovers`, or no member. */
async function leftoversOf(
  context: RunContext,
  store: ObjectStore,
  control: ControlPaths,
  leases: readonly FoundLease[],
): Promise<Pick<Recovered, 'leftovers'>> {
  const leftovers = await leftOfDeadRuns(store, control, leases, context.clock.now());
  return leftovers.objects > 0 ? { leftovers } : {};
}

function inFlightKeys(
  state: JournalState,
  live: ReadonlyMap<string, { readonly run: string }>,
): Recovered['keys'] {
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
