/**
 * Opening a dataset for writing: refuse what must not be written, then recover, then take the lease. Every writing command
 * goes through here, so no command can forget one of these.
 */
import { LakefillError, isLakefillError } from '../core/errors.js';
import { formatLocation, parentPrefix } from '../core/location.js';
import type { Dataset } from '../dataset/dataset.js';
import { controlPaths } from '../journal/control.js';
import type { ControlPaths } from '../journal/control.js';
import { Journal } from '../journal/journal.js';
import { Lease, liveKeys, readLeases } from '../journal/lease.js';
import { readJournal } from '../journal/read.js';
import { checkPin, pin, PIN_FORMAT, readPin } from '../journal/pin.js';
import type { Pin } from '../journal/pin.js';
import type { PublishContext } from '../publish/publisher.js';
import { recover } from '../publish/recover.js';
import type { RecoveredKey } from '../publish/recover.js';
import { lifecycleHazards } from '../store/lifecycle-hazards.js';
import type { ObjectStore } from '../store/object-store.js';
import type { RunContext } from './context.js';
import { checkLocalTarget } from './local-target.js';
import { provenStore, rememberedProof } from './proven-store.js';
import { refuseLostJournal } from './refuse-lost-journal.js';

export interface OpenDataset {
  readonly dataset: Dataset;
  readonly store: ObjectStore;
  readonly control: ControlPaths;
  readonly journal: Journal;
  readonly publish: PublishContext;
  readonly recovered: readonly RecoveredKey[];
  /** Keys that another live run works on. */
  readonly inFlight: ReadonlyMap<string, { readonly run: string }>;
}

export interface OpenHow {
  /** Entries that the journal had when a scan found that it accounts for all of lakefill's files: they are not listed again. */
  readonly wholeAt?: number;
  /** A scan of this command found it `whole`; or it is lost, and to be made anew: nothing is recovered by what is left of it. */
  readonly looked?: 'whole' | 'rebuild';
}

export function controlOf(context: Pick<RunContext, 'project'>, dataset: Dataset): ControlPaths {
  const { control } = context.project.settings;
  const isTop = parentPrefix(dataset.layout.root.path) === null;
  return controlPaths(dataset.layout.root, isTop ? control : null, dataset.name);
}

export function pinOf(dataset: Dataset): Pin {
  const { root, template } = dataset.layout;
  const layout = template.slice(literalLength(template));
  return {
    format: PIN_FORMAT,
    root: formatLocation(root),
    layout,
    timezone: dataset.time?.timezone ?? null,
    grain: dataset.time?.grain ?? null,
    table: dataset.table,
  };
}

/** Characters of the template that belong to the root: all before the segment of the first variable. */
function literalLength(template: string): number {
  const brace = template.indexOf('{');
  return brace < 0 ? template.length : template.lastIndexOf('/', brace) + 1;
}

/**
 * The dataset ready to be written by `run`. Throws TARGET_REFUSED, DEFINITION_DIFFERS, JOURNAL_CORRUPT, JOURNAL_LOST or the store's error;
 * nothing of this run is visible then.
 */
export async function openDataset(
  context: RunContext,
  dataset: Dataset,
  run: string,
  how: OpenHow = {},
): Promise<OpenDataset> {
  const control = controlOf(context, dataset);
  // While the store is looked at, and told after what is wrong with that.
  const reading = readJournal(context.stores(dataset.layout.root.store), control);
  reading.catch(() => undefined);
  const [known] = await Promise.all([
    rememberedProof(context, dataset.layout.root, control).catch((error: unknown) => {
      throw unwritable(error, dataset);
    }),
    refuseLifecycle(context, dataset, control),
  ]);
  const store = await provenStore(context, dataset.layout.root, control, known).catch((error: unknown) => {
    throw unwritable(error, dataset);
  });
  const { clock, by } = context;
  const journal = await Journal.open({ store, control, clock, run, by, dataset: dataset.name }, reading);
  // Before anything is written, and before recovery acts on what the journal says.
  if (!isKnownWhole(journal, how))
    await refuseLostJournal(dataset, store, () => journal.refresh(), {
      known: journal.state,
      signal: context.signal,
    });
  const [leases] = await Promise.all([
    readLeases(store, control, { except: run }),
    makeWritable(context, dataset, store, control),
  ]);
  const publish: PublishContext = {
    store,
    layout: dataset.layout,
    control,
    journal,
    clock: context.clock,
    rollbackKeep: dataset.rollbackKeep,
  };
  const leave = context.dryRun || how.looked === 'rebuild';
  const recovered = leave ? [] : await recover(publish, context.publisher, { wish: 'forward', run, leases });
  const inFlight = liveKeys(leases, run);
  return {
    dataset,
    store,
    control,
    journal,
    publish,
    recovered,
    inFlight,
  };
}

/** Throws TARGET_REFUSED, DEFINITION_DIFFERS or the store's error. A dry run writes nothing. */
async function makeWritable(
  { dryRun, singleWriter }: RunContext,
  dataset: Dataset,
  store: ObjectStore,
  control: ControlPaths,
): Promise<void> {
  try {
    if (!dryRun) await store.folders?.probeHardLinks(control.prefix);
    refuseWeakStore(store, dataset, singleWriter);
    if (dryRun) checkPin(await readPin(store, control), pinOf(dataset), control);
    else await pin(store, control, pinOf(dataset));
  } catch (error) {
    throw unwritable(error, dataset);
  }
}

/** An empty journal is never taken for the one that was scanned, nor is a shorter one. */
function isKnownWhole(journal: Journal, { wholeAt = 0, looked }: OpenHow): boolean {
  if (looked !== undefined) return true;
  return wholeAt > 0 && journal.state.sequence >= wholeAt;
}

/** A lease over the keys, taken. Throws TARGET_REFUSED for a local target that must not be written. */
export async function takeLease(
  context: RunContext,
  open: OpenDataset,
  run: string,
  keys: readonly string[],
): Promise<Lease> {
  if (!context.dryRun) {
    const known = [...open.journal.state.keys.keys()];
    await checkLocalTarget(open.store, open.control, open.dataset, keys, known);
  }
  const lease = new Lease({
    store: open.store,
    control: open.control,
    clock: context.clock,
    run,
    by: context.by,
    keys,
  });
  if (!context.dryRun) await lease.take();
  return lease;
}

/**
 * Keys that other live runs work on, looked at again once our lease stands: of two runs that began together each sees the other
 * now, and the one that began first keeps the keys. It saves work; if both keep them, the journal decides.
 */
export async function inFlightBeside(
  context: RunContext,
  open: OpenDataset,
  run: string,
  keys: readonly string[],
): Promise<OpenDataset['inFlight']> {
  if (context.dryRun || keys.length === 0) return open.inFlight;
  const beside = liveKeys(await readLeases(open.store, open.control, { except: run }), run);
  const first = keys.flatMap((key) => {
    const other = beside.get(key);
    return other !== undefined && other.run < run ? [[key, other] as const] : [];
  });
  return new Map([...open.inFlight, ...first]);
}

/** Absolute folder for work files on the target's own device; null where the target is not local, the project names another, or nothing may be written there (a dry run). */
export function scratchOf(context: Pick<RunContext, 'project' | 'dryRun'>, dataset: Dataset): string | null {
  const isLocal = dataset.layout.root.store === 'file:///';
  if (!isLocal || context.dryRun || context.project.settings.scratch !== null) return null;
  return `/${controlOf(context, dataset).scratch}`;
}

/** Read each time: a rule may be added any day. A rule that may not be read refuses nothing; `doctor` notes it. */
async function refuseLifecycle(context: RunContext, dataset: Dataset, control: ControlPaths): Promise<void> {
  const { root } = dataset.layout;
  const { bucket } = context.stores(root.store);
  if (!bucket) return;
  const rules = await bucket.lifecycle(context.signal ? { signal: context.signal } : {}).catch((error) => {
    if (isLakefillError(error, 'STORE_DENIED') || isLakefillError(error, 'STORE_FAILED')) return null;
    throw error;
  });
  const name = root.store.slice('s3://'.length, -1);
  const hazard = lifecycleHazards(rules ?? [], name, [root.path, control.prefix]).find((one) => one.refuses);
  if (hazard === undefined) return;
  throw new LakefillError(
    'TARGET_REFUSED',
    `The target of ${dataset.name}, ${dataset.target}, is not written: ${hazard.evidence}. Nothing was changed.`,
    {
      hint: `${hazard.hint} \`lakefill doctor\` shows all rules in the way.`,
      context: { dataset: dataset.name },
    },
  );
}

function refuseWeakStore(store: ObjectStore, dataset: Dataset, singleWriter: boolean): void {
  const { putIfAbsent, completeAfterAbortRefused } = store.capabilities;
  if ((putIfAbsent && completeAfterAbortRefused) || singleWriter) return;
  const lacks = putIfAbsent
    ? 'refuse to complete an upload that was aborted'
    : 'refuse to create an object that exists';
  throw new LakefillError(
    'TARGET_REFUSED',
    `The store of ${dataset.target} does not ${lacks}, so two writers could mix. Nothing was changed.`,
    {
      hint: 'Use another store for this target, or pass --single-writer if you are sure that nothing else ever writes it.',
      context: { dataset: dataset.name },
    },
  );
}

function unwritable(error: unknown, dataset: Dataset): unknown {
  if (!isLakefillError(error, 'STORE_READ_ONLY') && !isLakefillError(error, 'STORE_DENIED')) return error;
  return new LakefillError(
    error.code,
    `The target of ${dataset.name}, ${dataset.target}, cannot be written: ${error.message}`,
    {
      hint: error.hint ?? 'Grant this user write access to the target and to the folder beside it.',
      cause: error,
    },
  );
}
