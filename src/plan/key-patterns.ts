/**
 * What `--partition` and `--exclude` take: a key, a folder of keys (`dt=2025-01-03`), a glob (`dt=2025-01-*`), a range
 * (`dt=2025-01-01..2025-01-07`, both included, in the order of time). Resolved against one dataset. Pure.
 */
import { LakefillError } from '../core/errors.js';
import { compileKeyGlob } from '../core/glob.js';
import { escapeHive } from '../core/hive.js';
import { nearest } from '../core/nearest.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, ExpectedKey } from '../dataset/dataset.js';
import { keyOf } from '../dataset/expected-keys.js';

export interface KeyPattern {
  readonly text: string;
  matches(partition: PartitionKey): boolean;
  /** True when it matches an expected key of the dataset. */
  readonly found: boolean;
}

/** The pattern as this dataset reads it. SELECTION_INVALID for a range that runs backwards. */
export function compilePattern(text: string, dataset: Dataset, expected: readonly ExpectedKey[]): KeyPattern {
  const matches = rangeOf(text, dataset, expected) ?? globOf(text);
  if (expected.some(({ partition }) => matches(partition))) return { text, matches, found: true };
  const escaped = escapedKey(text);
  if (escaped === text || !expected.some(({ partition }) => partition.key === escaped))
    return { text, matches, found: false };
  return { text, matches: ({ key }) => key === escaped, found: true };
}

/** The key of values that were typed as they are: `region=x=y` is `region=x%3Dy`. */
function escapedKey(text: string): string {
  return text
    .split('/')
    .map((segment) => {
      const value = segment.indexOf('=') + 1;
      return value === 0 ? segment : segment.slice(0, value) + escapeHive(segment.slice(value));
    })
    .join('/');
}

interface Known {
  readonly dataset: Dataset;
  readonly expected: readonly ExpectedKey[];
}

/** What the first datasets expect, in words. */
export function rangesOf(known: readonly Known[]): string {
  const ranges = known
    .slice(0, 3)
    .map(({ dataset, expected }) =>
      expected.length === 0
        ? `${dataset.name} expects none yet`
        : `${dataset.name} expects ${expected[0]!.partition.key} .. ${expected.at(-1)!.partition.key}`,
    );
  return ranges.join('; ');
}

/** The error for a pattern that no dataset of the selection knows. */
export function unknownPattern(flag: string, text: string, known: readonly Known[]): LakefillError {
  const keys = known.flatMap(({ expected }) => expected.map(({ partition }) => partition.key));
  const meant = nearest(text, keys);
  const shown = rangesOf(known);
  return new LakefillError('SELECTION_INVALID', `${flag} '${text}' matches no partition. Nothing was done.`, {
    hint: meant === null ? `Give a key, a glob or a range: ${shown}.` : `Did you mean '${meant}'? (${shown})`,
    context: { [flag.slice(2)]: text },
  });
}

type Matcher = (partition: PartitionKey) => boolean;

function globOf(text: string): Matcher {
  const matches = compileKeyGlob(text);
  return ({ key }) => matches(key);
}

/** Null when the text is no range of this dataset's keys. */
function rangeOf(text: string, dataset: Dataset, expected: readonly ExpectedKey[]): Matcher | null {
  const dots = text.indexOf('..');
  if (dots <= 0) return null;
  const [left, right] = [text.slice(0, dots), text.slice(dots + 2)];
  const first = endOf(left, dataset, expected);
  const last = completions(left, right)
    .map((end) => endOf(end, dataset, expected.toReversed()))
    .find((end) => end !== null);
  if (!first || !last) return null;
  return first.interval === null || last.interval === null
    ? byPosition(text, first, last, expected)
    : byTime(text, first, last, dataset);
}

/** The right end may leave out what it shares with the left: `dt=2025-01-01..2025-01-07`. */
function completions(left: string, right: string): string[] {
  const cuts = [left.lastIndexOf('='), left.lastIndexOf('/')];
  return [right, ...cuts.filter((cut) => cut >= 0).map((cut) => left.slice(0, cut + 1) + right)];
}

/** The first of the keys that is or lies below the text; a key that is not expected if it has the layout's form. */
function endOf(text: string, dataset: Dataset, expected: readonly ExpectedKey[]): PartitionKey | null {
  const below = expected.find(({ partition: { key } }) => key === text || key.startsWith(`${text}/`));
  if (below) return below.partition;
  const some = expected[0]?.partition.key.split('/') ?? [];
  return keyOf(dataset, [text, ...some.slice(text.split('/').length)].join('/'));
}

function byTime(text: string, first: PartitionKey, last: PartitionKey, dataset: Dataset): Matcher {
  const [from, to] = [first.interval!.start, last.interval!.start];
  if (from > to) throw backwards(text);
  const whole = text.split('..').every((end) => end.split('/').length === dataset.layout.depth);
  const fixed = !whole ? [] : dataset.values.filter(({ name }) => first.values[name] === last.values[name]);
  return ({ interval, values }) =>
    interval !== null &&
    from <= interval.start &&
    interval.start <= to &&
    fixed.every(({ name }) => values[name] === first.values[name]);
}

function byPosition(
  text: string,
  first: PartitionKey,
  last: PartitionKey,
  expected: readonly ExpectedKey[],
): Matcher {
  const positions = new Map(expected.map(({ partition }, i) => [partition.key, i]));
  const [from, to] = [positions.get(first.key) ?? Infinity, positions.get(last.key) ?? -Infinity];
  if (from > to) throw backwards(text);
  return ({ key }) => {
    const position = positions.get(key);
    return position !== undefined && from <= position && position <= to;
  };
}

function backwards(text: string): LakefillError {
  return new LakefillError(
    'SELECTION_INVALID',
    `The range '${text}' ends before it begins. Nothing was done.`,
    {
      hint: 'Put the earlier key first.',
      context: { partition: text },
    },
  );
}
