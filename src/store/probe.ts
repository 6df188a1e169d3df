/**
 * What a store really enforces, found out by trying. Each probe provokes the refusal that lakefill rests on and then reads
 * the bytes back: a status proves nothing (a store was seen to answer 412 and replace the object all the same).
 *
 * Writes under the given prefix, below a name that is never used again, and removes it afterwards.
 */
import type { Clock } from '../clock.js';
import { isLakefillError, messageOf, throwIfAborted, type ErrorCode } from '../core/errors.js';
import { randomId } from '../core/id.js';
import { listAll, type ObjectStore, type StoreCapabilities } from './object-store.js';
import {
  probeAbort,
  probeCopy,
  probeCreate,
  probeDelete,
  probePagination,
  probeUpdate,
  text,
  type Trial,
  type Verdict,
} from './probe-trials.js';

export interface ProbeResult {
  /** Stable: `put-if-absent`, `put-if-match`, `complete-after-abort`, `conditional-delete`, `conditional-copy`, `pagination`. */
  readonly name: string;
  /** The capability that the probe is about; null for `pagination`. */
  readonly capability: keyof StoreCapabilities | null;
  readonly passed: boolean;
  /** What was seen, in words. */
  readonly evidence: string;
  /** What a failure means for the user and what to do; null when passed. */
  readonly hint: string | null;
  readonly seconds: number;
}

export interface ProbeOptions {
  readonly clock: Clock;
  /** Concurrent writers of the two races. */
  readonly racers?: number;
  readonly signal?: AbortSignal;
}

interface Probe {
  readonly name: string;
  readonly capability: keyof StoreCapabilities | null;
  readonly hint: string;
  readonly run: (trial: Trial) => Promise<Verdict>;
}

const PROBES: readonly Probe[] = [
  {
    name: 'put-if-absent',
    capability: 'putIfAbsent',
    hint: 'Two writers cannot be kept apart on this store: use another one, or pass --single-writer if nothing else ever writes the lake.',
    run: probeCreate,
  },
  {
    name: 'put-if-match',
    capability: 'putIfMatch',
    hint: 'Nothing that lakefill publishes rests on it; no action is needed.',
    run: probeUpdate,
  },
  {
    name: 'complete-after-abort',
    capability: 'completeAfterAbortRefused',
    hint: 'A publication that was withdrawn could still appear: use another store, or pass --single-writer if nothing else ever writes the lake.',
    run: probeAbort,
  },
  {
    name: 'conditional-delete',
    capability: 'conditionalDelete',
    hint: 'Versions are looked at before and after a deletion instead; keep other programs from replacing files while a run publishes.',
    run: probeDelete,
  },
  {
    name: 'conditional-copy',
    capability: 'conditionalCopy',
    hint: 'Versions are looked at before and after a copy instead; keep other programs from replacing files while a run publishes.',
    run: probeCopy,
  },
  {
    name: 'pagination',
    capability: null,
    hint: 'Listings of this store cannot be trusted, and everything rests on them: report it to the vendor and use another one.',
    run: probePagination,
  },
];

/** Errors that say something about what the store can do; any other (no answer, no permission) leaves it unknown. */
const REFUTING: readonly ErrorCode[] = [
  'STORE_UNSUPPORTED',
  'STORE_FAILED',
  'STORE_CORRUPT',
  'STORE_LISTING_INVALID',
];

/**
 * One result per probe, in a fixed order. A capability that the store itself does not claim fails without a try. Throws
 * what leaves the answer open: no permission, no such bucket, no answer, cancelled.
 */
export async function probeStore(
  store: ObjectStore,
  prefix: string,
  { clock, racers = 16, signal }: ProbeOptions,
): Promise<readonly ProbeResult[]> {
  const trial: Trial = { store, prefix: `${prefix}probe-${randomId()}/`, racers };
  try {
    await store.put(`${trial.prefix}begin`, text('begin'), { kind: 'overwrite' }, signal ? { signal } : {});
    const results: ProbeResult[] = [];
    for (const probe of PROBES) {
      throwIfAborted(signal);
      results.push(await runProbe(probe, trial, clock));
    }
    return results;
  } finally {
    await cleanUp(trial);
  }
}

/** The store's claims without those that a probe refuted. */
export function provenCapabilities(
  claimed: StoreCapabilities,
  results: readonly ProbeResult[],
): StoreCapabilities {
  const refuted = results.flatMap((result) =>
    result.capability !== null && !result.passed ? [[result.capability, false] as const] : [],
  );
  return { ...claimed, ...Object.fromEntries(refuted) };
}

async function runProbe(probe: Probe, trial: Trial, clock: Clock): Promise<ProbeResult> {
  const { name, capability } = probe;
  const start = clock.monotonic();
  const verdict = await judge(probe, trial);
  const seconds = (clock.monotonic() - start) / 1000;
  return { name, capability, ...verdict, hint: verdict.passed ? null : probe.hint, seconds };
}

async function judge(probe: Probe, trial: Trial): Promise<Verdict> {
  const { capability } = probe;
  if (capability !== null && !trial.store.capabilities[capability]) {
    return { passed: false, evidence: 'this store does not offer it' };
  }
  try {
    const verdict = await probe.run(trial);
    if (capability !== null && !trial.store.capabilities[capability]) {
      return {
        passed: false,
        evidence: 'the store refused it (501), and was looked at before and after instead',
      };
    }
    return verdict;
  } catch (error) {
    if (!isLakefillError(error) || !REFUTING.includes(error.code)) throw error;
    return { passed: false, evidence: `${error.code}: ${messageOf(error)}` };
  }
}

/** Best effort: what stays is below a name that says `probe`. */
async function cleanUp({ store, prefix }: Trial): Promise<void> {
  try {
    const objects = await listAll(store, prefix);
    await store.delete(objects.map(({ path }) => ({ path, etag: null })));
  } catch {
    return;
  }
}
