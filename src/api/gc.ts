/** `gc`: removes what lakefill wrote and nothing needs any more. */
import { timedId } from '../core/id.js';
import { collectGarbage, deadFolders } from '../publish/gc.js';
import type { ControlPaths } from '../journal/control.js';
import type { Instant } from '../core/instant.js';
import type { ObjectStore } from '../store/object-store.js';
import type { FoundLease } from '../journal/lease.js';
import type { RunContext } from '../run/context.js';
import { openDataset } from '../run/open-dataset.js';
import { loadRun } from '../run/run-store.js';
import { stagedUntil } from '../run/staged-record.js';
import type { GcDocument } from './documents.js';
import { chooseDatasets } from '../plan/select.js';

export async function gcProject(context: RunContext, names: readonly string[]): Promise<GcDocument> {
  const run = timedId(context.clock.now());
  const datasets: GcDocument['datasets'][number][] = [];
  for (const dataset of chooseDatasets(context.project.datasets, { datasets: names })) {
    const open = await openDataset(context, dataset, run);
    const items = await collectGarbage(open.publish, {
      now: context.clock.now(),
      dryRun: context.dryRun,
      stagingExpiry: stagingExpiryIn(open.store, open.control),
    });
    datasets.push({ dataset: dataset.name, store: open.store.url, items });
  }
  const all = datasets.flatMap(({ items }) => items).filter(({ removed }) => removed || context.dryRun);
  return {
    format: 'lakefill.gc/1',
    dryRun: context.dryRun,
    objects: all.reduce((sum, item) => sum + item.objects, 0),
    bytes: all.reduce((sum, item) => sum + item.bytes, 0),
    datasets,
  };
}

/** By its run document, else by what it staged; null when neither says. */
function stagingExpiryIn(store: ObjectStore, control: ControlPaths) {
  return async (run: string): Promise<Instant | null> => {
    const stored = await loadRun(store, control, run);
    return stored ? Date.parse(stored.stagingExpires) : stagedUntil(store, control, run);
  };
}

/** Work folders and staging of runs that are over: what `gc` would remove of them. Costs a listing of two levels. */
export async function leftOfDeadRuns(
  store: ObjectStore,
  control: ControlPaths,
  leases: readonly FoundLease[],
  now: Instant,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const live = new Set(leases.filter(({ alive }) => alive).map(({ content }) => content.run));
  const stagingExpiry = stagingExpiryIn(store, control);
  const found = await deadFolders({ store, control }, live, { now, stagingExpiry });
  return {
    objects: found.reduce((sum, { objects }) => sum + objects, 0),
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
