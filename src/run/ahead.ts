/** How many tasks are fetched, staged or promoted while others transform, so that no engine process waits for a store. Pure. */
import { inputBytesOf } from '../plan/guards.js';
import type { Task } from '../plan/plan.js';

const MIB = 1024 * 1024;

/** Whatever their size: these hide the transfers of partitions whose transform takes longer than those. */
const LEAST = 3;
/** With so many, round trips to a store hide even behind transforms of a few milliseconds. */
const MOST = 20;
/** Of input that may wait on the disk of this machine on their account. */
const WAITING_BYTES = 256 * MIB;

/** `LEAST` when the largest task reads much, or what other tasks have yet to make. */
export function aheadOf(tasks: readonly Task[]): number {
  const awaits = tasks.some(({ inputs }) => inputs.some((input) => 'tasks' in input));
  const largest = tasks.reduce((most, task) => Math.max(most, inputBytesOf([task])), 1);
  return awaits ? LEAST : Math.min(MOST, Math.max(LEAST, Math.floor(WAITING_BYTES / largest)));
}
