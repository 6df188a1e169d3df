/**
 * Faults by script, for tests of what a failure or a crash leaves behind: the n-th call fails before or after it took
 * effect, loses its answer, or the process stops there. A run without a fault tells how many calls there are to try.
 *
 *     for (let k = 1; k <= calls; k++) { const f = faults(store, { at: k, kind: 'fail-after' }); ... }
 */
import { LakefillError, type ErrorCode } from '../core/errors.js';
import { intercept, type Call } from './intercept.js';
import type { ObjectStore } from './object-store.js';

export type FaultKind =
  /** Not made; STORE_FAILED. */
  | 'fail-before'
  /** Took effect; STORE_FAILED all the same. */
  | 'fail-after'
  /** Took effect; STORE_TIMEOUT, which is retryable. */
  | 'lose-answer'
  /** Not made, nor is any later call, until `release`: the process stopped. Calls on their way end as usual. */
  | 'hang'
  /** As `hang`, but this call took effect before the process stopped. */
  | 'hang-after';

export interface Fault {
  /** Index of the call: 1 is the first. A page of a listing is a call. */
  readonly at: number;
  readonly kind: FaultKind;
  /** So many calls from `at` on fail; `Infinity` for an outage. Default 1. `hang` kinds stop all later calls anyway. */
  readonly times?: number;
  /** Instead of the kind's own code. */
  readonly code?: ErrorCode;
}

export interface FaultHooks {
  /** Before each call, and before its fault: to plant what another process does at this moment. */
  onCall?(call: Call): void | Promise<void>;
  /** After each call that took effect. */
  onEffect?(call: Call): void | Promise<void>;
}

export interface Faults {
  readonly store: ObjectStore;
  /** Calls so far, in order, with their methods and arguments; also those that failed. */
  readonly calls: readonly Call[];
  /** Resolves when a `hang` kind was reached. */
  readonly hung: Promise<Call>;
  /** Lets a stopped process go on: what hung is made now, what hung after its effect is answered now. */
  release(): void;
}

export function faults(store: ObjectStore, fault: Fault | null = null, hooks: FaultHooks = {}): Faults {
  const calls: Call[] = [];
  let reached: (call: Call) => void = () => undefined;
  const hung = new Promise<Call>((resolve) => (reached = resolve));
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));

  const stop = async (call: Call) => {
    if (call.index === fault?.at) reached(call);
    await released;
  };
  const around = async <T>(call: Call, next: () => Promise<T>): Promise<T> => {
    calls.push(call);
    await hooks.onCall?.(call);
    const hits = fault !== null && call.index >= fault.at && call.index < fault.at + (fault.times ?? 1);
    const stops = fault !== null && isHang(fault.kind) && call.index >= fault.at;
    if (stops && !(fault.kind === 'hang-after' && hits)) await stop(call);
    if (hits && fault.kind === 'fail-before') throw planted(fault, call);
    const answer = await next();
    await hooks.onEffect?.(call);
    if (stops && fault.kind === 'hang-after' && hits) await stop(call);
    if (hits && (fault.kind === 'fail-after' || fault.kind === 'lose-answer')) throw planted(fault, call);
    return answer;
  };
  return { store: intercept(store, around), calls, hung, release };
}

function isHang(kind: FaultKind): boolean {
  return kind === 'hang' || kind === 'hang-after';
}

function planted(fault: Fault, call: Call): LakefillError {
  const code = fault.code ?? (fault.kind === 'lose-answer' ? 'STORE_TIMEOUT' : 'STORE_FAILED');
  return new LakefillError(code, `Planted fault: ${fault.kind} at call ${call.index} (${call.method}).`);
}
