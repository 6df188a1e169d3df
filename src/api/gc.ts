/** `gc`: removes what lakefill wrote and nothing needs any more. */
import { timedId } from '../core/id.js';
import { collectGarbage } from '../publish/gc.js';
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
      stagingExpiry: async (id) => {
        const stored = await loadRun(open.store, open.control, id);
        return stored ? Date.parse(stored.stagingExpires) : stagedUntil(open.store, open.control, id);
      },
    });
    datasets.push({ dataset: dataset.name, items });
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
