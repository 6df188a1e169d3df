/**
 * Listings of neighbours that are asked for at the same time, read as one: the partitions of a month lie side by side in a bucket, and
 * a page of a thousand objects answers for all of them. Each is as fresh as if it had been listed by itself.
 *
 * For stores over a network. Folders of a disk are cheaper to list one by one.
 */
import { compareBytes } from '../core/byte-order.js';
import { isLakefillError } from '../core/errors.js';
import type { ListOptions, ObjectInfo, ObjectStore } from './object-store.js';

/** What lies behind these is listed by itself. */
const MOST_PAGES = 2;

interface Asked {
  readonly prefix: string;
  /** Everything under the prefix; null: it must be listed by itself. */
  readonly answer: (objects: readonly ObjectInfo[] | null) => void;
  readonly fail: (error: unknown) => void;
}

/** Prefixes below one parent, of callers that would be cancelled together. */
interface Family {
  readonly parent: string;
  readonly signal: AbortSignal | undefined;
  readonly asked: Asked[];
}

/** The store; `list` without `after` waits for the end of the turn of the event loop in which it was first read. */
export function spanning(store: ObjectStore): ObjectStore {
  const families: Family[] = [];
  const ask = (prefix: string, signal: AbortSignal | undefined) =>
    new Promise<readonly ObjectInfo[] | null>((answer, fail) => {
      const parent = parentOf(prefix);
      let family = families.find((one) => one.parent === parent && one.signal === signal);
      if (family === undefined) {
        if (families.length === 0)
          setImmediate(() => families.splice(0).forEach((one) => void tell(store, one)));
        families.push((family = { parent, signal, asked: [] }));
      }
      family.asked.push({ prefix, answer, fail });
    });
  async function* list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    const objects = (options.after ?? '') === '' ? await ask(prefix, options.signal) : null;
    if (objects === null) yield* store.list(prefix, options);
    else if (objects.length > 0) yield objects;
  }
  return Object.create(store, { list: { value: list } }) as ObjectStore;
}

/** Never rejects: a failure is told to everybody who asked. */
async function tell(store: ObjectStore, { parent, signal, asked }: Family): Promise<void> {
  const prefixes = [...new Set(asked.map(({ prefix }) => prefix))].sort(compareBytes);
  if (prefixes.length < 2) return asked.forEach(({ answer }) => answer(null));
  try {
    const { objects, isTold } = await readSpan(store, parent, prefixes, signal);
    for (const { prefix, answer } of asked)
      answer(isTold(prefix) ? objects.filter(({ path }) => path.startsWith(prefix)) : null);
  } catch (error) {
    // Nobody is asked once more for each prefix. But who may not list all of the parent, or meets something odd there, may list less of it.
    const isForAll = isLakefillError(error) && (error.retryable || error.code === 'CANCELLED');
    for (const { answer, fail } of asked) {
      if (isForAll) fail(error);
      else answer(null);
    }
  }
}

/** `prefixes` ascending. `isTold`: the objects hold everything under the prefix. */
async function readSpan(
  store: ObjectStore,
  parent: string,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly objects: readonly ObjectInfo[]; readonly isTold: (prefix: string) => boolean }> {
  const objects: ObjectInfo[] = [];
  const isPast = (prefix: string) => isBehind(objects.at(-1), prefix);
  const options = { after: prefixes[0]!.slice(0, -1), ...(signal ? { signal } : {}) };
  let pages = 0;
  for await (const page of store.list(parent, options)) {
    objects.push(...page);
    if (isPast(prefixes.at(-1)!) || ++pages === MOST_PAGES) return { objects, isTold: isPast };
  }
  return { objects, isTold: () => true };
}

/** True when the object comes after everything under the prefix. */
function isBehind(object: ObjectInfo | undefined, prefix: string): boolean {
  return object !== undefined && compareBytes(object.path, prefix) > 0 && !object.path.startsWith(prefix);
}

function parentOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1);
}
