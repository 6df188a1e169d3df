/** Text of a history: a table of runs, or what happened to the selected keys; newest first. */
import type { HistoryDocument, HistoryKeyEvent, HistoryRun } from '../../index.js';
import { formatCount, formatSeconds, formatTime, oneLine, oneName, secondsBetween } from './format.js';
import { countOutcomes } from './outcome.js';
import { alignRows } from './table.js';
import { quoteWord } from '../words.js';
import { nextCommand, renderNotes, type View } from './view.js';

export function renderHistory(document: HistoryDocument, view: View): string[] {
  const notes = renderNotes(document.notes, view);
  return [...notes, ...renderKnown(document, view, notes.length === 0)];
}

function renderKnown(document: HistoryDocument, view: View, isWhole: boolean): string[] {
  const { events, unmatched = [] } = document;
  if (events.length > 0 || unmatched.length > 0)
    return [
      ...(events.length > 0 ? renderEvents(events, view) : []),
      ...unmatched.flatMap((each) => renderUnmatched(each, view)),
    ];
  const newest = document.runs[0];
  if (newest === undefined) return isWhole ? ['nothing has happened yet'] : [];
  const lines = renderRuns(document.runs, view);
  return view.quiet
    ? lines
    : [...lines, nextCommand(view, `lakefill history ${newest.run}${view.projectWords}`)];
}

function renderUnmatched(
  { partition, nearest }: NonNullable<HistoryDocument['unmatched']>[number],
  view: View,
): string[] {
  const told = oneLine(`nothing is recorded of ${partition}`);
  if (view.quiet) return [told];
  if (nearest === null)
    return [
      `${told}; a scan shows which partitions there are`,
      nextCommand(view, `lakefill scan${view.projectWords}`),
    ];
  const words = `${quoteWord(oneName(nearest))}${view.projectWords}`;
  return [
    `${told}; the nearest is ${oneName(nearest)}`,
    nextCommand(view, `lakefill history --partition ${words}`),
  ];
}

function renderRuns(runs: readonly HistoryRun[], view: View): string[] {
  const head = ['run', 'started', 'took', 'command', 'datasets', 'by', 'outcome', 'reason'];
  const rows = runs.map((run) => [
    run.run,
    formatTime(run.startedAt),
    run.endedAt === null ? 'not ended' : formatSeconds(secondsBetween(run.startedAt, run.endedAt)),
    run.command,
    oneName(run.datasets.join(', ')),
    oneLine(run.requestedBy),
    // Without an end nothing of the run could be read.
    countOutcomes(run.counts, view.style) || (run.endedAt === null ? 'unknown' : 'nothing'),
    run.reason === null ? '' : oneLine(run.reason),
  ]);
  return alignRows(view.quiet ? rows : [head.map((word) => view.style.paint.dim(word)), ...rows]);
}

function renderEvents(events: readonly HistoryKeyEvent[], view: View): string[] {
  const head = ['at', 'partition', 'what', 'generation', 'rows', 'run', 'by', 'message'];
  const rows = events.map((event) => [
    formatTime(event.at),
    oneName(`${event.dataset}/${event.key}`),
    event.what,
    event.generation === null ? '' : String(event.generation),
    event.rows === null ? '' : formatCount(event.rows),
    event.run,
    oneLine(event.by),
    event.message === null ? '' : oneLine(event.message),
  ]);
  return alignRows(view.quiet ? rows : [head.map((word) => view.style.paint.dim(word)), ...rows], [
    'left',
    'left',
    'left',
    'right',
    'right',
  ]);
}
