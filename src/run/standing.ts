/**
 * What is known of the files at a partition that did not end as asked, where it is not simply that the journal's generation stands
 * there: a publication was cut, or something that is not lakefill changed the files. Reads only.
 */
import { partitionPrefix } from '../core/layout.js';
import type { KeyState } from '../journal/entry.js';
import { standsAsRecorded } from '../scan/journal-comparison.js';
import type { RunContext } from './context.js';
import type { OpenDataset } from './open-dataset.js';
import type { PartitionOutcome } from './run-document.js';

type Known = Pick<PartitionOutcome, 'standing'>;

/** Without a look at the store: how far an attempt came that did not end. */
export function standingOf({ phase }: KeyState): Known {
  return phase === 'stable' ? {} : { standing: phase };
}

/** After a look at the store. Never throws for it. */
export async function lookAtStanding(
  { publisher }: Pick<RunContext, 'publisher'>,
  { journal, publish }: Pick<OpenDataset, 'journal' | 'publish'>,
  key: string,
): Promise<Known> {
  const state = journal.key(key);
  if (state.phase !== 'stable') return standingOf(state);
  const objects = await publisher.current(publish, key).catch(() => null);
  if (objects === null) return { standing: 'unknown' };
  const prefix = partitionPrefix(publish.layout, key);
  if (standsAsRecorded({ objects, state, prefix })) return {};
  return { standing: objects.length === 0 ? 'nothing' : 'other' };
}
