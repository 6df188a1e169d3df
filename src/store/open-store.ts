/**
 * From a store's URL to the store: the factories are given from above (one line each in the table of parts), each store
 * is made once, and gets the options of the longest prefix in the settings that its URL begins with.
 */
import { LakefillError } from '../core/errors.js';
import type { ObjectStore, StoreCapabilities } from './object-store.js';

/** One kind of store. */
export interface StoreFactory {
  /** `file`, `s3`, `memory`: what stands before `://`. */
  readonly scheme: string;
  /** `url` is `scheme://name/`. Judges the options itself and throws DEFINITION_INVALID for those that it does not know. */
  create(
    url: string,
    options: Readonly<Record<string, unknown>>,
    /** What a probe proved; without it the store claims what it may be asked to prove. */
    proven?: StoreCapabilities,
  ): ObjectStore | Promise<ObjectStore>;
  /** True for stores of unknown make, whose claims must be probed before anything is published to them. */
  readonly probed?: boolean;
}

export interface StoreSettings {
  /** `stores` of the project file: options by URL prefix, such as `s3://lake/` or `s3://`. */
  readonly stores: readonly {
    readonly prefix: string;
    readonly options: Readonly<Record<string, unknown>>;
  }[];
  /** Put around every new store: limits, retries, counters. */
  readonly wrap?: (store: ObjectStore) => ObjectStore;
}

export interface Stores {
  /** The store of a `Location.store`; the same object each time. Throws DEFINITION_INVALID for an unknown scheme or a broken URL. */
  open(url: string): Promise<ObjectStore>;
  /** The same store, which now rests on what a probe proved. */
  openProven(url: string, proven: StoreCapabilities): Promise<ObjectStore>;
  /** True when the store's claims must be probed before anything is published to it. */
  mustProbe(url: string): boolean;
  /** Closes every store that was opened; all are tried, the first failure is thrown. */
  close(): Promise<void>;
}

export function createStores(factories: readonly StoreFactory[], settings: StoreSettings): Stores {
  for (const { prefix } of settings.stores) checkSettingsPrefix(prefix);
  const opened = new Map<string, Promise<ObjectStore>>();
  const create = async (url: string, proven?: StoreCapabilities): Promise<ObjectStore> => {
    const store = await factoryOf(factories, url).create(url, optionsOf(settings, url), proven);
    return settings.wrap ? settings.wrap(store) : store;
  };
  const once = (name: string, make: () => Promise<ObjectStore>): Promise<ObjectStore> => {
    const known = opened.get(name);
    if (known) return known;
    const opening = make();
    opened.set(name, opening);
    opening.catch(() => opened.delete(name)); // a failure is not remembered
    return opening;
  };
  return {
    open: (url) => once(url, () => create(url)),
    openProven: (url, proven) => once(`${url} ${JSON.stringify(proven)}`, () => create(url, proven)),
    mustProbe: (url) => factoryOf(factories, url).probed === true,
    async close() {
      const closing = [...opened.values()].map(async (opening) => (await opening).close());
      opened.clear();
      const failed = (await Promise.allSettled(closing)).find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

function factoryOf(factories: readonly StoreFactory[], url: string): StoreFactory {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/]*\/$/.exec(url)?.[1];
  const factory = factories.find((candidate) => candidate.scheme === scheme);
  if (factory) return factory;
  const known = factories.map((candidate) => `${candidate.scheme}://`).join(', ');
  throw new LakefillError('DEFINITION_INVALID', `No store is known for ${JSON.stringify(url)}.`, {
    hint: `Use one of ${known}, or a plain path for a local folder.`,
    context: { url },
  });
}

function optionsOf(settings: StoreSettings, url: string): Readonly<Record<string, unknown>> {
  const fitting = settings.stores.filter(({ prefix }) => url.startsWith(prefix));
  const longest = fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return longest?.options ?? {};
}

/** A store serves a whole bucket, so options for a part of one could not be kept apart. */
function checkSettingsPrefix(prefix: string): void {
  if (/^[a-z][a-z0-9+.-]*:\/\/([^/]*\/?)$/.test(prefix)) return;
  throw new LakefillError('DEFINITION_INVALID', `stores: ${JSON.stringify(prefix)} names no store.`, {
    hint: 'Give a bucket such as s3://lake/, or a scheme such as s3:// for all; options apply to whole buckets.',
    context: { prefix },
  });
}
