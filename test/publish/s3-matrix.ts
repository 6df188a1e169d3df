/**
 * Acts that are cut off on the real S3 store, over real HTTP: at a call of the port, or at a request on the wire, where the
 * store itself has to find out what became of it. A scenario is arranged once; each case begins from a copy of that bucket.
 */
import { faults } from '../../src/store/fault.js';
import type { FaultKind } from '../../src/store/fault.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import type { FaultAction } from '../support/s3-server/index.js';
import { oneByOne } from './backends.js';
import { CHANGES, cutArranged } from './crash-case.js';
import type { S3Lakes } from './s3-world.js';
import type { Scenario } from './scenarios.js';

export type Wish = 'forward' | 'abort';

/**
 * How a call ends: it fails before it took effect, after it, its answer is lost, or the process dies before it. A process that
 * dies after a call is one that dies before the next. Every state of a dead process is recovered in both directions.
 */
export const DEATHS: readonly (readonly [FaultKind, Wish])[] = [
  ['fail-before', 'forward'],
  ['fail-after', 'abort'],
  ['lose-answer', 'forward'],
  ['hang', 'abort'],
  ['hang', 'forward'],
];

/** On the wire: what happened, and whether the request took effect. */
export type Break = readonly [name: string, when: 'before' | 'after', action: FaultAction];
export const BREAKS: readonly Break[] = [
  ['500 before', 'before', { kind: 'status', status: 500, code: 'InternalError' }],
  ['500 after', 'after', { kind: 'status', status: 500, code: 'InternalError' }],
  ['lost answer', 'after', { kind: 'reset' }],
  ['503', 'before', { kind: 'status', status: 503, code: 'SlowDown' }],
  ['reset', 'before', { kind: 'reset' }],
];

export interface Cases {
  /** Calls of the act at the port when nothing fails. */
  readonly calls: number;
  /** Its requests on the wire. */
  readonly requests: number;
  /**
   * The deaths at this call that differ. A call that only reads fails alike before and after it, and a process that dies behind
   * one leaves what it leaves before it.
   */
  deathsAt(at: number): readonly (typeof DEATHS)[number][];
  /** What does not hold after the act was cut off at this call (from 1) and another process recovered; in words. */
  atCall(at: number, death: (typeof DEATHS)[number]): Promise<string[]>;
  /** The same for the n-th request. */
  atRequest(nth: number, broken: Break): Promise<string[]>;
  dispose(): void;
}

/** Versioned: in a bucket that keeps what is replaced and removed. */
export async function casesOf(lakes: S3Lakes, scenario: Scenario, versioned = false): Promise<Cases> {
  const world = await lakes.world();
  const bucket = lakes.bucketOf(world);
  if (versioned) bucket.versioning = 'Enabled';
  const act = await scenario.arrange(world);
  const begin = bucket.remember();
  const { server } = lakes;
  const counted = faults(world.store);
  await act(oneByOne(counted.store));
  begin();
  server.requests.length = 0;
  await act(world.store);
  const requests = server.requests.length;
  const cut = async (
    wish: Wish,
    watch: boolean,
    interrupt: Parameters<typeof cutArranged>[1]['interrupt'],
  ) => {
    begin();
    server.requests.length = 0;
    return cutArranged(world, { scenario, wish, watch, interrupt }, act);
  };
  return {
    calls: counted.calls.length,
    requests,
    deathsAt(at) {
      const changes = (index: number) => CHANGES.has(counted.calls[index - 1]?.method ?? '');
      return DEATHS.filter(([kind]) => {
        if (kind === 'hang') return at === 1 || changes(at - 1);
        return kind !== 'fail-after' || changes(at);
      });
    },
    async atCall(at, [kind, wish]) {
      const found = await cut(wish, true, (store: ObjectStore, interrupted, look) => {
        const planted = faults(store, { at, kind }, { onEffect: look });
        const ended = interrupted(oneByOne(planted.store)).catch(() => null);
        return Promise.race([ended, planted.hung.then(() => null)]);
      });
      return found.map((text) => `${kind} at call ${at} of ${counted.calls.length}, then ${wish}: ${text}`);
    },
    async atRequest(nth, [name, when, action]) {
      let hits = 0;
      const wish = nth % 2 === 0 ? 'forward' : 'abort';
      const found = await cut(wish, false, async (store, interrupted) => {
        const planted = server.faults.plant({ nth, when, action });
        const told = await interrupted(store).catch(() => null);
        hits = planted.hits;
        planted.remove();
        return told;
      });
      if (hits !== 1) found.push('the fault hit nothing');
      return found.map((text) => `${name} at request ${nth} of ${requests}, then ${wish}: ${text}`);
    },
    dispose: () => world.dispose(),
  };
}
