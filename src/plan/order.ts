/**
 * Order of work: datasets after those that they read, keys of a dataset by time. What a task reads of another task's
 * output it waits for, whatever the order of keys. Pure.
 */
import { LakefillError } from '../core/errors.js';
import type { Dataset } from '../dataset/dataset.js';
import type { ScannedKey } from '../scan/dataset-scan.js';

/** Names of the datasets that the dataset reads, itself excepted. */
export function upstreamNames(dataset: Dataset): string[] {
  const names = dataset.inputs.flatMap((input) => input.dataset ?? []);
  return [...new Set(names)].filter((name) => name !== dataset.name);
}

/** Upstreams first, otherwise as given. DEFINITION_INVALID for a cycle, naming it. */
export function inDependencyOrder(datasets: readonly Dataset[]): Dataset[] {
  const byName = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  const done = new Set<string>();
  const ordered: Dataset[] = [];
  const visit = (dataset: Dataset, path: readonly string[]): void => {
    if (done.has(dataset.name)) return;
    if (path.includes(dataset.name)) throw cycle([...path.slice(path.indexOf(dataset.name)), dataset.name]);
    for (const name of upstreamNames(dataset)) {
      const upstream = byName.get(name);
      if (upstream) visit(upstream, [...path, dataset.name]);
    }
    done.add(dataset.name);
    ordered.push(dataset);
  };
  for (const dataset of datasets) visit(dataset, []);
  return ordered;
}

/** The datasets and all that read them, directly or through others, in dependency order. */
export function withDownstream(chosen: readonly Dataset[], all: readonly Dataset[]): Dataset[] {
  const wanted = new Set(chosen.map(({ name }) => name));
  for (const dataset of inDependencyOrder(all))
    if (upstreamNames(dataset).some((name) => wanted.has(name))) wanted.add(dataset.name);
  return inDependencyOrder(all.filter(({ name }) => wanted.has(name)));
}

/** By start of the interval, oldest or newest first; keys of equal time stay in the order of the definition. */
export function inTimeOrder(keys: readonly ScannedKey[], order: 'oldest' | 'newest'): ScannedKey[] {
  const sign = order === 'oldest' ? 1 : -1;
  return keys.toSorted(
    (a, b) => sign * ((a.partition.interval?.start ?? 0) - (b.partition.interval?.start ?? 0)),
  );
}

function cycle(path: readonly string[]): LakefillError {
  return new LakefillError(
    'DEFINITION_INVALID',
    `Datasets read each other in a circle: ${path.join(' -> ')}. Nothing was done.`,
    {
      hint: 'Remove one of these inputs: a dataset cannot be made from what is made from it.',
      context: { cycle: path },
    },
  );
}
