/** Text of a garbage collection: what was removed, or would be, and why. */
import type { GcDocument } from '../../index.js';
import { formatBytes, oneLine, oneName, plural } from './format.js';
import { alignRows } from './table.js';
import { quoteWord } from '../words.js';
import { nextCommand, type View } from './view.js';

type Item = GcDocument['datasets'][number]['items'][number];

/** `asking`: a question follows, so nothing is to be typed next. */
export function renderGc(document: GcDocument, view: View, asking = false): string[] {
  const lines = view.quiet ? [] : document.datasets.flatMap((d) => renderDataset(d, document, view));
  const verb = document.dryRun ? 'would remove' : 'removed';
  const total =
    document.objects === 0
      ? 'nothing to remove'
      : `${verb} ${plural(document.objects, 'object')}, ${formatBytes(document.bytes)}`;
  const more = document.dryRun && document.objects > 0 && !asking && !view.quiet;
  const words = [
    ...document.datasets
      .filter(({ items }) => items.length > 0)
      .map(({ dataset }) => ` ${quoteWord(dataset)}`),
    ...(document.purge ?? []).map((text) => ` --purge ${quoteWord(text)}`),
  ];
  return [
    ...lines,
    total,
    ...(more ? [nextCommand(view, `lakefill gc${words.join('')}${view.projectWords}`)] : []),
  ];
}

function renderDataset(
  { dataset, store, items }: GcDocument['datasets'][number],
  document: GcDocument,
  view: View,
): string[] {
  if (items.length === 0) return [];
  const placed = items.map((item) => ({ ...item, path: placeOf(store, item.path) }));
  const rows = view.verbose
    ? placed.map((item) => rowOf(item, document.dryRun))
    : groupByKind(placed).map((group) => groupRow(group, document.dryRun));
  return [view.style.paint.bold(dataset), ...alignRows(rows).map((line) => `  ${line}`)];
}

/** `/lake/..`, `s3://bucket/..`. */
function placeOf(store: string, path: string): string {
  return store === 'file:///' ? `/${path}` : `${store}${path}`;
}

function rowOf(item: Item, dryRun: boolean): string[] {
  const size = `${plural(item.objects, 'object')} ${formatBytes(item.bytes)}`;
  return [
    item.kind,
    oneName(item.path),
    size,
    oneLine(item.why),
    item.removed || (dryRun && item.kept !== true) ? '' : 'kept',
  ];
}

function groupRow(items: readonly Item[], dryRun: boolean): string[] {
  const first = items[0] as Item;
  if (items.length === 1) return rowOf(first, dryRun);
  const objects = items.reduce((sum, item) => sum + item.objects, 0);
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return rowOf(
    { ...first, path: `${oneName(first.path)} and ${items.length - 1} more`, objects, bytes },
    dryRun,
  );
}

/** Groups of one kind, reason and fate, in order of first appearance. */
function groupByKind(items: readonly Item[]): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = `${item.kind}\n${item.why}\n${item.removed}\n${item.kept === true}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
