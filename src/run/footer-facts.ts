/**
 * What the footers of files tell that nothing recorded, such as of those that something else wrote: how many rows readers find, and the columns in
 * the engine's own names of types. No pages are read. What footers cannot tell is null: then nothing is compared with it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Current } from '../check/rule.js';
import { compareBytes } from '../core/byte-order.js';
import { isLakefillError } from '../core/errors.js';
import { partitionPrefix } from '../core/layout.js';
import type { Dataset } from '../dataset/dataset.js';
import { keyOf } from '../dataset/expected-keys.js';
import type { Column, TransformEngine } from '../engine/transform-engine.js';
import { standsAsRecorded } from '../scan/journal-comparison.js';
import { readFooter, readHollow } from '../scan/parquet-footer.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { RunContext } from './context.js';
import { listTarget } from './list-target.js';
import type { OpenDataset } from './open-dataset.js';
import type { Workspace } from './workspace.js';

/** So many partitions are tried before the columns count as not known. */
const MOST_TRIED = 3;

/** What readers find in the objects together; null when one of them has no whole footer, or moved. Throws the store's errors. */
export async function countsOf(
  { transfers, signal }: Pick<RunContext, 'transfers' | 'signal'>,
  store: ObjectStore,
  objects: readonly ObjectInfo[],
): Promise<(Current & { readonly rows: number }) | null> {
  const footers = await Promise.all(
    objects.map((object) => transfers(() => readFooter(store, object, signal ? { signal } : {}))),
  );
  const whole = footers.filter((footer) => footer.outcome === 'readable');
  if (whole.length < footers.length) return null;
  const rows = whole.reduce((sum, footer) => sum + footer.rows, 0);
  const nulls = addNulls(whole.filter((footer) => footer.rows > 0).map((footer) => footer.nulls));
  return { rows, nullRatios: new Map([...nulls].map(([name, count]) => [name, count / rows])) };
}

/** By name in lower case; what one of them does not count is not known. */
function addNulls(files: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const [first, ...others] = files.map(
    (nulls) => new Map([...nulls].map(([name, count]) => [name.toLowerCase(), count])),
  );
  const inAll = [...(first ?? [])].filter(([name]) => others.every((nulls) => nulls.has(name)));
  return new Map(
    inAll.map(([name, count]) => [name, others.reduce((sum, nulls) => sum + nulls.get(name)!, count)]),
  );
}

/**
 * Columns of the newest partition that stands in the target and of whose columns nothing is recorded, as its output would have them; null
 * when there is none or they cannot be told. Lists the target. Throws the store's errors.
 */
export async function unrecordedSchema(
  context: RunContext,
  engine: TransformEngine,
  open: OpenDataset,
  workspace: Workspace,
): Promise<readonly Column[] | null> {
  const { byKey } = await listTarget(open.dataset, open.store, context.signal);
  for (const objects of newestUnrecorded(open, byKey).slice(0, MOST_TRIED)) {
    const columns = await columnsOf(context, engine, open, workspace, objects);
    if (columns) return withoutPath(open.dataset, columns);
  }
  return null;
}

/** Whole partitions alone, in the order of time, then of keys, the last first. */
function newestUnrecorded(
  { dataset, journal }: OpenDataset,
  byKey: ReadonlyMap<string, readonly ObjectInfo[]>,
): (readonly ObjectInfo[])[] {
  const found = [...byKey].flatMap(([key, objects]) => {
    const partition = keyOf(dataset, key);
    const state = journal.key(key);
    const isOurs = state.generation !== null;
    if (partition === null || state.phase !== 'stable' || (isOurs && (state.record?.schema ?? null) !== null))
      return [];
    const prefix = partitionPrefix(dataset.layout, key);
    return isOurs && !standsAsRecorded({ objects, state, prefix })
      ? []
      : [{ key, objects, start: partition.interval?.start ?? 0 }];
  });
  return found.sort((a, b) => b.start - a.start || compareBytes(b.key, a.key)).map(({ objects }) => objects);
}

/** As the engine describes the files: it is given them without their pages. Null also for what it cannot read. */
async function columnsOf(
  context: RunContext,
  engine: TransformEngine,
  { dataset, store }: OpenDataset,
  workspace: Workspace,
  objects: readonly ObjectInfo[],
): Promise<readonly Column[] | null> {
  const { capacity, signal, transfers } = context;
  const folder = await workspace.taskFolder();
  try {
    const files = await Promise.all(
      objects.map((object, n) =>
        transfers(async () => {
          const hollow = await readHollow(store, object, signal ? { signal } : {});
          const file = path.join(folder, `f${String(n).padStart(5, '0')}.parquet`);
          if (hollow !== null) await writeFile(file, hollow);
          return hollow === null ? null : file;
        }),
      ),
    );
    const output = files.filter((file) => file !== null);
    if (output.length < files.length) return null;
    const rows = await engine.query(
      {
        folder,
        inputs: [],
        output,
        sql: 'SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM output)',
        parameters: {},
        timezone: 'UTC',
        maxRows: Number.MAX_SAFE_INTEGER,
        limits: {
          memoryBytes: dataset.limits.memory ?? capacity.memoryBytes,
          threads: 1,
          timeoutMs: dataset.limits.timeout,
        },
      },
      signal,
    );
    return rows as unknown as Column[];
  } catch (error) {
    if (isLakefillError(error) && FROM_ENGINE.test(error.code)) return null;
    throw error;
  } finally {
    await workspace.remove(folder);
  }
}

const FROM_ENGINE = /^(TRANSFORM|ENGINE|INPUT)_/;

/** Output leaves path columns out where they are dropped. Where it holds them and these files do not, a comparison would refuse the same data. */
function withoutPath(
  { layout, partitionColumns }: Dataset,
  columns: readonly Column[],
): readonly Column[] | null {
  const inPath = new Set(layout.pathColumns.map(({ name }) => name.toLowerCase()));
  const rest = columns.filter(({ name }) => !inPath.has(name.toLowerCase()));
  if (partitionColumns === 'drop') return rest.length > 0 ? rest : null;
  return columns.length - rest.length === inPath.size ? columns : null;
}
