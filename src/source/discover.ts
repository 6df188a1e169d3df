/** What the `from` variables of a dataset are: one listing of their input, and the keys that the journal knows. */
import { shownLocation } from '../core/location.js';
import type { KeyValues } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import { DiscoveredValues, discoveringInput } from '../dataset/discovered.js';
import type { JournalState } from '../journal/entry.js';
import type { ObjectStore } from '../store/object-store.js';
import { InputListing } from './input-listing.js';
import type { ListingCache } from './listing-cache.js';

export interface Discovery {
  readonly values: DiscoveredValues;
  /** The input has no value and the journal no key: what was looked at; null where there are some. */
  readonly nothing: {
    readonly input: string;
    readonly marker: string | null;
    readonly unmarked: number;
  } | null;
  /** Objects of the input whose path has a text that is no value: how many, and the place of one; null when there are none. */
  readonly unfit: { readonly input: string; readonly objects: number; readonly example: string } | null;
  /** Why the input's values are not known; null when it was listed whole. Otherwise `values` holds those that are known, perhaps not all. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface DiscoveryRequest {
  readonly dataset: Dataset;
  readonly stores: (url: string) => ObjectStore;
  readonly cache: ListingCache;
  /** Null when it could not be read. */
  readonly journal: JournalState | null;
}

/** Null for a dataset without `from` variables. A listing that failed is a value; cancellation is thrown. */
export async function discover(request: DiscoveryRequest): Promise<Discovery | null> {
  const { dataset, stores, cache, journal } = request;
  const input = discoveringInput(dataset);
  if (input === null) return null;
  const store = stores(input.template.root.store);
  const listing = await InputListing.open({ dataset, input, store, partitions: 'all', cache });
  const found = listing.unitValues();
  const known = knownKeys(dataset, journal);
  const values = new DiscoveredValues(dataset, input, found, known);
  const { name, marker } = input;
  const nothing =
    found.length + known.length > 0 ? null : { input: name, marker, unmarked: listing.unmarked };
  return { values, nothing, unfit: unfitOf(listing), failure: listing.incomplete };
}

function unfitOf({ input, unfit }: InputListing): Discovery['unfit'] {
  if (unfit === null) return null;
  const example = shownLocation({ store: input.template.root.store, path: unfit.example });
  return { input: input.name, objects: unfit.objects, example };
}

/** Values of keys that have content, or are being published. */
function knownKeys({ layout }: Dataset, journal: JournalState | null): KeyValues[] {
  return [...(journal?.keys.values() ?? [])]
    .filter(({ generation, phase }) => generation !== null || phase !== 'stable')
    .flatMap(({ key }): KeyValues[] => {
      const values = layout.parse(key);
      return values === null ? [] : [values];
    });
}
