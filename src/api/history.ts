/** `history`: runs from their documents; what happened to keys is key-events.ts. Reads only. */
import pLimit from 'p-limit';
import type { Clock } from '../clock.js';
import { LakefillError } from '../core/errors.js';
import { formatLocation } from '../core/location.js';
import { nearest } from '../core/nearest.js';
import type { Dataset, Project } from '../dataset/dataset.js';
import { controlOf } from '../run/open-dataset.js';
import { listRuns, loadRun } from '../run/run-store.js';
import type { RunDocument } from '../run/run-document.js';
import type { ObjectStore } from '../store/object-store.js';
import { chooseDatasets } from '../plan/select.js';
import type { HistoryDocument, HistoryRun } from './documents.js';
import { historyNotes, withNotes } from './history-notes.js';
import { keyEvents } from './key-events.js';
import type { HistoryRequest } from './types.js';

/** Runs shown when no limit is asked for. */
const RECENT = 50;
/** Run documents that are read at the same time. */
const READING = 16;

export interface HistoryContext {
  readonly project: Project;
  readonly stores: (url: string) => ObjectStore;
}

export type TimedContext = HistoryContext & { readonly clock: Clock };

export async function history(context: TimedContext, request: HistoryRequest): Promise<HistoryDocument> {
  const datasets = chooseDatasets(context.project.datasets, request);
  const { missing, ...told } = request.partitions?.length
    ? await keyEvents(context, datasets, request.partitions)
    : { events: [], missing: [] };
  const ids = await runIds(context, datasets);
  if (request.run !== undefined) {
    const runs = [summary(await runDocument(context, request.run, ids))];
    return { format: 'lakefill.history/1', runs, ...told, ...withNotes(missing) };
  }
  const newest = [...ids.keys()]
    .sort()
    .reverse()
    .slice(0, request.limit ?? RECENT);
  const reading = pLimit(READING);
  const runs = await Promise.all(newest.map((id) => reading(() => recorded(context, id, ids.get(id)!))));
  const notes = await historyNotes(context, datasets, request.signal);
  return { format: 'lakefill.history/1', runs, ...told, ...withNotes([...missing, ...notes]) };
}

/** A run whose document cannot be read (cut short, or of a later version) is shown as that; the others are worth seeing. */
async function recorded(context: HistoryContext, run: string, dataset: Dataset): Promise<HistoryRun> {
  const stored = await storedRun(context, run, dataset);
  if (stored) return summary(stored.document);
  return {
    run,
    plan: null,
    command: 'unknown',
    requestedBy: 'unknown',
    reason: 'its document cannot be read',
    startedAt: startOf(run),
    endedAt: null,
    exitCode: null,
    counts: {},
    datasets: [dataset.name],
  };
}

/** Ids begin with the time of their run. */
function startOf(run: string): string {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-/.exec(run) ?? [];
  return y === undefined ? '1970-01-01T00:00:00Z' : `${y}-${mo}-${d}T${h}:${mi}:${s}Z`;
}

/** The document of one run; RUN_UNKNOWN with the nearest id when there is none, STORE_CORRUPT when it cannot be read. */
export async function runDocument(
  context: HistoryContext,
  run: string,
  known?: ReadonlyMap<string, Dataset>,
): Promise<RunDocument> {
  const ids = known ?? (await runIds(context, context.project.datasets));
  const dataset = ids.get(run);
  const stored = dataset && (await storedRun(context, run, dataset));
  if (stored) return stored.document;
  if (dataset !== undefined) throw unreadable(context, run, dataset);
  const near = nearest(run, [...ids.keys()]);
  throw new LakefillError('RUN_UNKNOWN', `No run ${run} is recorded for the datasets of this project.`, {
    hint: near ? `Did you mean ${near}?` : "'lakefill history' lists the runs.",
    context: { run },
  });
}

function unreadable(context: HistoryContext, run: string, dataset: Dataset): LakefillError {
  const path = `${controlOf(context, dataset).runs}${run}.json`;
  const place = formatLocation({ ...dataset.layout.root, path });
  return new LakefillError(
    'STORE_CORRUPT',
    `The document of run ${run} cannot be read: ${place} is damaged, or a later version of lakefill wrote it. Nothing was changed; what the run published is in the journal.`,
    {
      hint:
        `Restore the file, or upgrade lakefill. Without it: 'lakefill history --partition KEY' tells what happened to a partition, ` +
        `and 'lakefill run ${dataset.name} --only failed' tries again what failed.`,
      context: { run, path: place },
    },
  );
}

/** Every run with one dataset whose control prefix holds its document. */
async function runIds(context: HistoryContext, datasets: readonly Dataset[]): Promise<Map<string, Dataset>> {
  const ids = new Map<string, Dataset>();
  const listed = await Promise.all(
    datasets.map((dataset) =>
      listRuns(context.stores(dataset.layout.root.store), controlOf(context, dataset)),
    ),
  );
  for (const [i, dataset] of datasets.entries())
    for (const id of listed[i]!) if (!ids.has(id)) ids.set(id, dataset);
  return ids;
}

function storedRun(context: HistoryContext, run: string, dataset: Dataset) {
  return loadRun(context.stores(dataset.layout.root.store), controlOf(context, dataset), run);
}

function summary(document: RunDocument): HistoryRun {
  const { id, plan, command, requestedBy, reason, startedAt, endedAt, exitCode, counts, datasets } = document;
  return {
    run: id,
    plan,
    command,
    requestedBy,
    reason,
    startedAt,
    endedAt,
    exitCode,
    counts,
    datasets: datasets.map(({ dataset }) => dataset),
  };
}
