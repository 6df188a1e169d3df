/** The keys that datasets expect, those that must be looked up in a listing included: what a selection is read against. */
import type { Instant } from '../core/instant.js';
import type { Dataset, ExpectedKey } from '../dataset/dataset.js';
import { discoveringInput } from '../dataset/discovered.js';
import { expectedKeys } from '../dataset/expected-keys.js';
import { discover } from '../source/discover.js';
import type { ListingCache } from '../source/listing-cache.js';
import type { ApiContext } from './context.js';

/** Looks up what has to be looked up, once. What cannot be listed or read is not among the keys: the scan says so. */
export async function expectations(
  { stores, journals }: ApiContext,
  datasets: readonly Dataset[],
  now: Instant,
  cache: ListingCache,
): Promise<(dataset: Dataset) => readonly ExpectedKey[]> {
  const found = new Map<Dataset, readonly ExpectedKey[]>();
  for (const dataset of datasets) {
    if (discoveringInput(dataset) === null) continue;
    const journal = await journals(dataset)
      .read()
      .catch(() => null);
    const discovery = await discover({ dataset, stores, cache, journal });
    found.set(dataset, expectedKeys(dataset, now, discovery?.values));
  }
  return (dataset) => found.get(dataset) ?? expectedKeys(dataset, now);
}
