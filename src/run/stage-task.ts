/**
 * One task up to its publication: look whether anything moved, fetch, transform, check, stage. Nothing that readers see
 * changes here. How it ends early is a value; only faults of the machine or the store are thrown.
 */
import type { LimitFunction } from 'p-limit';
import { isLakefillError, throwIfAborted } from '../core/errors.js';
import type { LakefillError } from '../core/errors.js';
import type { PartitionKey } from '../core/partition-key.js';
import { versionDigest } from '../core/digest.js';
import { keyOf } from '../dataset/expected-keys.js';
import type {
  EngineValue,
  TransformEngine,
  TransformJob,
  TransformResult,
} from '../engine/transform-engine.js';
import type { GenerationRecord, KeyState } from '../journal/entry.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { PlannedInput, Task } from '../plan/plan.js';
import { triedDigest } from '../plan/tried.js';
import { contentHash, validated } from '../publish/content.js';
import type { StagedFile, ValidatedPartition } from '../publish/content.js';
import { InputFactsReader } from '../source/input-facts.js';
import type { InputFacts } from '../source/input-facts.js';
import { InputListing } from '../source/input-listing.js';
import { ListingCache } from '../source/listing-cache.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { Column } from '../engine/transform-engine.js';
import type { RunContext } from './context.js';
import { fetchInputs, movedSince, typed } from './fetch.js';
import type { FetchedInput } from './fetch.js';
import type { OpenDataset } from './open-dataset.js';
import { outcomeOf } from './outcome.js';
import type { PartitionOutcome } from './run-document.js';
import type { Step } from './events.js';
import { judgeOutput } from './judge-output.js';
import type { Workspace } from './workspace.js';

/** What every task of a dataset shares in one run. */
export interface DatasetRun {
  readonly context: RunContext;
  readonly engine: TransformEngine;
  readonly open: OpenDataset;
  readonly run: string;
  readonly plan: string;
  readonly accept: readonly string[];
  readonly definition: Fingerprint;
  /** Schema that the output is held against; null for the first output of a dataset. */
  readonly baseline: readonly Column[] | null;
  readonly workspace: Workspace;
  readonly threads: number;
  readonly limit: LimitFunction;
  readonly step: (key: string, step: Step) => void;
  /** Says that work on the key begins, and what is tried. */
  readonly begin: (key: string, tried: string) => void;
}

export interface Staged {
  readonly outcome: PartitionOutcome;
  readonly tried: string;
  readonly base: { readonly generation: number | null; readonly objects: readonly ObjectInfo[] };
  readonly partition: ValidatedPartition;
  readonly stagingPrefix: string;
}

/** `tried` is null when nothing was tried: such an end is not held against the key. */
export type TaskEnd =
  | {
      readonly ended: true;
      readonly outcome: PartitionOutcome;
      readonly tried: string | null;
      readonly refreshed?: GenerationRecord;
    }
  | { readonly ended: false; readonly staged: Staged };

interface TaskInputs {
  readonly facts: readonly { readonly facts: InputFacts; readonly store: ObjectStore }[];
}

/** Stages the task. An aborted signal ends it with a thrown CANCELLED; its folder is removed in any case. */
export async function stageTask(shared: DatasetRun, task: Task): Promise<TaskEnd> {
  const { open, context } = shared;
  const partition = keyOf(open.dataset, task.key);
  if (partition === null)
    return end(task, 'failed', {
      code: 'PLAN_INVALID',
      message: `The key ${task.key} is not one that the layout writes.`,
      hint: 'Plan again.',
    });
  const state = open.journal.key(task.key);
  if (state.phase === 'stable' && state.madeBy?.plan === shared.plan) {
    return end(
      task,
      'unchanged',
      { code: 'already-applied', message: 'This plan has already made the current generation.', hint: null },
      { generation: state.generation, ...sizeOf(state) },
    );
  }
  const holder = open.inFlight.get(task.key);
  if (holder)
    return end(task, 'skipped', {
      code: 'in-flight',
      message: `Run ${holder.run} is working on it.`,
      hint: 'Wait for that run.',
    });

  const base = await context.publisher.current(open.publish, task.key);
  if (
    state.generation !== task.base.generation ||
    versionDigest(base) !== task.base.version ||
    state.phase !== 'stable'
  ) {
    return end(task, 'conflict', {
      code: 'base-moved',
      message: 'What readers find at this partition changed after the plan was made. It was left alone.',
      hint: 'Plan again.',
    });
  }
  const inputs = await resolveInputs(shared, task, partition);
  if ('changed' in inputs)
    return end(task, 'conflict', { code: 'input-changed', message: inputs.changed, hint: 'Plan again.' });

  const records = inputs.facts.map(({ facts }) => facts.record);
  const tried = triedDigest(shared.definition, records);
  shared.begin(task.key, tried);
  const folder = await shared.workspace.taskFolder();
  try {
    return await make(shared, task, partition, { state, base, inputs, tried, folder });
  } catch (error) {
    if (!isPartitionError(error)) throw error;
    return end(task, 'failed', { code: error.code, message: error.message, hint: error.hint }, {}, tried);
  } finally {
    await shared.workspace.remove(folder);
  }
}

interface Making {
  readonly state: KeyState;
  readonly base: readonly ObjectInfo[];
  readonly inputs: TaskInputs;
  readonly tried: string;
  readonly folder: string;
}

async function make(
  shared: DatasetRun,
  task: Task,
  partition: PartitionKey,
  making: Making,
): Promise<TaskEnd> {
  const { context, open } = shared;
  const { state, tried, folder } = making;
  const seconds = { fetch: 0, transform: 0, check: 0, stage: 0, promote: 0 };
  const timed = async <T>(step: 'fetch' | 'stage', work: Promise<T>): Promise<T> => {
    const begun = context.clock.monotonic();
    const value = await work;
    seconds[step] = (context.clock.monotonic() - begun) / 1000;
    return value;
  };
  const changedWhileRead = (what: string) =>
    end(
      task,
      'conflict',
      {
        code: 'input-changed',
        message: `${what} changed while it was being read. Nothing was published.`,
        hint: 'Plan again.',
      },
      { seconds },
    );

  shared.step(task.key, 'fetch');
  const fetched = await timed(
    'fetch',
    fetchInputs({ folder, inputs: making.inputs.facts, limit: context.transfers, signal: context.signal }),
  );
  if ('moved' in fetched) return changedWhileRead(fetched.moved);

  throwIfAborted(context.signal);
  shared.step(task.key, 'transform');
  const judgement = await judgeOutput(shared, {
    partition,
    job: jobFor(shared, partition, fetched, folder),
    previous: state,
  });
  const { result, verdict } = judgement;
  seconds.transform = result.seconds.transform;
  seconds.check = result.seconds.check;
  const moved = await movedSince(fetched, shared.limit);
  if (moved !== null) return changedWhileRead(moved);

  throwIfAborted(context.signal);
  shared.step(task.key, 'stage');
  const stagingPrefix = `${open.control.staging}${shared.run}/${task.key}/`;
  const files = await timed('stage', stageFiles(shared, result, stagingPrefix));
  const record: GenerationRecord = {
    inputs: making.inputs.facts.map(({ facts }) => facts.record),
    definition: shared.definition,
    rows: result.rows,
    schema: result.schema,
    contentHash: contentHash(files),
    assumed: false,
  };
  const outcome = outcomeOf(task.key, 'staged', {
    generation: state.generation,
    attempts: 1,
    rows: { input: result.inputRows, output: result.rows, previous: state.record?.rows ?? null },
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    contentHash: record.contentHash,
    checks: verdict.outcomes,
    seconds,
  });
  const partitionToPublish = validated({ key: task.key, files, record }, verdict);
  if (partitionToPublish === null) {
    return {
      ended: true,
      tried,
      outcome: {
        ...outcome,
        outcome: 'rejected',
        error: { code: verdict.code, message: verdict.message, hint: verdict.hint },
      },
    };
  }
  if (isUnchanged(state, record, task)) {
    await discard(shared, files);
    const error = { code: 'same-content', message: 'The output is what readers find already.', hint: null };
    return {
      ended: true,
      tried: null,
      refreshed: record,
      outcome: { ...outcome, outcome: 'unchanged', error },
    };
  }
  return {
    ended: false,
    staged: {
      outcome,
      tried,
      base: { generation: state.generation, objects: making.base },
      partition: partitionToPublish,
      stagingPrefix,
    },
  };
}

/** Lists the inputs again and compares them with the plan; what another task of the plan makes is taken as it is now. */
async function resolveInputs(
  shared: DatasetRun,
  task: Task,
  partition: PartitionKey,
): Promise<TaskInputs | { changed: string }> {
  const { context, open } = shared;
  const facts: { facts: InputFacts; store: ObjectStore }[] = [];
  for (const input of open.dataset.inputs) {
    const store = context.stores(input.template.root.store);
    const cache = new ListingCache(context.signal ? { signal: context.signal } : {});
    const listing = await InputListing.open({
      dataset: open.dataset,
      input,
      store,
      partitions: [partition],
      cache,
    });
    if (listing.failure)
      return { changed: `Input ${input.name} could not be listed: ${listing.failure.message}` };
    const now = new InputFactsReader(listing).read(partition);
    const planned = task.inputs.find((p): p is PlannedInput => p.name === input.name && 'version' in p);
    if (planned && planned.version !== now.record.version) {
      return {
        changed: `Input ${input.name} changed after the plan was made (${planned.objects} objects then, ${now.record.objects} now). The partition was left alone.`,
      };
    }
    facts.push({ facts: now, store });
  }
  return { facts };
}

function jobFor(
  shared: DatasetRun,
  partition: PartitionKey,
  fetched: readonly FetchedInput[],
  folder: string,
): Omit<TransformJob, 'measures'> {
  const { dataset } = shared.open;
  const texts = dataset.layout.columns(partition.values);
  const pathColumns = Object.fromEntries(
    dataset.layout.pathColumns.map((column) => [column.name, typed(column.type, texts[column.name] ?? null)]),
  );
  const column = dataset.time?.column ?? null;
  return {
    folder,
    inputs: fetched.map((input) => input.engineInput),
    sql: dataset.transform?.sql ?? null,
    parameters: parametersOf(shared, partition),
    timezone: dataset.time?.timezone ?? 'UTC',
    dropColumns: dataset.partitionColumns === 'drop' ? Object.keys(pathColumns) : [],
    write: dataset.write,
    expectColumns: pathColumns,
    expectRange: column !== null && partition.interval !== null ? { column, ...partition.interval } : null,
    limits: {
      memoryBytes: dataset.limits.memory ?? shared.context.capacity.memoryBytes,
      threads: shared.threads,
      timeoutMs: dataset.limits.timeout,
    },
  };
}

/** `$partition_start`, `$partition_end`, and each partition variable by name (a DATE for day grain, text otherwise). */
function parametersOf(shared: DatasetRun, partition: PartitionKey): Record<string, EngineValue> {
  const { dataset } = shared.open;
  const parameters: Record<string, EngineValue> = {};
  for (const [name, value] of Object.entries(partition.values)) {
    const isDay = dataset.time?.name === name && dataset.time.grain === 'day';
    parameters[name] = isDay ? { type: 'date', value } : { type: 'text', value };
  }
  if (partition.interval) {
    parameters.partition_start = { type: 'instant', value: partition.interval.start };
    parameters.partition_end = { type: 'instant', value: partition.interval.end };
  }
  return parameters;
}

async function stageFiles(
  shared: DatasetRun,
  result: TransformResult,
  prefix: string,
): Promise<StagedFile[]> {
  const { context, open } = shared;
  return Promise.all(
    result.files.map((file, i) =>
      context.transfers(async (): Promise<StagedFile> => {
        const path = `${prefix}part-${String(i).padStart(5, '0')}.parquet`;
        if (context.dryRun) return { path, etag: '', size: file.size, sha256: file.sha256 };
        const put = await open.store.put(path, { file: file.file }, { kind: 'overwrite' });
        if (put.outcome === 'lost') throw new Error(`An unconditional write of ${path} was refused.`);
        return { path, etag: put.object.etag, size: file.size, sha256: file.sha256 };
      }),
    ),
  );
}

/** Same bytes and schema as what readers find; a physical reason (file sizes) asks for other files, never for other content. */
function isUnchanged(state: KeyState, record: GenerationRecord, task: Task): boolean {
  if (
    state.generation === null ||
    state.record === null ||
    task.reasons.some((reason) => PHYSICAL.has(reason.code))
  )
    return false;
  return (
    state.record.contentHash === record.contentHash &&
    JSON.stringify(state.record.schema) === JSON.stringify(record.schema)
  );
}

const PHYSICAL: ReadonlySet<string> = new Set([
  'small-files',
  'modified-outside',
  'removed-outside',
  'unreadable',
  'truncated',
  'absent',
]);

/** Best effort: gc removes what stays. */
export async function discard(
  shared: DatasetRun,
  files: readonly { readonly path: string }[],
): Promise<void> {
  if (shared.context.dryRun || files.length === 0) return;
  await shared.open.store
    .delete(files.map((file) => ({ path: file.path, etag: null })))
    .catch(() => undefined);
}

function end(
  task: Task,
  outcome: PartitionOutcome['outcome'],
  error: NonNullable<PartitionOutcome['error']>,
  known: Partial<PartitionOutcome> = {},
  tried: string | null = null,
): TaskEnd {
  return {
    ended: true,
    tried,
    outcome: outcomeOf(task.key, outcome, { generation: task.base.generation, ...known, error }),
  };
}

function sizeOf(state: KeyState): Pick<PartitionOutcome, 'files' | 'bytes' | 'contentHash'> {
  return {
    files: state.files.length,
    bytes: state.files.reduce((sum, file) => sum + file.size, 0),
    contentHash: state.record?.contentHash ?? null,
  };
}

/** Errors that are about this partition alone; anything else stops the run. */
function isPartitionError(error: unknown): error is LakefillError {
  return isLakefillError(error) && error.code !== 'CANCELLED' && error.code !== 'INTERNAL';
}
