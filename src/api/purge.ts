/** `gc --purge`: words of a person into keys that are known somewhere, then the removal of their earlier copies. */
import { isLakefillError, LakefillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import type { Instant } from '../core/instant.js';
import type { Dataset } from '../dataset/dataset.js';
import { expectedKeys } from '../dataset/expected-keys.js';
import { findCopies } from '../publish/copies.js';
import type { Copies } from '../publish/copies.js';
import { purge } from '../publish/purge.js';
import type { PurgeOptions } from '../publish/purge.js';
import type { RunContext } from '../run/context.js';
import { openDataset } from '../run/open-dataset.js';
import type { OpenDataset } from '../run/open-dataset.js';
import { isWaiting } from '../run/promotable.js';
import { readStaged } from '../run/staged-record.js';
import type { StagedRecord } from '../run/staged-record.js';
import type { GcDocument } from './documents.js';
import { firstUnmatched, keyMatcher } from './key-matcher.js';

interface Opened {
  readonly dataset: Dataset;
  readonly open: OpenDataset;
  readonly copies: Copies;
  /** Expected, in the journal, or of which a copy stands there. */
  readonly keys: readonly string[];
}

/** Nothing is removed before every pattern is known to match. Throws SELECTION_INVALID. */
export async function purgeKeys(
  context: RunContext,
  chosen: readonly Dataset[],
  run: string,
  patterns: readonly string[],
): Promise<GcDocument['datasets']> {
  const now = context.clock.now();
  const opened: Opened[] = [];
  for (const dataset of chosen) {
    const open = await openDataset(context, dataset, run);
    const expected = expectedKeys(dataset, now).map(({ partition }) => partition.key);
    const copies = await findCopies(open.publish);
    opened.push({ dataset, open, copies, keys: [...new Set([...expected, ...copies.keys.keys()])] });
  }
  refuseUnmatched(opened, patterns, now);
  const datasets: GcDocument['datasets'][number][] = [];
  for (const { dataset, open, copies } of opened) {
    const { named } = keyMatcher(dataset, { partitions: patterns }, now);
    const items = await purge(open.publish, copies, {
      now,
      dryRun: context.dryRun,
      wanted: named,
      whyStaged: whyStagedIn(open),
    });
    datasets.push({ dataset: dataset.name, store: open.store.url, items });
  }
  return datasets;
}

function refuseUnmatched(opened: readonly Opened[], patterns: readonly string[], now: Instant): void {
  const unmatched = firstUnmatched(patterns, opened, now);
  if (unmatched === undefined) return;
  const keys = opened.flatMap((one) => one.keys).sort();
  const meant = nearest(unmatched, keys);
  throw new LakefillError(
    'SELECTION_INVALID',
    `--purge '${unmatched}' matches no partition. Nothing was removed.`,
    {
      hint:
        meant !== null
          ? `Did you mean '${meant}'?`
          : keys.length === 0
            ? 'No partition is known yet.'
            : `Give a key, a glob or a range of ${keys[0]} .. ${keys.at(-1)}.`,
      context: { purge: unmatched },
    },
  );
}

/** Each run's records are read once. Where they cannot be read, somebody who can may still want the output. */
function whyStagedIn({ store, control }: OpenDataset): PurgeOptions['whyStaged'] {
  const read = new Map<string, Promise<StagedRecord[] | null>>();
  return async (run, { key, generation }, now) => {
    const reading =
      read.get(run) ??
      readStaged(store, control, run).catch((error: unknown) => {
        if (isLakefillError(error, 'STORE_CORRUPT')) return null;
        throw error;
      });
    read.set(run, reading);
    const records = await reading;
    if (records === null)
      return `what run ${run} staged cannot be read by this version; upgrade lakefill, or remove the folder`;
    const record = records.find((one) => one.key === key);
    if (record === undefined || !isWaiting(record, generation, now)) return null;
    return `waits for a decision until ${record.expires}; promote or discard run ${run}, then purge again`;
  };
}
