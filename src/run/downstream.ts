/**
 * Who reads what a run changed: partitions of datasets (and the following ones of the same, with `self`) that have a changed partition
 * as a tracked input, and were not made by the same run. From the definitions alone, one step down; nothing is listed. Values of `from`
 * are those of the changed partitions, so a reader whose values are found in another input is not counted. Their own scan says whether
 * they are stale.
 */
import { partitionPrefix } from '../core/layout.js';
import type { KeyValues } from '../core/partition-key.js';
import { DiscoveredValues, discoveringInput } from '../dataset/discovered.js';
import { expectedKeys, keyOf } from '../dataset/expected-keys.js';
import type { Dataset, Project } from '../dataset/dataset.js';
import type { Instant } from '../core/instant.js';
import { Upstream } from '../scan/upstream.js';
import { isTracked } from '../source/input-facts.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';

type Ended = readonly { readonly dataset: string; readonly partitions: readonly PartitionOutcome[] }[];

/** Datasets with how many of their due partitions read what changed; those with none are left out. */
export function downstreamOf(
  project: Project,
  ended: Ended,
  now: Instant,
): NonNullable<RunDocument['downstream']> {
  const changed = new Map(ended.map(({ dataset, partitions }) => [dataset, changedKeys(partitions)]));
  const worked = new Map(
    ended.map(({ dataset, partitions }) => [dataset, new Set(partitions.map(({ key }) => key))]),
  );
  return project.datasets.flatMap((reader) => {
    const upstreams = changedUpstreams(project, reader, changed);
    if (upstreams.length === 0) return [];
    const own = worked.get(reader.name);
    const partitions = expectedKeys(reader, now, discoveredIn(reader, upstreams, changed)).filter(
      ({ partition, due }) =>
        (due === null || due <= now) &&
        !own?.has(partition.key) &&
        upstreams.some((upstream) => upstream.keysOf(partition).length > 0),
    ).length;
    return partitions === 0 ? [] : [{ dataset: reader.name, partitions }];
  });
}

/** A partition that a rollback made absent again leaves its readers as they are: nothing is made from nothing. */
function changedKeys(partitions: readonly PartitionOutcome[]): ReadonlySet<string> {
  const made = partitions.filter(({ outcome, generation }) => outcome === 'promoted' && generation !== null);
  return new Set(made.map(({ key }) => key));
}

function changedUpstreams(
  project: Project,
  reader: Dataset,
  changed: ReadonlyMap<string, ReadonlySet<string>>,
): Upstream[] {
  return reader.inputs.flatMap((input) => {
    const made = input.self === -1 ? reader : project.datasets.find(({ name }) => name === input.dataset);
    if (made === undefined || !isTracked(reader, input) || !changed.get(made.name)?.size) return [];
    const keys = [...changed.get(made.name)!].flatMap((key) => keyOf(made, key) ?? []);
    const expected = keys.map((partition) => ({ partition, due: null }));
    return [new Upstream(reader, input, made, expected, { sequence: 0, keys: new Map() })];
  });
}

/** What the changed partitions hold of the reader's `from` values; null for a reader without such, or with none of them. */
function discoveredIn(
  reader: Dataset,
  upstreams: readonly Upstream[],
  changed: ReadonlyMap<string, ReadonlySet<string>>,
): DiscoveredValues | null {
  const from = discoveringInput(reader);
  const upstream = upstreams.find(({ input }) => input === from);
  if (from === null || upstream === undefined) return null;
  const { layout, name } = upstream.dataset;
  const held = [...changed.get(name)!].flatMap((key): KeyValues[] => {
    const values = from.template.match(`${partitionPrefix(layout, key)}part.parquet`);
    return values === null ? [] : [values];
  });
  return new DiscoveredValues(reader, from, held);
}
