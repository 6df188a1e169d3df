/** Text of a recovery: each key that a dead process left in the middle, and how it ended. */
import type { RecoverDocument } from '../../index.js';
import { formatBytes, oneLine, oneName, plural } from './format.js';
import { alignRows } from './table.js';
import { quoteWord } from '../words.js';
import { nextCommand, type View } from './view.js';

type Result = RecoverDocument['datasets'][number]['keys'][number]['result'];

const PAINT: Readonly<Record<Result, 'green' | 'yellow' | 'red' | 'dim'>> = {
  promoted: 'green',
  withdrawn: 'green',
  conflict: 'yellow',
  'in-flight': 'dim',
  failed: 'red',
};

/** `next`: what to type after it; null where a question or other work follows. */
export function renderRecover(
  document: RecoverDocument,
  view: View,
  dryRun = false,
  next: 'recover' | 'scan' | null = null,
): string[] {
  const rows = document.datasets.flatMap((dataset) =>
    dataset.keys.map((key) => [
      view.style.paint[PAINT[key.result]](key.result),
      oneName(`${dataset.dataset}/${key.key}`),
      `was ${key.phase}`,
      `run ${key.run}`,
      oneLine(key.message),
    ]),
  );
  const copies = document.datasets
    .filter(({ copied }) => copied > 0)
    .map(({ dataset, copied }) => copiesLine(oneName(dataset), copied, dryRun));
  const left = next === null ? [] : leftoversLines(document, view);
  if (rows.length + copies.length === 0) return ['nothing to recover', ...left];
  const lines = [...alignRows(rows), ...copies, ...left];
  if (view.quiet || next === null) return lines;
  const touched = document.datasets.filter(({ keys, copied }) => keys.length + copied > 0);
  const words = touched.map(({ dataset }) => ` ${quoteWord(dataset)}`).join('');
  return [...lines, nextCommand(view, `lakefill ${next}${words}${view.projectWords}`)];
}

/** What is in nobody's way: gc removes it. */
function leftoversLines(document: RecoverDocument, view: View): string[] {
  return document.datasets.flatMap(({ dataset, leftovers }) => {
    if (leftovers === undefined) return [];
    const size = `${plural(leftovers.objects, 'object')}, ${formatBytes(leftovers.bytes)}`;
    const command = `lakefill gc ${quoteWord(dataset)}${view.projectWords}`;
    return [
      `${oneName(dataset)}: work files and expired output of runs that are over are still there (${size}); \`${command}\` removes them`,
    ];
  });
}

function copiesLine(dataset: string, copied: number, dryRun: boolean): string {
  const partitions = copied === 1 ? '1 partition was' : `${copied} partitions were`;
  const [have, their] = copied === 1 ? ['has', 'its'] : ['have', 'their'];
  const recorded = `${dryRun ? 'would be' : 'are'} recorded`;
  return `${dataset}: ${partitions} copied or restored and ${have} the published bytes; ${their} new versions ${recorded}, so that no scan reads them again`;
}
