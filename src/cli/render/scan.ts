/** Text of a scan: per dataset the counts and first hole, a heat strip, the gaps as ranges; then the next command. */
import type { Reason, ScanDocument, ScannedDataset, ScannedPartition, Status } from '../../index.js';
import { foldKeys, nameSeries, type Range } from './fold.js';
import { formatBytes, formatCount, oneLine, oneName, plural } from './format.js';
import { compress, LISTED, paintStatus, renderLegend, renderStrip } from './heat-strip.js';
import { visibleWidth } from './style.js';
import { alignRows, pad } from './table.js';
import { codesOf as codes, sayReasons } from './reasons.js';
import { MOST_RANGES, nextCommand, type View } from './view.js';

/** Statuses that a plan can do something about. */
const REPAIRABLE: readonly Status[] = ['missing', 'unreadable', 'stale'];
/** Reasons of stale keys that a plain run takes. */
const TAKEN: readonly string[] = ['input-changed', 'input-newer'];
/** Statuses that make a hole for a reader. */
const HOLES: readonly Status[] = ['missing', 'unreadable', 'blocked', 'unknown'];
/** Causes of unknown keys that one line names. */
const MOST_CAUSES = 3;

export function renderScan(document: ScanDocument, view: View): string[] {
  const nameWidth = Math.max(0, ...document.datasets.map((d) => visibleWidth(d.dataset)));
  const lines = document.datasets.flatMap((dataset, i) => [
    ...(i > 0 && !view.quiet ? [''] : []),
    ...renderDataset(dataset, nameWidth, view),
  ]);
  if (document.datasets.length === 0) lines.push('no dataset');
  return view.quiet ? lines : [...lines, ...renderEnd(document, view)];
}

function renderDataset(dataset: ScannedDataset, nameWidth: number, view: View): string[] {
  const head = `${view.style.paint.bold(pad(dataset.dataset, nameWidth))}  ${countsOf(dataset, view)}`;
  const warnings = renderWarnings(dataset, view);
  if (view.quiet) return [head, ...warnings];
  return [
    head,
    ...warnings,
    ...renderHeat(dataset, view),
    ...(view.verbose ? renderUnfolded(dataset, view) : renderGaps(dataset, view)),
    ...dataset.notes
      .filter((note) => !isWarning(note) && !isNoValue(note))
      .map((note) => `  ${view.style.paint.dim('note')}  ${oneLine(note.message)}`),
  ];
}

function countsOf(dataset: ScannedDataset, view: View): string {
  const counts = LISTED.filter((status) => (dataset.counts[status] ?? 0) > 0).map((status) =>
    paintStatus(status, `${formatCount(dataset.counts[status] ?? 0)} ${status}`, view.style).concat(
      unmanagedOf(dataset, status),
    ),
  );
  if (counts.length === 0) return dataset.notes.find(isNoValue)?.message ?? 'no partition in this selection';
  const hole = dataset.partitions.find((p) => HOLES.includes(p.status));
  if (hole === undefined) return counts.join('  ');
  const { label } = nameSeries(dataset.partitions);
  return `${counts.join('  ')}  first hole ${oneName(label([hole]))}`;
}

function unmanagedOf({ unmanaged }: ScannedDataset, status: Status): string {
  const count = unmanaged[status] ?? 0;
  return count === 0 ? '' : ` (${formatCount(count)} unmanaged)`;
}

/** What stops every command that writes: said before all else, also with `--quiet`. */
function renderWarnings(dataset: ScannedDataset, view: View): string[] {
  return dataset.notes
    .filter(isWarning)
    .map((note) => `  ${view.style.paint.red('WARNING')}  ${oneLine(note.message)}`);
}

function isWarning({ code }: Reason): boolean {
  return code === 'journal-lost';
}

/** Said in the place of the counts: there are none. */
function isNoValue({ code }: Reason): boolean {
  return code === 'no-values';
}

function renderHeat(dataset: ScannedDataset, view: View): string[] {
  const first = dataset.partitions[0];
  const last = dataset.partitions.at(-1);
  if (first === undefined || last === undefined || first === last) return [];
  const { label } = nameSeries(dataset.partitions);
  const [from, to] = [oneName(label([first])), oneName(label([last]))];
  const room = view.style.width - visibleWidth(from) - visibleWidth(to) - 4;
  const { cells, perCell } = compress(
    dataset.partitions.map((p) => p.status),
    Math.max(10, room),
  );
  const scale =
    perCell === 1 ? [] : [`  ${view.style.paint.dim(`1 letter = ${perCell} partitions, the worst of them`)}`];
  return [`  ${from} ${renderStrip(cells, view.style)} ${to}`, ...scale];
}

function renderGaps(dataset: ScannedDataset, view: View): string[] {
  const ranges = foldKeys(dataset.partitions, {
    same: (p) => `${p.status} ${codesOf(p)}`,
    adjacent: 'order',
  }).filter((range) => range.items[0]?.status !== 'fresh' || (range.items[0]?.notes.length ?? 0) > 0);
  const shown = ranges.slice(0, MOST_RANGES);
  const rows = shown.map((range) => {
    const status = range.items[0]?.status ?? 'fresh';
    return [paintStatus(status, status, view.style), oneName(range.label), reasonOf(range)];
  });
  const rest = ranges.length - shown.length;
  return [
    ...alignRows(rows).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  ${formatCount(rest)} more ranges; -v shows every partition`] : []),
  ];
}

function renderUnfolded(dataset: ScannedDataset, view: View): string[] {
  const { label } = nameSeries(dataset.partitions);
  const rows = dataset.partitions.map((p) => [
    paintStatus(p.status, p.status, view.style),
    oneName(label([p])),
    p.files === 0 ? 'no file' : `${plural(p.files, 'file')} ${formatBytes(p.bytes)}`,
    p.generation === null
      ? p.managed || p.files === 0 || p.status === 'unknown'
        ? ''
        : 'unmanaged'
      : `generation ${p.generation}`,
    sayReasons(reasonsOf(p)),
  ]);
  return alignRows(rows).map((line) => `  ${line}`);
}

/**
 * One message for a range: the common one, or the common one with the keys replaced by `*`, or the codes. What makes keys unknown is
 * said in any case: nothing else names the place and the cause.
 */
function reasonOf(range: Range<ScannedPartition>): string {
  const said = new Set(range.items.map((p) => sayReasons(reasonsOf(p))));
  const starred = new Set(
    range.items.map((p) =>
      sayReasons(reasonsOf(p).map((r) => ({ ...r, message: r.message.replaceAll(p.key, '*') }))),
    ),
  );
  const [only] = said.size === 1 ? said : starred;
  const first = range.items[0] as ScannedPartition;
  if (only !== undefined && Math.min(said.size, starred.size) === 1) return only;
  // Such as the partition before each: the same words of another key.
  const blurred = new Set([...said].map((text) => text.replaceAll(/=[^/,;:\s]+/g, '=*')));
  if (first.status === 'blocked' && blurred.size === 1) return [...blurred][0]!;
  if (first.status !== 'unknown') return codesOf(first);
  const more = said.size > MOST_CAUSES ? `; and ${said.size - MOST_CAUSES} more, which -v shows` : '';
  return [...said].slice(0, MOST_CAUSES).join('; ') + more;
}

function reasonsOf({ reasons, notes }: ScannedPartition): readonly Reason[] {
  return [...reasons, ...notes];
}

function codesOf(partition: ScannedPartition): string {
  return codes(reasonsOf(partition));
}

function renderEnd(document: ScanDocument, view: View): string[] {
  const all = document.datasets.flatMap((d) => d.partitions);
  if (all.length === 0) return [];
  const lines = ['', renderLegend(new Set(all.map((p) => p.status)), view.style)];
  const next = document.datasets.some((d) => d.notes.some(isWarning))
    ? `lakefill adopt --rebuild --dry-run${view.projectWords}`
    : suggest(all, view);
  return next === null ? lines : [...lines, nextCommand(view, next)];
}

function suggest(all: readonly ScannedPartition[], view: View): string | null {
  if (all.some((p) => p.reasons.some((r) => r.code === 'interrupted')))
    return `lakefill recover${view.projectWords}`;
  const repairable = all.filter((p) => REPAIRABLE.includes(p.status));
  const ours = repairable.filter((p) => !isForeign(p));
  const choosesOnly = / --only /.test(view.words);
  if (ours.some((p) => p.status !== 'stale' || p.reasons.some(({ code }) => TAKEN.includes(code))))
    return `lakefill plan${view.words}`;
  // A plain run holds the rest: what is ours and fresh enough but for its definition or age, and what others wrote.
  if (ours.length > 0) return `lakefill plan${view.words}${choosesOnly ? '' : ' --only stale'}`;
  if (repairable.length > 0 || all.some((p) => p.status === 'fresh' && !p.managed && p.files > 0))
    return `lakefill adopt --dry-run${view.projectWords}`;
  return null;
}

/** Something else wrote it, or into it: taken over or overwritten only on demand. */
function isForeign({ managed, files, reasons }: ScannedPartition): boolean {
  return (!managed && files > 0) || reasons.some(({ code }) => code === 'modified-outside');
}
