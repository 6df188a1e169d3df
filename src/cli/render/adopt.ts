/** Text of an adoption: per dataset what was taken over and what was left and why, in ranges; then what to do about the rest. */
import type { AdoptDocument, AdoptedPartition } from '../../index.js';
import { foldKeys, hintOfAny, hintOfRange, type Range } from './fold.js';
import { formatBytes, formatCount, oneLine, oneName, plural } from './format.js';
import { alignRows } from './table.js';
import { MOST_RANGES, nextCommand, type View } from './view.js';

type AdoptedDataset = AdoptDocument['datasets'][number];
type Result = AdoptedPartition['result'];

const PAINT: Readonly<Record<Result, 'green' | 'yellow' | 'dim'>> = {
  adopted: 'green',
  left: 'yellow',
  conflict: 'yellow',
  cancelled: 'yellow',
};

/** Nothing stands there. */
const ABSENT: readonly string[] = ['absent', 'removed-outside', 'input-missing', 'upstream-missing'];

/** `asking`: a question follows instead of a next command. */
export function renderAdopt(document: AdoptDocument, view: View, asking = false): string[] {
  const lines = document.datasets.flatMap((dataset) => renderDataset(dataset, document, view));
  if (view.quiet) return lines;
  return [...lines, ...renderHints(document, view), ...(asking ? [] : renderEnd(document, view))];
}

function renderDataset(dataset: AdoptedDataset, document: AdoptDocument, view: View): string[] {
  const head = `${view.style.paint.bold(dataset.dataset)}  ${summaryOf(dataset, document)}`;
  if (view.quiet) return [head];
  const ranges = view.verbose
    ? dataset.partitions.map((p): Range<AdoptedPartition> => ({ items: [p], label: p.key }))
    : foldKeys(dataset.partitions, { same: (p) => `${p.result} ${p.code ?? ''}`, adjacent: 'order' });
  const shown = view.verbose ? ranges : ranges.slice(0, MOST_RANGES);
  const rest = ranges.length - shown.length;
  return [
    head,
    ...alignRows(shown.map((range) => rowOf(range, view))).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  ${formatCount(rest)} more ranges; -v shows every partition`] : []),
    ...dataset.notes.map(({ message }) => `  ${view.style.paint.dim('note')}  ${oneLine(message)}`),
  ];
}

function summaryOf({ partitions, managed }: AdoptedDataset, { dryRun }: AdoptDocument): string {
  const of = (result: Result) => partitions.filter((p) => p.result === result);
  const adopted = of('adopted');
  const files = adopted.reduce((sum, p) => sum + p.files, 0);
  const bytes = adopted.reduce((sum, p) => sum + p.bytes, 0);
  const verb = dryRun ? 'would adopt' : 'adopted';
  const isEmpty = partitions.length > 0 && managed === 0 && partitions.every(isAbsent);
  return [
    adopted.length === 0
      ? isEmpty
        ? 'nothing stands at the target'
        : 'nothing to adopt'
      : `${verb} ${plural(adopted.length, 'partition')} (${plural(files, 'file')}, ${formatBytes(bytes)})`,
    ...(['left', 'conflict', 'cancelled'] as const).flatMap((result) =>
      of(result).length === 0 ? [] : [`${formatCount(of(result).length)} ${result}`],
    ),
    ...(managed === 0 ? [] : [`${formatCount(managed)} managed already`]),
  ].join('  ');
}

function isAbsent({ result, code }: AdoptedPartition): boolean {
  return result === 'left' && code !== null && ABSENT.includes(code);
}

function rowOf({ items, label }: Range<AdoptedPartition>, view: View): string[] {
  const [first] = items as [AdoptedPartition, ...AdoptedPartition[]];
  const messages = new Set(items.map((p) => oneLine((p.message ?? '').replaceAll(p.key, '*'))));
  const words =
    items.length === 1 ? oneLine(first.message ?? '') : messages.size === 1 ? [...messages][0]! : '';
  const why = first.code === null ? '' : words === '' ? first.code : `${first.code}: ${words}`;
  return [view.style.paint[PAINT[first.result]](first.result), oneName(label), why];
}

/** Each thing that can be done, once. */
function renderHints({ datasets }: AdoptDocument, view: View): string[] {
  const hints = new Set<string>();
  const codes = new Set<string>();
  for (const { items } of datasets.flatMap(({ partitions }) =>
    foldKeys(partitions.flatMap(withHint), HINTED),
  )) {
    const { code } = items[0]!;
    if (codes.has(code)) continue;
    codes.add(code);
    hints.add(`${view.style.paint.dim('do:')} ${code}: ${oneLine(hintOfRange(items))}`);
  }
  return [...hints];
}

const HINTED = {
  same: (one: { key: string; code: string; hint: string }) => `${one.code}\n${hintOfAny(one)}`,
  adjacent: 'time',
} as const;

function withHint(one: AdoptedPartition) {
  const { result, code, hint } = one;
  if (result === 'adopted' || code === null || hint === null || ABSENT.includes(code)) return [];
  return [{ ...one, code, hint }];
}

function renderEnd(document: AdoptDocument, view: View): string[] {
  const all = document.datasets.flatMap(({ partitions }) => partitions);
  if (!all.some(({ result }) => result === 'adopted'))
    return all.length > 0 && all.every(isAbsent) ? [nextCommand(view, `lakefill plan${view.words}`)] : [];
  if (document.dryRun)
    return [nextCommand(view, `lakefill adopt${document.rebuild ? ' --rebuild' : ''}${view.words}`)];
  return [nextCommand(view, `lakefill scan${view.words}`)];
}
