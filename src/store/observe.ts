/** Counts what a store is asked: calls, errors, bytes and seconds of each method. Changes nothing. */
import type { Clock } from '../clock.js';
import { intercept, type Call, type StoreMethod } from './intercept.js';
import type { DownloadResult, GetResult, ObjectStore, PutResult } from './object-store.js';

export interface MethodStats {
  /** Answers and errors; a listing counts once a page, and once when it is empty. */
  readonly calls: number;
  readonly errors: number;
  /** Bytes that went through this process: get, download, put. Server-side copies move none. */
  readonly bytes: number;
  /** Sum over calls, so more than the wall time when they overlap. */
  readonly seconds: number;
}

export interface Observed {
  readonly store: ObjectStore;
  /** What happened so far; methods that were never called are absent. */
  stats(): Partial<Record<StoreMethod, MethodStats>>;
}

export function observed(store: ObjectStore, clock: Clock): Observed {
  const stats: Partial<Record<StoreMethod, MethodStats>> = {};
  const add = (method: StoreMethod, more: MethodStats) => {
    const old = stats[method] ?? { calls: 0, errors: 0, bytes: 0, seconds: 0 };
    stats[method] = {
      calls: old.calls + more.calls,
      errors: old.errors + more.errors,
      bytes: old.bytes + more.bytes,
      seconds: old.seconds + more.seconds,
    };
  };
  const inner = intercept(store, async (call, next) => {
    const start = clock.monotonic();
    const seconds = () => (clock.monotonic() - start) / 1000;
    try {
      const answer = await next();
      // Finding the end of a listing that had pages costs no request of its own.
      const end = (call.page ?? 1) > 1 && (answer as IteratorResult<unknown>).done === true;
      add(call.method, { calls: end ? 0 : 1, errors: 0, bytes: bytesOf(call, answer), seconds: seconds() });
      return answer;
    } catch (error) {
      add(call.method, { calls: 1, errors: 1, bytes: 0, seconds: seconds() });
      throw error;
    }
  });
  return { store: inner, stats: () => ({ ...stats }) };
}

function bytesOf(call: Call, answer: unknown): number {
  switch (call.method) {
    case 'get': {
      const got = answer as GetResult;
      return got.outcome === 'found' ? got.bytes.length : 0;
    }
    case 'download': {
      const got = answer as DownloadResult;
      return got.outcome === 'done' ? got.object.size : 0;
    }
    case 'put': {
      if ('bytes' in call.args[1]) return call.args[1].bytes.length;
      const put = answer as PutResult;
      return put.outcome === 'done' ? put.object.size : 0;
    }
    default:
      return 0;
  }
}
