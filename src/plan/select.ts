/** What a person asked for, resolved against the datasets: which datasets, which keys, which statuses. Pure. */
import { LakefillError } from '../core/errors.js';
import { formatInstant } from '../core/instant.js';
import type { Instant } from '../core/instant.js';
import { nearest } from '../core/nearest.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, ExpectedKey } from '../dataset/dataset.js';
import { expectedKeys, expectedRange } from '../dataset/expected-keys.js';
import type { Reason } from '../scan/status.js';
import { compilePattern, rangesOf, unknownPattern } from './key-patterns.js';
import type { KeyPattern } from './key-patterns.js';
import { Only } from './only.js';
import type { SelectionOptions } from './selection.js';
import { isInShard, readShard } from './shard.js';
import { isInside, readWindow } from './time-window.js';
import type { TimeWindow } from './time-window.js';

/** A selection as one dataset understands it. */
export interface ResolvedSelection {
  readonly dataset: Dataset;
  /** True for keys of the selection, expected or not. */
  wanted(partition: PartitionKey): boolean;
  /** True when `--partition` names the key. */
  named(partition: PartitionKey): boolean;
  readonly only: Only;
  /** More than one key that is expected is wanted. */
  readonly isOfSeveral: boolean;
  /** A range that was widened, a range that does not apply. */
  readonly notes: readonly Reason[];
}

interface Sketch {
  readonly dataset: Dataset;
  readonly expected: readonly ExpectedKey[];
  readonly window: TimeWindow | null;
  /** The window shares no instant with what the dataset can expect. */
  readonly isOutside: boolean;
  readonly partitions: readonly KeyPattern[];
  readonly exclude: readonly KeyPattern[];
}

/** The datasets meant by names and tags, in the project's order. DATASET_UNKNOWN and SELECTION_INVALID name the nearest. */
export function chooseDatasets(
  all: readonly Dataset[],
  { datasets = [], tags = [] }: SelectionOptions,
): Dataset[] {
  const names = all.map(({ name }) => name);
  for (const name of datasets) if (!names.includes(name)) throw unknownDataset(name, names);
  const known = new Set(all.flatMap((dataset) => dataset.tags));
  for (const tag of tags) if (!known.has(tag)) throw unknownTag(tag, known);
  return all.filter(
    (dataset) =>
      (datasets.length === 0 || datasets.includes(dataset.name)) &&
      (tags.length === 0 || tags.some((tag) => dataset.tags.includes(tag))),
  );
}

/**
 * The selection per dataset, in the order given. SELECTION_INVALID when a word of it cannot be read, when the window is empty
 * or lies outside of the range of every dataset, or when a `--partition` or a plain `--exclude` matches no expected key of any of the datasets.
 */
export function resolveSelection(
  datasets: readonly Dataset[],
  selection: SelectionOptions,
  now: Instant,
  expectedOf: (dataset: Dataset) => readonly ExpectedKey[] = (dataset) => expectedKeys(dataset, now),
): ResolvedSelection[] {
  const only = Only.read(selection.only);
  const shard = selection.shard === undefined ? null : readShard(selection.shard);
  const sketches = datasets.map((dataset) => sketchOf(dataset, expectedOf(dataset), selection, now));
  refuseUnknown('--partition', selection.partitions ?? [], sketches, (sketch) => sketch.partitions);
  refuseOutside(sketches);
  refuseUnknown('--exclude', (selection.exclude ?? []).filter(isPlain), sketches, (sketch) => sketch.exclude);
  return sketches.map((sketch) => {
    const { dataset, window, partitions, exclude } = sketch;
    const named = (partition: PartitionKey) => partitions.some((pattern) => pattern.matches(partition));
    const wanted = (partition: PartitionKey) =>
      isSelected(partition, window, dataset) &&
      (partitions.length === 0 || named(partition)) &&
      !exclude.some((pattern) => pattern.matches(partition)) &&
      (shard === null || isInShard(shard, dataset.name, partition.key));
    const isOfSeveral = hasTwo(sketch.expected, ({ partition }) => wanted(partition));
    return { dataset, wanted, named, only, isOfSeveral, notes: notesOf(sketch) };
  });
}

/** Looks no further than at the second. */
function hasTwo<T>(items: readonly T[], holds: (item: T) => boolean): boolean {
  const first = items.findIndex(holds);
  return first >= 0 && items.some((item, i) => i > first && holds(item));
}

function sketchOf(
  dataset: Dataset,
  expected: readonly ExpectedKey[],
  selection: SelectionOptions,
  now: Instant,
): Sketch {
  const compile = (texts: readonly string[] = []) =>
    texts.map((text) => compilePattern(text, dataset, expected));
  const window = readWindow(selection, dataset.time?.timezone ?? 'UTC', now);
  const range = expectedRange(dataset, now);
  return {
    dataset,
    expected,
    window,
    isOutside: window !== null && dataset.time !== null && (range === null || !isInside(window, range)),
    partitions: compile(selection.partitions),
    exclude: compile(selection.exclude),
  };
}

/** A key without time (one that does not parse) is in no window of a dataset that has time. */
function isSelected({ interval }: PartitionKey, window: TimeWindow | null, { time }: Dataset): boolean {
  if (window !== null && time !== null && interval === null) return false;
  return isInside(window, interval);
}

function isPlain(text: string): boolean {
  return !/[*?]|\.\./.test(text);
}

function refuseUnknown(
  flag: string,
  texts: readonly string[],
  sketches: readonly Sketch[],
  patterns: (sketch: Sketch) => readonly KeyPattern[],
): void {
  for (const text of texts) {
    const found = sketches.some((sketch) =>
      patterns(sketch).some((pattern) => pattern.text === text && pattern.found),
    );
    if (!found) throw unknownPattern(flag, text, sketches);
  }
}

/** A scheduler with a wrong window must not be told that all is well. */
function refuseOutside(sketches: readonly Sketch[]): void {
  const asked = sketches[0]?.window?.asked;
  if (asked === undefined || !sketches.every(({ isOutside }) => isOutside)) return;
  const of = sketches.length === 1 ? `'${sketches[0]!.dataset.name}'` : 'every dataset';
  const message = `${asked} lies outside of the range of ${of}. Nothing was done.`;
  throw new LakefillError('SELECTION_INVALID', message, {
    hint: `Give a window inside: ${rangesOf(sketches)}.`,
    context: { window: asked },
  });
}

function notesOf({ dataset, expected, window, isOutside }: Sketch): Reason[] {
  if (window === null) return [];
  if (isOutside) {
    const message = `${window.asked} lies outside of its range: ${rangesOf([{ dataset, expected }])}`;
    return [{ code: 'outside', message }];
  }
  if (dataset.time === null) {
    const message = `${window.asked} does not narrow ${dataset.name}: it has no time`;
    return [{ code: 'no-time', message }];
  }
  const inside = expected.filter(({ partition }) => isInside(window, partition.interval));
  const [first, last] = [inside[0]?.partition, inside.at(-1)?.partition];
  if (!first?.interval || !last?.interval) return [];
  if (first.interval.start >= window.start && last.interval.end <= window.end) return [];
  const [start, end] = [first.interval.start, last.interval.end].map(formatInstant);
  const message = `${window.asked} was widened to whole partitions: ${first.key} .. ${last.key}, that is ${start} to ${end}`;
  return [{ code: 'widened', message }];
}

function unknownDataset(name: string, names: readonly string[]): LakefillError {
  const meant = nearest(name, names);
  return new LakefillError('DATASET_UNKNOWN', `There is no dataset '${name}'. Nothing was done.`, {
    hint: meant === null ? `Known: ${names.join(', ') || 'none'}.` : `Did you mean '${meant}'?`,
    context: { dataset: name },
  });
}

function unknownTag(tag: string, known: ReadonlySet<string>): LakefillError {
  const meant = nearest(tag, known);
  return new LakefillError('SELECTION_INVALID', `No dataset has the tag '${tag}'. Nothing was done.`, {
    hint: meant === null ? `Known: ${[...known].sort().join(', ') || 'none'}.` : `Did you mean '${meant}'?`,
    context: { tag },
  });
}
