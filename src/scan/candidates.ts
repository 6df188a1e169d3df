/** The keys that a scan judges: the expected ones, and those that stand there or are in flight without being expected. Pure. */
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, ExpectedKey } from '../dataset/dataset.js';
import { keyOf } from '../dataset/expected-keys.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { TargetView } from './observe-target.js';

export interface Candidate {
  readonly partition: PartitionKey;
  readonly due: Instant | null;
  readonly expected: boolean;
  /** The key has the layout's form. */
  readonly parses: boolean;
  readonly objects: readonly ObjectInfo[];
  /** A prefix with data that seems to mean this key and is spelled otherwise. */
  readonly otherSpelling: string | null;
  /** Expected and due: its inputs and definition matter. */
  readonly judged: boolean;
}

const NOTHING: readonly ObjectInfo[] = [];

/** Expected keys in their order, then the others by name; only the wanted ones. */
export function candidatesOf(
  dataset: Dataset,
  view: Pick<TargetView, 'inventory' | 'journal'>,
  now: Instant,
  expected: readonly ExpectedKey[],
  wanted: (partition: PartitionKey) => boolean = () => true,
): Candidate[] {
  const { byKey, hidden } = view.inventory;
  const names = new Set(expected.map(({ partition }) => partition.key));
  const others = [...new Set([...byKey.keys(), ...unstableKeys(view)])]
    .filter((key) => !names.has(key))
    .sort();
  const spellings = otherSpellings(dataset, [...others.filter((key) => byKey.has(key)), ...hidden.keys()]);
  const candidates: Candidate[] = [];
  for (const { partition, due } of expected) {
    if (!wanted(partition)) continue;
    const objects = byKey.get(partition.key) ?? NOTHING;
    const otherSpelling = spellings.get(partition.key) ?? null;
    const judged = due === null || due <= now;
    candidates.push({ partition, due, expected: true, parses: true, objects, otherSpelling, judged });
  }
  for (const key of others) {
    const parsed = keyOf(dataset, key);
    const partition = parsed ?? { key, values: {}, interval: null };
    if (!wanted(partition)) continue;
    const objects = byKey.get(key) ?? NOTHING;
    const parses = parsed !== null;
    candidates.push({
      partition,
      due: null,
      expected: false,
      parses,
      objects,
      otherSpelling: null,
      judged: false,
    });
  }
  return candidates;
}

function unstableKeys({ journal }: Pick<TargetView, 'journal'>): string[] {
  return [...(journal?.keys.values() ?? [])].filter((k) => k.phase !== 'stable').map((k) => k.key);
}

/** Which spelling stands in for each key: `month=1` for `month=01`. */
function otherSpellings(dataset: Dataset, unexpected: readonly string[]): Map<string, string> {
  const spellings = new Map<string, string>();
  for (const key of unexpected) {
    const values = dataset.layout.decodeLoosely(key);
    const meant = values === null ? null : dataset.layout.format(values);
    if (meant !== null && meant !== key) spellings.set(meant, key);
  }
  return spellings;
}
