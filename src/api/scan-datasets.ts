/** Scans of several datasets in one command: one `now`, one listing per prefix, a few datasets at a time. */
import pLimit from 'p-limit';
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import type { DatasetScan } from '../scan/dataset-scan.js';
import type { TreeOf } from '../scan/definition-comparison.js';
import { scanDataset } from '../scan/scan.js';
import { ListingCache } from '../source/listing-cache.js';
import type { ApiContext } from './context.js';

/** Enough to hide a store's latency; each holds its listings in memory. */
const DATASETS_AT_ONCE = 4;

export interface WantedDataset {
  readonly dataset: Dataset;
  /** Keys to judge; absent: all. */
  readonly wanted?: (partition: PartitionKey) => boolean;
}

/** In the order given; put upstreams first and their listings serve those that read them. */
export async function scanDatasets(
  context: ApiContext,
  datasets: readonly WantedDataset[],
  options: {
    readonly now: Instant;
    readonly deep?: boolean;
    readonly signal?: AbortSignal;
    /** Listings that were made already, and those of the scan. Default: none yet. */
    readonly cache?: ListingCache;
  },
): Promise<DatasetScan[]> {
  const { project, stores, journals } = context;
  const { now, deep = false, signal } = options;
  const common = {
    datasetNamed: (name: string) => project.datasets.find((dataset) => dataset.name === name) ?? null,
    stores,
    journals,
    cache: options.cache ?? new ListingCache(signal === undefined ? {} : { signal }),
    now,
    deep,
    treeOf: treeOf(context),
    ...(signal === undefined ? {} : { signal }),
  };
  return pLimit(DATASETS_AT_ONCE).map(datasets, (wanted) => scanDataset({ ...common, ...wanted }));
}

function treeOf({ engine }: ApiContext): TreeOf {
  return async (sql) => {
    const { tree, treeAlgorithm } = await engine().inspect(sql);
    return tree === null ? null : { algorithm: treeAlgorithm, tree };
  };
}
