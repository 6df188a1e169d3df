/**
 * Listings of one command: each prefix is listed once, however many datasets read it. A listing that failed is a
 * value, so that nobody can take it for an empty one. The cache belongs to one command and is thrown away with it.
 */
import { compareBytes } from '../core/byte-order.js';
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

/** So many pages are read before prefixes that lie far apart are listed one by one. */
const SPAN_PAGES = 2;

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

  /**
   * As `list`, for several prefixes of which none is inside another, in their order. A store without folders is read from the first of
   * them to the last: one request then answers for all partitions of a month. `within` is above them all.
   */
  listEach(store: ObjectStore, prefixes: readonly string[], within: string): Promise<Listing[]> {
    const unknown = prefixes.filter((prefix) => !this.holds(store, prefix));
    if (store.folders === undefined && unknown.length > 1) {
      const span = readSpan(store, unknown, within, this.options);
      for (const prefix of unknown) {
        const listing = span.then((read) => read.get(prefix) ?? listNow(store, prefix, this.options));
        this.listings.set(cacheKey(store, prefix), listing);
      }
    }
    return Promise.all(prefixes.map((prefix) => this.list(store, prefix, within)));
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

/** The prefixes of which a few pages tell all. None where nobody may list all of `within`: less of it may be allowed. */
async function readSpan(
  store: ObjectStore,
  prefixes: readonly string[],
  within: string,
  options: CallOptions,
): Promise<ReadonlyMap<string, Listing>> {
  const sorted = [...prefixes].sort(compareBytes);
  const range = { after: sorted[0]!.slice(0, -1), until: sorted.at(-1)! };
  try {
    const { objects, isWhole } = await readPages(store, within, { ...options, ...range });
    const told = sorted.filter((prefix) => isWhole || isPast(objects, prefix));
    return new Map(
      told.map((prefix) => {
        const own = objects.filter(({ path }) => path.startsWith(prefix));
        return [prefix, { outcome: 'listed', objects: own, unlisted: [] }];
      }),
    );
  } catch (error) {
    if (isLakefillError(error, 'STORE_DENIED')) return new Map();
    return new Map(sorted.map((prefix) => [prefix, failed(store, prefix, error, options)]));
  }
}

/** Objects after `after`, until there are some past the prefix `until`, there are no more (`isWhole`), or it took too many pages. */
async function readPages(
  store: ObjectStore,
  prefix: string,
  { until, ...options }: ListOptions & { readonly until: string },
): Promise<{ readonly objects: readonly ObjectInfo[]; readonly isWhole: boolean }> {
  const objects: ObjectInfo[] = [];
  let pages = 0;
  for await (const page of store.list(prefix, options)) {
    objects.push(...page);
    if (isPast(objects, until) || ++pages === SPAN_PAGES) return { objects, isWhole: false };
  }
  return { objects, isWhole: true };
}

/** True when the objects, ascending, go on behind everything under the prefix. */
function isPast(objects: readonly ObjectInfo[], prefix: string): boolean {
  const last = objects.at(-1)?.path;
  return last !== undefined && compareBytes(last, prefix) > 0 && !last.startsWith(prefix);
}

async function listNow(store: ObjectStore, prefix: string, options: ListOptions): Promise<Listing> {
  const unlisted = new Map<string, Unlisted>();
  const onUnlisted = ({ path, kind, error }: UnlistedPlace) =>
    void unlisted.set(path, { path, kind, message: error.message });
  try {
    const objects = await listAll(store, prefix, { ...options, onUnlisted });
    return { outcome: 'listed', objects, unlisted: [...unlisted.values()] };
  } catch (error) {
    return failed(store, prefix, error, options);
  }
}

/** Throws what is no failure of the store: cancellation. */
function failed(store: ObjectStore, prefix: string, error: unknown, { signal }: CallOptions): Listing {
  if (isLakefillError(error, 'CANCELLED') || signal?.aborted) throw error;
  const code = isLakefillError(error) ? error.code : 'STORE_FAILED';
  const place = formatLocation({ store: store.url, path: prefix });
  return { outcome: 'failed', code, message: `${place} could not be listed: ${messageOf(error)}` };
}
