/** `gc`: removes what lakefill wrote and nothing needs any more; with `purge` only the earlier copies of some keys. */
import { timedId } from '../core/id.js';
import { collectGarbage, deadFolders } from '../publish/gc.js';
import type { Dataset } from '../dataset/dataset.js';
import type { ControlPaths } from '../journal/control.js';
import type { Instant } from '../core/instant.js';
import type { ObjectStore } from '../store/object-store.js';
import { liveRuns } from '../journal/lease.js';
import type { FoundLease } from '../journal/lease.js';
import type { RunContext } from '../run/context.js';
import { openDataset } from '../run/open-dataset.js';
import { loadRun } from '../run/run-store.js';
import { stagedUntil } from '../run/staged-record.js';
import type { GcDocument } from './documents.js';
import { purgeKeys } from './purge.js';
import type { GcRequest } from './types.js';
import { chooseDatasets } from '../plan/select.js';

export async function gcProject(context: RunContext, request: GcRequest): Promise<GcDocument> {
  const run = timedId(context.clock.now());
  const chosen = chooseDatasets(context.project.datasets, { datasets: request.datasets ?? [] });
  const datasets =
    request.purge === undefined
      ? await collect(context, chosen, run)
      : await purgeKeys(context, chosen, run, request.purge);
  const all = datasets
    .flatMap(({ items }) => items)
    .filter(({ removed, kept }) => removed || (context.dryRun && kept !== true));
  return {
    format: 'lakefill.gc/1',
    dryRun: context.dryRun,
    ...(request.purge === undefined ? {} : { purge: request.purge }),
    objects: all.reduce((sum, item) => sum + item.objects, 0),
    bytes: all.reduce((sum, item) => sum + item.bytes, 0),
    datasets,
  };
}

async function collect(
  context: RunContext,
  chosen: readonly Dataset[],
  run: string,
): Promise<GcDocument['datasets']> {
  const datasets: GcDocument['datasets'][number][] = [];
  for (const dataset of chosen) {
    const open = await openDataset(context, dataset, run);
    const items = await collectGarbage(open.publish, {
      now: context.clock.now(),
      dryRun: context.dryRun,
      stagingExpiry: stagingExpiryIn(open.store, open.control),
    });
    datasets.push({ dataset: dataset.name, store: open.store.url, items });
  }
  return datasets;
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
  const stagingExpiry = stagingExpiryIn(store, control);
  const found = await deadFolders({ store, control }, liveRuns(leases), { now, stagingExpiry });
  return {
    objects: found.reduce((sum, { objects }) => sum + objects, 0),
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
