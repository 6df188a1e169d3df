/**
 * What a catalogue does not know yet: the statement that tells it. Not for targets on the local disk, which are read by path.
 */
import type { RunDocument } from '../../index.js';
import { oneLine, oneName, plural } from './format.js';
import type { View } from './view.js';

/** So many are named one by one. */
const MOST_NAMED = 3;

export function renderNewPartitions({ id, datasets }: RunDocument, view: View): string[] {
  return datasets.flatMap(({ dataset, target, newPartitions }) => {
    if (newPartitions === undefined || !isRemote(target)) return [];
    const { partitions, repair, statements } = newPartitions;
    const head = `${plural(partitions, 'new partition')} of ${oneName(dataset)}; a catalogue (Glue, Hive) learns of ${partitions === 1 ? 'it' : 'them'} by:`;
    if (partitions <= MOST_NAMED) return [head, ...statements.map((one) => `  ${oneLine(one)};`)];
    const one = `each by itself: newPartitions in lakefill history ${id}${view.projectWords} --json`;
    return [head, `  ${oneLine(repair)};  -- ${one}`];
  });
}

function isRemote(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(target) && !/^file:/i.test(target);
}
