/** `scan`: the status of every partition of the selection, as a document. */
import { formatInstant } from '../core/instant.js';
import { formatLocation } from '../core/location.js';
import { inDependencyOrder, withDownstream } from '../plan/order.js';
import { chooseDatasets, resolveSelection } from '../plan/select.js';
import type { ResolvedSelection } from '../plan/select.js';
import type { DatasetScan, ScannedKey } from '../scan/dataset-scan.js';
import type { Status } from '../scan/status.js';
import { ListingCache } from '../source/listing-cache.js';
import type { ApiContext } from './context.js';
import type { ScanDocument, ScannedDataset, ScannedPartition } from './documents.js';
import { expectations } from './expected.js';
import { scanDatasets } from './scan-datasets.js';
import type { ScanOptions } from './types.js';

/**
 * Reads only. A store or journal that cannot be read makes partitions `unknown`, never an error. Throws SELECTION_INVALID,
 * DATASET_UNKNOWN and CANCELLED. `only` narrows the partitions that are listed, not the counts.
 */
export async function scan(context: ApiContext, options: ScanOptions = {}): Promise<ScanDocument> {
  const now = context.clock.now();
  const all = context.project.datasets;
  const named = chooseDatasets(all, options);
  const chosen = options.withDownstream === true ? withDownstream(named, all) : named;
  const cache = new ListingCache(options.signal === undefined ? {} : { signal: options.signal });
  const expectedOf = await expectations(context, chosen, now, cache);
  const resolved = resolveSelection(chosen, options, now, expectedOf);
  const selections = new Map(resolved.map((s) => [s.dataset.name, s]));
  const wanted = inDependencyOrder(chosen).map((dataset) => ({
    dataset,
    wanted: selections.get(dataset.name)!.wanted,
  }));
  const scans = await scanDatasets(context, wanted, { ...options, now, cache });
  const byName = new Map(scans.map((s) => [s.dataset.name, s]));
  return {
    format: 'lakefill.scan/1',
    asOf: formatInstant(now),
    datasets: chosen.map(({ name }) => documentOf(byName.get(name)!, selections.get(name)!)),
  };
}

function documentOf(
  { dataset, keys, notes }: DatasetScan,
  { only, notes: asked }: ResolvedSelection,
): ScannedDataset {
  const counts: Partial<Record<Status, number>> = {};
  const unmanaged: Partial<Record<Status, number>> = {};
  for (const { status, managed, objects } of keys) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (!managed && objects.length > 0 && status !== 'unknown')
      unmanaged[status] = (unmanaged[status] ?? 0) + 1;
  }
  const shown = only.given ? keys.filter((key) => only.takes(key)) : keys;
  return {
    dataset: dataset.name,
    target: formatLocation(dataset.layout.root),
    grain: dataset.time?.grain ?? null,
    timezone: dataset.time?.timezone ?? null,
    counts,
    unmanaged,
    partitions: shown.map(partitionOf),
    notes: [...asked, ...notes],
  };
}

function partitionOf({
  partition,
  objects,
  state,
  status,
  reasons,
  notes,
  managed,
  rows,
}: ScannedKey): ScannedPartition {
  const { key, interval } = partition;
  let bytes = 0;
  let newest = -Infinity;
  for (const { size, lastModified } of objects) {
    bytes += size;
    newest = Math.max(newest, lastModified);
  }
  return {
    key,
    start: interval === null ? null : formatInstant(interval.start),
    end: interval === null ? null : formatInstant(interval.end),
    status,
    reasons,
    notes,
    managed,
    generation: state?.generation ?? null,
    files: objects.length,
    bytes,
    rows,
    lastModified: objects.length === 0 ? null : formatInstant(newest),
  };
}
