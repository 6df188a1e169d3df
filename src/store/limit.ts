/** At most so many calls of a store at a time; the others wait in the order in which they came. */
import pLimit from 'p-limit';
import { throwIfAborted } from '../core/errors.js';
import { intercept, signalOf } from './intercept.js';
import type { ObjectStore } from './object-store.js';

/** A page of a listing is a call of its own: a listing that nobody reads on holds no place. Cancelled while waiting: not made. */
export function limited(store: ObjectStore, concurrency: number): ObjectStore {
  const limit = pLimit(concurrency);
  return intercept(store, (call, next) =>
    limit(() => {
      throwIfAborted(signalOf(call));
      return next();
    }),
  );
}
