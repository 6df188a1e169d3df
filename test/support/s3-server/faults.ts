/**
 * Faults planted on the n-th request that matches, before or after it took effect, by script or by seed.
 * Planting is data; what each action does to a connection is in server.ts.
 */
import type { Lie } from './lies.js';
import type { S3Request } from './types.js';

export type FaultAction =
  /** An error answer; `code` and `headers` as S3 would give them. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection ends without an answer. With `when: 'after'` this is the lost answer. */
  | { readonly kind: 'reset' }
  /** No answer, ever. */
  | { readonly kind: 'stall' }
  /** Headers and `bytes` of the body, then nothing more. */
  | { readonly kind: 'stall-body'; readonly bytes: number }
  /** 200, then an <Error> document, as Copy and Complete do. */
  | { readonly kind: 'error-body'; readonly code: string }
  /** The body ends after `bytes`; `silent`: without a Content-Length that would give it away. */
  | { readonly kind: 'truncate'; readonly bytes: number; readonly silent?: boolean }
  /** One bit of the answer's body is wrong. */
  | { readonly kind: 'corrupt-answer'; readonly at?: number }
  /** One bit of the request's body is wrong when it arrives. */
  | { readonly kind: 'corrupt-request'; readonly at?: number }
  /** A listing that is not what is there. */
  | { readonly kind: 'lie'; readonly lie: Lie }
  /** Something happens at this moment, such as another writer's request. */
  | { readonly kind: 'run'; readonly run: (request: S3Request) => void | Promise<void> };

export interface Fault {
  /** Operation names; absent: any. */
  readonly operation?: string | readonly string[];
  readonly key?: string | RegExp;
  /** The first match to hit, counted from planting; 1 by default. */
  readonly nth?: number;
  /** How many matches in a row are hit; 1 by default. */
  readonly times?: number;
  /** `before` (default): the request has no effect, unless the action lets it. `after`: it has taken effect. */
  readonly when?: 'before' | 'after';
  readonly action: FaultAction;
}

export interface Planted {
  readonly fault: Fault;
  /** Requests that matched so far. */
  readonly matched: number;
  /** Requests that were hit. */
  readonly hits: number;
  remove(): void;
}

export class Faults {
  private planted: { fault: Fault; matched: number; hits: number }[] = [];
  private seeded: { random: () => number; rate: number; faults: readonly Fault[] } | null = null;

  plant(fault: Fault): Planted {
    const entry = { fault, matched: 0, hits: 0 };
    this.planted.push(entry);
    return Object.assign(entry, {
      remove: () => {
        this.planted = this.planted.filter((p) => p !== entry);
      },
    });
  }

  /** From now on each request draws: with probability `rate` one of the matching faults hits it. Same seed, same draws. */
  seed(seed: number, rate: number, faults: readonly Fault[]): void {
    this.seeded = { random: generator(seed), rate, faults };
  }

  clear(): void {
    this.planted = [];
    this.seeded = null;
  }

  /** The faults that hit this request. Called once per request. */
  draw(request: S3Request): readonly Fault[] {
    const hit: Fault[] = [];
    for (const entry of this.planted) {
      if (!matches(entry.fault, request)) continue;
      entry.matched += 1;
      const first = entry.fault.nth ?? 1;
      if (entry.matched < first || entry.matched >= first + (entry.fault.times ?? 1)) continue;
      entry.hits += 1;
      hit.push(entry.fault);
    }
    if (this.seeded && this.seeded.random() < this.seeded.rate) {
      const fitting = this.seeded.faults.filter((fault) => matches(fault, request));
      const fault = fitting[Math.floor(this.seeded.random() * fitting.length)];
      if (fault) hit.push(fault);
    }
    return hit;
  }
}

function matches(fault: Fault, request: S3Request): boolean {
  const operations = typeof fault.operation === 'string' ? [fault.operation] : fault.operation;
  if (operations && !operations.includes(request.operation)) return false;
  if (fault.key === undefined) return true;
  return typeof fault.key === 'string' ? fault.key === request.key : fault.key.test(request.key);
}

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
