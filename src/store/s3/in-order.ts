/**
 * Reads several sources at once and delivers their items source by source, with a bound on what waits. The source whose
 * turn it is may always go on, so the bound cannot stop the whole.
 */

import { heardByMany } from '../../core/signal.js';

export interface InOrderOptions {
  /** Sources that are read at once. */
  readonly lanes: number;
  /** Items that may wait, over all sources. */
  readonly capacity: number;
  readonly signal?: AbortSignal;
}

type Source<T> = (signal: AbortSignal) => AsyncIterator<T>;

interface Lane<T> {
  readonly items: T[];
  ended: boolean;
  failure: { readonly error: unknown } | null;
}

/** Ends with the first failure whose turn comes; nothing is left running when the consumer stops early. */
export async function* inOrder<T>(sources: readonly Source<T>[], options: InOrderOptions): AsyncGenerator<T> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
  heardByMany(signal);
  const changed = new Bell();
  const lanes: Lane<T>[] = [];
  const running: Promise<void>[] = [];
  let turn = 0;
  let waiting = 0;

  const run = async (index: number, lane: Lane<T>): Promise<void> => {
    try {
      const items = sources[index]!(signal);
      for (;;) {
        while (waiting >= options.capacity && index !== turn && !signal.aborted) await changed.rung();
        const step = await items.next();
        if (step.done) break;
        lane.items.push(step.value);
        waiting += 1;
        changed.ring();
      }
    } catch (error) {
      lane.failure = { error };
    }
    lane.ended = true;
    changed.ring();
  };
  const startMore = () => {
    while (lanes.length < sources.length && lanes.length < turn + options.lanes) {
      const lane: Lane<T> = { items: [], ended: false, failure: null };
      lanes.push(lane);
      running.push(run(lanes.length - 1, lane));
    }
  };
  try {
    for (; turn < sources.length; turn += 1) {
      startMore();
      changed.ring();
      const lane = lanes[turn]!;
      for (;;) {
        const item = lane.items.shift();
        if (item !== undefined) {
          waiting -= 1;
          changed.ring();
          yield item;
        } else if (lane.failure) throw lane.failure.error;
        else if (lane.ended) break;
        else await changed.rung();
      }
    }
  } finally {
    stop.abort();
    changed.ring();
    await Promise.allSettled(running);
  }
}

/** Wakes everyone who waits. */
class Bell {
  private waiting: (() => void)[] = [];
  rung(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  ring(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }
}
