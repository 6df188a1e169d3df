/** One key of an adoption as the document tells it. */
import { formatInstant } from '../core/instant.js';
import { bytesOf } from '../journal/fold.js';
import type { Adoption } from '../plan/adoptable.js';
import type { AdoptResult } from '../publish/adopt.js';
import type { ScannedKey } from '../scan/dataset-scan.js';
import type { AdoptedPartition } from './documents.js';

export interface Decided {
  readonly key: ScannedKey;
  readonly adoption: Adoption;
}

/** Null for a key that the journal names as it stands. A key to be adopted without a result would be: nothing was written. */
export function adoptedPartition(
  { key, adoption }: Decided,
  results: ReadonlyMap<string, AdoptResult>,
): AdoptedPartition | null {
  if (adoption.result === 'managed') return null;
  const { partition } = key;
  const { interval } = partition;
  const base = {
    key: partition.key,
    start: interval === null ? null : formatInstant(interval.start),
    end: interval === null ? null : formatInstant(interval.end),
  };
  if (adoption.result === 'left') {
    const { objects } = key;
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    return { ...base, ...adoption, generation: null, files: objects.length, bytes };
  }
  const { generation, files } = adoption.fact;
  const size = { files: files.length, bytes: bytesOf(files) };
  const result = results.get(partition.key) ?? { outcome: 'adopted' };
  switch (result.outcome) {
    case 'adopted':
      return { ...base, ...size, result: 'adopted', generation, code: null, message: null, hint: null };
    case 'conflict':
      return {
        ...base,
        ...size,
        result: 'conflict',
        generation: null,
        code: 'base-moved',
        message: `another run moved the partition first: it ${result.why}`,
        hint: 'Look again with lakefill scan.',
      };
    case 'cancelled':
      return {
        ...base,
        ...size,
        result: 'cancelled',
        generation: null,
        code: 'interrupted',
        message: 'interrupted before it was recorded',
        hint: 'Give the same command again.',
      };
  }
}
