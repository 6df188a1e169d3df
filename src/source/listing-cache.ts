/**
 * Listings of one command: each prefix is listed once, however many datasets read it. A listing that failed is a
 * value, so that nobody can take it for an empty one. The cache belongs to one command and is thrown away with it.
 */
import { isLakefillError, messageOf } from '../core/errors.js';
import { formatLocation } from '../core/location.js';
import { listAll } from '../store/object-store.js';
import type {
  CallOptions,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  UnlistedPlace,
} from '../store/object-store.js';
import { hides } from './unlisted.js';
import type { Unlisted } from './unlisted.js';

export type Listing =
  | {
      readonly outcome: 'listed';
      readonly objects: readonly ObjectInfo[];
      /** Places of which nothing is known: whatever needs them is not known either. */
      readonly unlisted: readonly Unlisted[];
    }
  /** Not known what is there. `message` names the prefix. */
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string };

export class ListingCache {
  private readonly listings = new Map<string, Promise<Listing>>();

  constructor(private readonly options: CallOptions = {}) {}

  /** True when the whole prefix, or one above it, was already asked for. */
  holds(store: ObjectStore, prefix: string): boolean {
    return this.above(store, prefix) !== null;
  }

  /**
   * What is under the prefix, as of some moment of this command. Cancellation is thrown; every other failure is a value. Symbolic
   * links between `within` and the prefix are refused: a listing of `within` would not have followed them.
   */
  async list(store: ObjectStore, prefix: string, within = prefix): Promise<Listing> {
    const above = this.above(store, prefix);
    if (above === null) return this.listAgain(store, prefix, within);
    const listing = await this.listings.get(cacheKey(store, above))!;
    if (above === prefix || listing.outcome === 'failed') return listing;
    return {
      outcome: 'listed',
      objects: listing.objects.filter((o) => o.path.startsWith(prefix)),
      unlisted: listing.unlisted.filter((place) => hides(place, prefix)),
    };
  }

  /** Lists now, whatever is remembered, and remembers the result. */
  listAgain(store: ObjectStore, prefix: string, within = prefix): Promise<Listing> {
    const listing = listNow(store, prefix, { ...this.options, within });
    this.listings.set(cacheKey(store, prefix), listing);
    return listing;
  }

  private above(store: ObjectStore, prefix: string): string | null {
    for (let end = prefix.length; end >= 0; end = end === 0 ? -1 : prefix.lastIndexOf('/', end - 2) + 1) {
      const candidate = prefix.slice(0, end);
      if (this.listings.has(cacheKey(store, candidate))) return candidate;
    }
    return null;
  }
}

function cacheKey(store: ObjectStore, prefix: string): string {
  return `${store.url}\0${prefix}`;
}

async function listNow(store: ObjectStore, prefix: string, options: ListOptions): Promise<Listing> {
  const unlisted = new Map<string, Unlisted>();
  const onUnlisted = ({ path, kind, error }: UnlistedPlace) =>
    void unlisted.set(path, { path, kind, message: error.message });
  try {
    const objects = await listAll(store, prefix, { ...options, onUnlisted });
    return { outcome: 'listed', objects, unlisted: [...unlisted.values()] };
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED') || options.signal?.aborted) throw error;
    const code = isLakefillError(error) ? error.code : 'STORE_FAILED';
    const place = formatLocation({ store: store.url, path: prefix });
    return { outcome: 'failed', code, message: `${place} could not be listed: ${messageOf(error)}` };
  }
}
