/** Diff: partitions compared one after the other; what cannot be compared says why. Writes nothing but work files. */
import { isLakefillError } from '../core/errors.js';
import { timedId } from '../core/id.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import type { Dataset } from '../dataset/dataset.js';
import { Journal } from '../journal/journal.js';
import type { PublishContext } from '../publish/publisher.js';
import { compareSides } from './compare.js';
import type { RunContext } from './context.js';
import { DIFF_FORMAT } from './diff-document.js';
import type { DiffDocument, PartitionDiff } from './diff-document.js';
import type { NoSides, Sides, SidesContext } from './diff-sides.js';
import { controlOf, scratchOf } from './open-dataset.js';
import { Workspace } from './workspace.js';

/** Keys of one dataset to compare, and how their sides are found. */
export interface DiffTask {
  readonly publish: PublishContext;
  readonly dataset: Dataset;
  readonly keys: readonly { readonly key: string; readonly sides: () => Promise<Sides | NoSides> }[];
}

const NOTHING: Omit<PartitionDiff, 'key' | 'error'> = {
  before: null,
  after: null,
  schema: { added: [], removed: [], changed: [] },
  by: null,
  rows: null,
  columns: [],
  sums: [],
  samples: { onlyBefore: [], onlyAfter: [], changed: [] },
  notes: [],
};

/** The dataset's journal and store, for reading. */
export async function readingContext(context: RunContext, dataset: Dataset): Promise<SidesContext> {
  const { clock, by, publisher } = context;
  const store = context.stores(dataset.layout.root.store);
  const control = controlOf(context, dataset);
  const journal = await Journal.open({ store, control, clock, run: timedId(clock.now()), by });
  const { layout, rollbackKeep } = dataset;
  return { publish: { store, layout, control, journal, clock, rollbackKeep }, publisher };
}

export async function diffTasks(
  context: RunContext,
  run: string | null,
  tasks: readonly DiffTask[],
): Promise<DiffDocument> {
  const workspace = await openWorkspace(context, tasks);
  const engine = context.startEngine(workspace.folder);
  try {
    const datasets: DiffDocument['datasets'][number][] = [];
    for (const task of tasks) {
      const partitions: PartitionDiff[] = [];
      for (const one of task.keys) partitions.push(await diffKey(context, engine, workspace, task, one));
      datasets.push({ dataset: task.dataset.name, target: task.dataset.target, partitions });
    }
    return { format: DIFF_FORMAT, run, datasets };
  } finally {
    await engine.close();
    await workspace.close();
  }
}

async function diffKey(
  context: RunContext,
  engine: TransformEngine,
  workspace: Workspace,
  { dataset, publish }: DiffTask,
  { key, sides }: DiffTask['keys'][number],
): Promise<PartitionDiff> {
  const folder = await workspace.taskFolder();
  try {
    const found = await sides();
    if ('code' in found) return { key, ...NOTHING, error: found };
    const compare = { context, engine, dataset, store: publish.store, folder };
    return { key, ...(await compareSides(compare, found)), error: null };
  } catch (error) {
    if (!isLakefillError(error) || error.code === 'CANCELLED' || error.code === 'INTERNAL') throw error;
    const { code, message, hint } = error;
    return { key, ...NOTHING, error: { code, message, hint } };
  } finally {
    await workspace.remove(folder);
  }
}

/** On the device of a local target, where files need not be copied; the system's folder where that cannot be written. */
async function openWorkspace(context: RunContext, tasks: readonly DiffTask[]): Promise<Workspace> {
  const id = timedId(context.clock.now());
  const first = tasks[0] ? scratchOf(context, tasks[0].dataset) : null;
  const base = first ?? context.project.settings.scratch;
  return Workspace.open(base, id).catch((error: unknown) => {
    if (first === null || !isLakefillError(error, 'STORE_READ_ONLY')) throw error;
    return Workspace.open(null, id);
  });
}
