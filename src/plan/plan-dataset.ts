/** The tasks of one dataset in order, what it holds, and how many of its keys are fresh. Pure. */
import { versionDigest } from '../core/digest.js';
import { formatInstant } from '../core/instant.js';
import type { Instant } from '../core/instant.js';
import type { DatasetScan, ScannedKey } from '../scan/dataset-scan.js';
import type { InputState } from '../scan/key-facts.js';
import type { Reason } from '../scan/status.js';
import { choose } from './choose.js';
import { holdOf } from './holds.js';
import type { Hold } from './holds.js';
import { Only } from './only.js';
import { inTimeOrder } from './order.js';
import type { AwaitedInput, HeldKey, PlanOptions, PlannedInput, Task } from './plan.js';
import type { ResolvedSelection } from './select.js';

export interface DatasetFacts {
  readonly scan: DatasetScan;
  /** Null for a dataset that is only downstream of the selection. */
  readonly selection: ResolvedSelection | null;
  /** Keys that the plan makes, by dataset; complete for every dataset that this one reads. */
  readonly tasks: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys of the selection and of what is downstream of it, by dataset; complete for every dataset that this one reads. */
  readonly selected: ReadonlyMap<string, ReadonlySet<string>>;
  readonly withDownstream: boolean;
  readonly options: Pick<PlanOptions, 'order'>;
  readonly overwriteExternal: boolean;
  readonly now: Instant;
}

export interface PlannedKeys {
  /** In order. */
  readonly tasks: readonly Task[];
  readonly held: readonly HeldKey[];
  readonly unknown: readonly HeldKey[];
  readonly fresh: number;
  /** Keys of the selection and of what is downstream of it. */
  readonly selected: ReadonlySet<string>;
}

export function planDataset(request: DatasetFacts): PlannedKeys {
  const { scan, selection } = request;
  const own = new Set<string>();
  // A key that reads the one before it waits for that one's task, so its own dataset is among those that it reads.
  const facts = { ...request, tasks: new Map(request.tasks).set(scan.dataset.name, own) };
  const tasks: Task[] = [];
  const held: HeldKey[] = [];
  const unknown: HeldKey[] = [];
  const chosen = new Set<string>();
  let fresh = 0;
  const only = selection?.only ?? Only.read(undefined);
  for (const key of inTimeOrder(scan.keys, orderOf(facts))) {
    const selected = (selection?.wanted(key.partition) ?? false) || readsSelected(key, facts);
    if (selected) chosen.add(key.partition.key);
    const awaited = awaitedBy(key, facts);
    const choice = choose({
      key,
      dataset: scan.dataset.name,
      only,
      selected,
      named: selection?.named(key.partition) ?? false,
      overwriteExternal: facts.overwriteExternal,
      downstreamOf: facts.withDownstream ? tracked(key, awaited) : [],
      upstreamsPlanned: areUpstreamsPlanned(key, facts),
    });
    const heldAs = (hold: Hold): HeldKey => ({
      key: key.partition.key,
      ...hold,
      status: key.status,
      ...timesOf(key),
    });
    if (choice.choice === 'fresh') fresh++;
    else if (choice.choice === 'hold') held.push(heldAs(choice.hold));
    else if (choice.choice === 'unknown') unknown.push(heldAs(choice.hold));
    else if (choice.choice === 'take') {
      const hold = holdOf({
        key,
        dataset: scan.dataset,
        definition: scan.definition,
        now: facts.now,
        awaited: new Set(awaited.keys()),
        overwriteExternal: facts.overwriteExternal,
        tryAgain: only.has('failed') || only.has('all') || (selection?.named(key.partition) ?? false),
      });
      if (hold?.code === 'input-unknown') unknown.push(heldAs(hold));
      else if (hold !== null) held.push(heldAs(hold));
      else {
        tasks.push(taskOf(key, choice.reasons, awaited));
        own.add(key.partition.key);
      }
    }
  }
  return { tasks, held, unknown, fresh, selected: chosen };
}

/** Partitions that are made from the one before them are made oldest first, whatever was asked for. */
function orderOf({ scan, options }: DatasetFacts): PlanOptions['order'] {
  return scan.dataset.inputs.some(({ self }) => self === -1) ? 'oldest' : options.order;
}

type Awaited = ReadonlyMap<string, readonly string[]>;

const NOTHING: Awaited = new Map();

function readsSelected({ partition }: ScannedKey, { withDownstream, scan, selected }: DatasetFacts): boolean {
  if (!withDownstream) return false;
  return [...scan.upstreams.values()].some((upstream) => {
    const keys = selected.get(upstream.dataset.name);
    return keys !== undefined && upstream.keysOf(partition).some((key) => keys.has(key));
  });
}

/** Tasks of the plan that make what the key reads, by input name. */
function awaitedBy({ partition }: ScannedKey, { scan, tasks }: DatasetFacts): Awaited {
  let awaited: Map<string, string[]> | null = null;
  for (const [name, upstream] of scan.upstreams) {
    const made = tasks.get(upstream.dataset.name);
    if (made === undefined || made.size === 0) continue;
    const ids = upstream.keysOf(partition).filter((key) => made.has(key));
    if (ids.length > 0)
      (awaited ??= new Map()).set(
        name,
        ids.map((key) => `${upstream.dataset.name}/${key}`),
      );
  }
  return awaited ?? NOTHING;
}

function tracked({ inputStates }: ScannedKey, awaited: Awaited): string[] {
  return inputStates.flatMap(({ name, tracked }) => (tracked ? (awaited.get(name) ?? []) : []));
}

function areUpstreamsPlanned({ inputStates, status }: ScannedKey, { tasks }: DatasetFacts): boolean {
  if (status !== 'blocked') return false;
  return inputStates.every((input) => input.unsteady === null && isPlanned(input, tasks));
}

function isPlanned({ awaits }: InputState, tasks: DatasetFacts['tasks']): boolean {
  if (awaits === null) return true;
  const made = tasks.get(awaits.dataset);
  if (made === undefined) return false;
  return awaits.need === 'any'
    ? awaits.keys.some((key) => made.has(key))
    : awaits.keys.every((key) => made.has(key));
}

function taskOf(key: ScannedKey, reasons: readonly Reason[], awaited: Awaited): Task {
  const { partition, objects, state } = key;
  return {
    key: partition.key,
    action: objects.length === 0 ? 'create' : 'replace',
    ...timesOf(key),
    reasons,
    inputs: key.inputStates.map((input) => inputOf(input, awaited)),
    base: {
      generation: state?.generation ?? null,
      objects: objects.length,
      bytes: objects.reduce((sum, object) => sum + object.size, 0),
      version: versionDigest(objects),
    },
  };
}

function timesOf({ partition: { interval } }: ScannedKey): Pick<Task, 'start' | 'end'> {
  return {
    start: interval === null ? null : formatInstant(interval.start),
    end: interval === null ? null : formatInstant(interval.end),
  };
}

function inputOf({ name, record }: InputState, awaited: Awaited): PlannedInput | AwaitedInput {
  const tasks = awaited.get(name);
  if (tasks !== undefined) return { name, tasks };
  // A key whose input is not known is held, so it never gets here without a record.
  const { objects, bytes, version } = record!;
  return { name, objects, bytes, version };
}
