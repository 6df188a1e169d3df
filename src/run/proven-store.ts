/**
 * A store that rests on what it was seen to enforce. Claims are probed once per endpoint and control prefix, and remembered with
 * their date beside the journal; `doctor` probes again. A target whose store cannot keep writers apart is refused elsewhere.
 */
import { z } from 'zod';
import type { ControlPaths } from '../journal/control.js';
import { randomId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import type { Location } from '../core/location.js';
import type { ObjectStore, StoreCapabilities } from '../store/object-store.js';
import { probeStore, provenCapabilities } from '../store/probe.js';
import type { ProbeResult } from '../store/probe.js';
import type { RunContext } from './context.js';
import { tryTarget } from './try-target.js';

export const PROBE_FORMAT = 'lakefill.probe/1';

const memoShape = z.object({
  format: z.literal(PROBE_FORMAT),
  at: z.string(),
  store: z.string(),
  capabilities: z.object({
    putIfAbsent: z.boolean(),
    putIfMatch: z.boolean(),
    conditionalDelete: z.boolean(),
    conditionalBatchDelete: z.boolean(),
    conditionalCopy: z.boolean(),
    completeAfterAbortRefused: z.boolean(),
    atomicMove: z.boolean(),
    versioned: z.boolean(),
  }),
});

/** What a probe of the store proved before; null where nothing is remembered, or nothing need be proven. */
export async function rememberedProof(
  context: RunContext,
  root: Location,
  control: ControlPaths,
): Promise<StoreCapabilities | null> {
  return context.mustProbe(root.store) ? remembered(context.stores(root.store), control) : null;
}

/** The store as proven: by what is remembered, or by a probe and a try at the target now (some seconds, once). */
export async function provenStore(
  context: RunContext,
  root: Location,
  control: ControlPaths,
  known: StoreCapabilities | null,
): Promise<ObjectStore> {
  const url = root.store;
  const store = context.stores(url);
  if (!context.mustProbe(url)) return store;
  if (known !== null) return context.provenStore(url, known);
  const results = await probeStore(store, control.prefix, {
    clock: context.clock,
    ...(context.signal ? { signal: context.signal } : {}),
  });
  if (!context.dryRun) await tryTarget(store, root.path, `${control.prefix}probe-${randomId()}/`);
  return context.provenStore(url, await remember(context, store, control, results));
}

/** Writes down what a probe found and gives the capabilities that it proved. A dry run remembers nothing. */
export async function remember(
  context: Pick<RunContext, 'clock' | 'dryRun'>,
  store: ObjectStore,
  control: ControlPaths,
  results: readonly ProbeResult[],
): Promise<StoreCapabilities> {
  const capabilities = provenCapabilities(store.capabilities, results);
  const memo = {
    format: PROBE_FORMAT,
    at: formatInstant(context.clock.now()),
    store: store.url,
    capabilities,
    results,
  };
  if (!context.dryRun)
    await store.put(
      pathOf(control),
      { bytes: new TextEncoder().encode(JSON.stringify(memo)) },
      { kind: 'overwrite' },
    );
  return capabilities;
}

async function remembered(store: ObjectStore, control: ControlPaths): Promise<StoreCapabilities | null> {
  const found = await store.get(pathOf(control));
  if (found.outcome !== 'found') return null;
  try {
    const memo = memoShape.parse(JSON.parse(new TextDecoder().decode(found.bytes)));
    return memo.store === store.url ? memo.capabilities : null;
  } catch {
    return null; // an unreadable memory is no memory: it is probed again
  }
}

function pathOf(control: ControlPaths): string {
  return `${control.prefix}probe.json`;
}
