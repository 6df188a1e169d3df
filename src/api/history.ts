/** `history`: runs from their documents, events of keys from the journal. Reads only. */
import pLimit from 'p-limit';
import type { Clock } from '../clock.js';
import { LakefillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import { compileKeyGlob } from '../core/glob.js';
import type { Dataset, Project } from '../dataset/dataset.js';
import { expectedKeys, keyOf } from '../dataset/expected-keys.js';
import type { Fact, JournalEntry, PromotingFact } from '../journal/entry.js';
import { readEntries } from '../journal/read.js';
import { controlOf } from '../run/open-dataset.js';
import { listRuns, loadRun } from '../run/run-store.js';
import type { HistoryNote, RunDocument } from '../run/run-document.js';
import type { ObjectStore } from '../store/object-store.js';
import { compilePattern } from '../plan/key-patterns.js';
import { chooseDatasets } from '../plan/select.js';
import type { HistoryDocument, HistoryKeyEvent, HistoryRun } from './documents.js';
import { historyNotes, missingNotes, withNotes } from './history-notes.js';
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

/** The document of one run; RUN_UNKNOWN with the nearest id when there is none. */
export async function runDocument(
  context: HistoryContext,
  run: string,
  known?: ReadonlyMap<string, Dataset>,
): Promise<RunDocument> {
  const ids = known ?? (await runIds(context, context.project.datasets));
  const dataset = ids.get(run);
  const stored = dataset && (await storedRun(context, run, dataset));
  if (stored) return stored.document;
  const near = nearest(run, [...ids.keys()]);
  throw new LakefillError('RUN_UNKNOWN', `No run ${run} is recorded for the datasets of this project.`, {
    hint: near ? `Did you mean ${near}?` : "'lakefill history' lists the runs.",
    context: { run },
  });
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

type Told = Required<Pick<HistoryDocument, 'events' | 'unmatched'>> & { readonly missing: HistoryNote[] };

async function keyEvents(
  context: TimedContext,
  datasets: readonly Dataset[],
  patterns: readonly string[],
): Promise<Told> {
  const events: HistoryKeyEvent[] = [];
  const keys = new Set<string>();
  const found = new Set<string>();
  const missing: HistoryNote[] = [];
  for (const dataset of datasets) {
    const matches = patterns.map((text) => ({ text, match: matcherOf(text, dataset, context) }));
    const entries = await readEntries(context.stores(dataset.layout.root.store), controlOf(context, dataset));
    missing.push(...missingNotes(dataset, entries));
    const begun = new Map<string, PromotingFact>();
    for (const entry of entries) {
      for (const fact of entry.facts) {
        keys.add(fact.key);
        if (fact.fact === 'promoting') begun.set(`${fact.attempt} ${fact.key}`, fact);
        const matching = matches.filter(({ match }) => match(fact.key));
        for (const { text } of matching) found.add(text);
        if (matching.length > 0) events.push(event(dataset.name, entry, fact, begun));
      }
    }
  }
  events.sort((a, b) => (a.at === b.at ? b.sequence - a.sequence : a.at < b.at ? 1 : -1));
  const unmatched = [...new Set(patterns)].filter((text) => !found.has(text));
  return {
    missing,
    events,
    // In order, so that of two that are equally near it is always the same one.
    unmatched: unmatched.map((partition) => ({ partition, nearest: nearest(partition, [...keys].sort()) })),
  };
}

/** As every verb reads `--partition`; a key that the layout no longer parses is compared as text. */
function matcherOf(text: string, dataset: Dataset, { clock }: TimedContext): (key: string) => boolean {
  if (!text.includes('..')) return compileKeyGlob(text);
  const pattern = compilePattern(text, dataset, expectedKeys(dataset, clock.now()));
  return (key) => {
    const partition = keyOf(dataset, key);
    return partition !== null && pattern.matches(partition);
  };
}

/** `begun`: the publications that were begun up to here, by attempt and key. */
function event(
  dataset: string,
  entry: JournalEntry,
  fact: Fact,
  begun: ReadonlyMap<string, PromotingFact>,
): HistoryKeyEvent {
  const { sequence, at, run, by } = entry;
  return {
    dataset,
    key: fact.key,
    sequence,
    at,
    run,
    by,
    ...told(fact, begun.get(`${fact.attempt} ${fact.key}`) ?? null),
  };
}

function told(
  fact: Fact,
  begun: PromotingFact | null,
): Pick<HistoryKeyEvent, 'what' | 'generation' | 'rows' | 'message'> {
  const nothing = { generation: null, rows: null, message: null };
  switch (fact.fact) {
    case 'promoting':
      return {
        what: fact.restores ? 'rollback begun' : 'promotion begun',
        generation: fact.generation,
        rows: fact.record.rows,
        message: fact.restores ? `undoes run ${fact.restores.run}` : null,
      };
    case 'cleaning':
      return { ...nothing, what: 'new files verified' };
    case 'published':
      return {
        what: begun?.restores ? 'rolled back' : 'published',
        generation: begun?.restores?.absent ? null : (begun?.generation ?? null),
        rows: begun?.record.rows ?? null,
        message:
          fact.foreign.length > 0 ? `beside files of something else: ${fact.foreign.join(', ')}` : null,
      };
    case 'aborting':
    case 'withdrawn':
      return { ...nothing, what: fact.fact === 'aborting' ? 'undoing' : 'undone', message: fact.reason };
    case 'ended':
      return { ...nothing, what: fact.outcome, message: fact.message };
    case 'refreshed':
      return {
        what: fact.files === undefined ? 'unchanged' : 'recorded again',
        generation: fact.generation,
        rows: fact.record.rows,
        message:
          fact.files === undefined
            ? 'the output was what readers find already'
            : 'the files were copied; the versions that stand there were recorded',
      };
    case 'adopted':
      return {
        what: fact.rebuilt ? 'recorded again' : 'adopted',
        generation: fact.generation,
        rows: fact.record.rows,
        message: `${fact.files.length === 1 ? '1 file' : `${fact.files.length} files`} as found; ${fact.rebuilt ? 'the journal that named them was lost' : "that day's inputs and definition are assumed"}`,
      };
    case 'retained-dropped':
      return { ...nothing, what: 'kept generation dropped' };
  }
}
