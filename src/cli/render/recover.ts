/** Text of a recovery: each key that a dead process left in the middle, and how it ended. */
import type { RecoverDocument } from '../../index.js';
import { oneLine } from './format.js';
import { alignRows } from './table.js';
import type { View } from './view.js';

type Result = RecoverDocument['datasets'][number]['keys'][number]['result'];

const PAINT: Readonly<Record<Result, 'green' | 'yellow' | 'red' | 'dim'>> = {
  promoted: 'green',
  withdrawn: 'green',
  conflict: 'yellow',
  'in-flight': 'dim',
  failed: 'red',
};

export function renderRecover(document: RecoverDocument, view: View, dryRun = false): string[] {
  const rows = document.datasets.flatMap((dataset) =>
    dataset.keys.map((key) => [
      view.style.paint[PAINT[key.result]](key.result),
      oneLine(`${dataset.dataset}/${key.key}`),
      `was ${key.phase}`,
      `run ${key.run}`,
      oneLine(key.message),
    ]),
  );
  const copies = document.datasets
    .filter(({ copied }) => copied > 0)
    .map(({ dataset, copied }) => copiesLine(oneLine(dataset), copied, dryRun));
  return rows.length + copies.length === 0 ? ['nothing to recover'] : [...alignRows(rows), ...copies];
}

function copiesLine(dataset: string, copied: number, dryRun: boolean): string {
  const partitions = copied === 1 ? '1 partition was' : `${copied} partitions were`;
  const [have, their] = copied === 1 ? ['has', 'its'] : ['have', 'their'];
  const recorded = `${dryRun ? 'would be' : 'are'} recorded`;
  return `${dataset}: ${partitions} copied or restored and ${have} the published bytes; ${their} new versions ${recorded}, so that no scan reads them again`;
}
