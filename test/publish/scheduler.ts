/**
 * A cooperative scheduler: every call of every process waits until it is chosen, so that one seed is one interleaving of the
 * real code. A process that is killed makes no further call; what it had on its way may still land, at any time.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { intercept } from '../../src/store/intercept.js';
import type { Call } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { oneByOne } from './backends.js';

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Waiting {
  readonly process: string;
  readonly what: string;
  readonly changes: boolean;
  go(): Promise<void>;
}

const READS = new Set(['list', 'listLevel', 'get', 'head', 'listPrepared']);

export class Scheduler {
  private waiting: Waiting[] = [];
  private readonly dead = new Set<string>();
  private readonly priority = new Map<string, number>();
  readonly trace: string[] = [];
  readonly errors: string[] = [];

  constructor(
    private readonly random: () => number,
    /** Called after every call that changed something. */
    private readonly look: (step: string) => Promise<void>,
  ) {}

  /** A process over the store: `run` begins when the scheduler chooses it. */
  start(name: string, store: ObjectStore, run: (store: ObjectStore) => Promise<unknown>): void {
    this.priority.set(name, this.random());
    const around = <T>(call: Call, next: () => Promise<T>): Promise<T> =>
      this.wait(name, `${call.method} ${describe(call)}`, !READS.has(call.method), next);
    const own = oneByOne(intercept(store, around));
    void this.wait(name, 'begins', false, () => Promise.resolve())
      .then(() => run(own))
      .catch((error: unknown) => {
        if (!this.dead.has(name)) this.errors.push(`${name} threw ${String((error as Error).stack)}`);
      });
  }

  /** Runs until nobody waits. `kill`: chance at each step that the process whose turn it is dies instead. */
  async run(kill: number, maxSteps = 3000): Promise<void> {
    // Half of the schedules follow priorities that change now and then: those reach long runs of one process.
    const byPriority = this.random() < 0.5;
    for (let step = 0; step < maxSteps; step++) {
      await this.quiet();
      if (this.waiting.length === 0) return;
      if (byPriority && this.random() < 0.05) this.reshuffle();
      const chosen = byPriority ? this.first() : Math.floor(this.random() * this.waiting.length);
      const [next] = this.waiting.splice(chosen, 1) as [Waiting];
      if (this.random() < kill && !this.dead.has(next.process)) {
        this.kill(next);
        continue;
      }
      this.trace.push(`${next.process}: ${next.what}`);
      await next.go();
      if (next.changes) await this.look(this.trace.at(-1)!);
    }
    this.errors.push(`still running after ${maxSteps} steps`);
  }

  /** Some of what it had on its way is lost, the rest lands when it is chosen. */
  private kill(last: Waiting): void {
    this.trace.push(`${last.process} dies`);
    this.dead.add(last.process);
    if (this.random() < 0.5) this.waiting.push(last);
    this.waiting = this.waiting.filter((one) => one.process !== last.process || one.changes);
    this.waiting = this.waiting.filter((one) => one.process !== last.process || this.random() < 0.7);
  }

  private reshuffle(): void {
    for (const name of this.priority.keys()) this.priority.set(name, this.random());
  }

  private first(): number {
    let best = 0;
    for (const [i, one] of this.waiting.entries()) {
      if (this.priority.get(one.process)! > this.priority.get(this.waiting[best]!.process)!) best = i;
    }
    return best;
  }

  private wait<T>(process: string, what: string, changes: boolean, next: () => Promise<T>): Promise<T> {
    if (this.dead.has(process)) return new Promise<never>(() => undefined);
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({
        process,
        what,
        changes,
        go: async () => {
          try {
            const answer = await next();
            if (!this.dead.has(process)) resolve(answer);
          } catch (error) {
            if (!this.dead.has(process)) reject(error as Error);
          }
        },
      });
    });
  }

  /** Until nobody can go on without being chosen. The longest way between two calls has two turns of the event loop. */
  private async quiet(): Promise<void> {
    for (let same = 0, before = -1; same < 2;) {
      await nextTurn();
      same = this.waiting.length === before ? same + 1 : 0;
      before = this.waiting.length;
    }
  }
}

function describe(call: Call): string {
  const [first] = call.args as readonly unknown[];
  if (typeof first === 'string') return first.slice(first.lastIndexOf('/', first.length - 2) + 1);
  const one = (Array.isArray(first) ? first[0] : first) as { path?: string } | undefined;
  return one?.path?.slice(one.path.lastIndexOf('/') + 1) ?? '';
}
