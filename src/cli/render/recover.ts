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

export function renderRecover(document: RecoverDocument, view: View): string[] {
  const rows = document.datasets.flatMap((dataset) =>
    dataset.keys.map((key) => [
      view.style.paint[PAINT[key.result]](key.result),
      oneLine(`${dataset.dataset}/${key.key}`),
      `was ${key.phase}`,
      `run ${key.run}`,
      oneLine(key.message),
    ]),
  );
  return rows.length === 0 ? ['nothing to recover'] : alignRows(rows);
}
