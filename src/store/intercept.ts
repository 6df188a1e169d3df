/**
 * One wrapper around every call of a store. What retries, limits, counts, fails or records calls is an `around` function
 * of a few lines (retry.ts, limit.ts, observe.ts, fault.ts, dry-run.ts); none of them lists the port's methods again.
 *
 * A listing is one call per page, the last of which finds the end. `close`, `url`, `capabilities`, `folders` and
 * `bucket` are passed through.
 */
import type { ListOptions, ObjectInfo, ObjectStore } from './object-store.js';

export type StoreMethod = Exclude<keyof ObjectStore, 'url' | 'capabilities' | 'folders' | 'bucket' | 'close'>;

/** One call: narrowing `method` narrows `args`. */
export type Call = {
  [M in StoreMethod]: {
    readonly method: M;
    readonly args: Parameters<ObjectStore[M]>;
    /** 1 for the first call of this wrapper, then counting. */
    readonly index: number;
    /** Of a listing: 1 for its first page. */
    readonly page?: number;
  };
}[StoreMethod];

/**
 * Called instead of each call. `next` makes the call and may be called never, once, or (to try again) after it failed;
 * what `around` returns is the call's answer. For a page of `list` the answer is an `IteratorResult` of a page, and
 * `next` after a failure goes on behind the last page that was answered.
 */
export type Around = <T>(call: Call, next: () => Promise<T>) => Promise<T>;

/** The store with `around` around every call. */
export function intercept(store: ObjectStore, around: Around): ObjectStore {
  let calls = 0;
  const wrap =
    <M extends Exclude<StoreMethod, 'list'>>(method: M) =>
    (...args: Parameters<ObjectStore[M]>): ReturnType<ObjectStore[M]> => {
      const call = { method, args, index: ++calls } as Call;
      const next = async (): Promise<unknown> => (store[method] as (...all: typeof args) => unknown)(...args);
      return around(call, next) as ReturnType<ObjectStore[M]>;
    };
  return {
    url: store.url,
    get capabilities() {
      return store.capabilities;
    },
    ...(store.folders ? { folders: store.folders } : {}),
    ...(store.bucket ? { bucket: store.bucket } : {}),
    list: (prefix, options) =>
      listPages(store, prefix, options, (args, page, next) =>
        around({ method: 'list', args, index: ++calls, page }, next),
      ),
    listLevel: wrap('listLevel'),
    head: wrap('head'),
    get: wrap('get'),
    download: wrap('download'),
    put: wrap('put'),
    copy: wrap('copy'),
    delete: wrap('delete'),
    prepare: wrap('prepare'),
    complete: wrap('complete'),
    abort: wrap('abort'),
    listPrepared: wrap('listPrepared'),
    close: () => store.close(),
  };
}

/** The options that a call was given: every method takes them last. */
export function signalOf(call: Call): AbortSignal | undefined {
  const last: unknown = call.args.at(-1);
  const signal = (last as { signal?: unknown } | undefined)?.signal;
  return signal instanceof AbortSignal ? signal : undefined;
}

type Page = IteratorResult<readonly ObjectInfo[]>;

async function* listPages(
  store: ObjectStore,
  prefix: string,
  options: ListOptions | undefined,
  ask: (args: [string, ListOptions?], page: number, next: () => Promise<Page>) => Promise<Page>,
): AsyncIterable<readonly ObjectInfo[]> {
  let rest: ListOptions | undefined = options;
  let pages: AsyncIterator<readonly ObjectInfo[]> | null = null;
  const next = async (): Promise<Page> => {
    pages ??= store.list(prefix, rest)[Symbol.asyncIterator]();
    try {
      return await pages.next();
    } catch (error) {
      pages = null; // a generator that threw only ever says `done`: asking it again would cut the listing short
      throw error;
    }
  };
  try {
    for (let page = 1; ; page++) {
      const answer = await ask([prefix, rest], page, next);
      if (answer.done) return;
      const last = answer.value.at(-1)?.path;
      if (last !== undefined) rest = { ...rest, after: last };
      yield answer.value;
    }
  } finally {
    // TypeScript does not see that `next` assigns it.
    await (pages as AsyncIterator<unknown> | null)?.return?.();
  }
}
