/** Words of a person into keys that stand somewhere, whether the definition expects them or not. Pure. */
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import { expectedKeys, keyOf } from '../dataset/expected-keys.js';
import { compilePattern } from '../plan/key-patterns.js';
import { isInside, readWindow } from '../plan/time-window.js';
import type { RunKeysRequest } from './types.js';

export interface KeyMatcher {
  wanted(key: string): boolean;
  named(key: string): boolean;
}

/** Which keys of the dataset the request means; every one when it says nothing. Throws SELECTION_INVALID. */
export function keyMatcher(dataset: Dataset, request: RunKeysRequest, now: Instant): KeyMatcher {
  const window = readWindow(request, dataset.time?.timezone ?? 'UTC', now);
  const texts = request.partitions ?? [];
  const expected = texts.length === 0 ? [] : expectedKeys(dataset, now);
  const patterns = texts.map((text) => compilePattern(text, dataset, expected));
  const named = (key: string) => {
    const partition = partitionOf(dataset, key);
    return patterns.some((pattern) => pattern.matches(partition));
  };
  const wanted = (key: string) =>
    (texts.length === 0 || named(key)) && isInside(window, partitionOf(dataset, key).interval);
  return { wanted, named };
}

function partitionOf(dataset: Dataset, key: string): PartitionKey {
  return keyOf(dataset, key) ?? { key, values: {}, interval: null };
}

/** The first pattern that names none of the keys of any dataset. */
export function firstUnmatched(
  patterns: readonly string[],
  all: readonly { readonly dataset: Dataset; readonly keys: readonly string[] }[],
  now: Instant,
): string | undefined {
  return patterns.find((text) =>
    all.every(({ dataset, keys }) => !keys.some(keyMatcher(dataset, { partitions: [text] }, now).named)),
  );
}
