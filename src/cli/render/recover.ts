/** Text of a recovery: each key that a dead process left in the middle, and how it ended. */
import type { RecoverDocument } from '../../index.js';
import { oneLine, oneName } from './format.js';
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
  if (rows.length + copies.length === 0) return ['nothing to recover'];
  const lines = [...alignRows(rows), ...copies];
  if (view.quiet || next === null) return lines;
  const touched = document.datasets.filter(({ keys, copied }) => keys.length + copied > 0);
  const words = touched.map(({ dataset }) => ` ${quoteWord(dataset)}`).join('');
  return [...lines, nextCommand(view, `lakefill ${next}${words}${view.projectWords}`)];
}

function copiesLine(dataset: string, copied: number, dryRun: boolean): string {
  const partitions = copied === 1 ? '1 partition was' : `${copied} partitions were`;
  const [have, their] = copied === 1 ? ['has', 'its'] : ['have', 'their'];
  const recorded = `${dryRun ? 'would be' : 'are'} recorded`;
  return `${dataset}: ${partitions} copied or restored and ${have} the published bytes; ${their} new versions ${recorded}, so that no scan reads them again`;
}
