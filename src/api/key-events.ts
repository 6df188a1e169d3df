/** What happened to keys, from the journals of their datasets. Reads only. */
import { compileKeyGlob } from '../core/glob.js';
import { nearest } from '../core/nearest.js';
import type { Dataset } from '../dataset/dataset.js';
import { expectedKeys, keyOf } from '../dataset/expected-keys.js';
import type { Fact, JournalEntry, PromotingFact } from '../journal/entry.js';
import { readEntries } from '../journal/read.js';
import { compilePattern } from '../plan/key-patterns.js';
import { controlOf } from '../run/open-dataset.js';
import type { HistoryNote } from '../run/run-document.js';
import type { HistoryDocument, HistoryKeyEvent } from './documents.js';
import type { TimedContext } from './history.js';
import { missingNotes } from './history-notes.js';

type Told = Required<Pick<HistoryDocument, 'events' | 'unmatched'>> & { readonly missing: HistoryNote[] };

/** Events of the keys that the patterns match, newest first; patterns without any, and notes of entries that are missing. */
export async function keyEvents(
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
