/** Which format the names of objects say, and which of several is the data: the one that most of them have. Pure. */
import { lastSegment } from '../core/location.js';
import type { InputFormat } from '../engine/transform-engine.js';
import type { ObjectInfo } from '../store/object-store.js';

export interface NamedFormat {
  readonly format: InputFormat;
  /** Of the files in a folder that are named so. */
  readonly glob: string;
  /** True when a definition would read the format from the name too. */
  readonly certain: boolean;
}

const FORMATS: readonly (readonly [ending: RegExp, format: InputFormat])[] = [
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.csv(\.gz|\.zst)?$/i, 'csv'],
  [/\.(ndjson|jsonl)(\.gz|\.zst)?$/i, 'ndjson'],
  [/\.json(\.gz|\.zst)?$/i, 'json'],
];
const ANY = '*';

export function formatOf(file: string): NamedFormat {
  for (const [ending, format] of FORMATS) {
    const found = ending.exec(file)?.[0];
    if (found !== undefined)
      return { format, glob: `*${found}`, certain: /^\.(parquet|csv|json|ndjson)/.test(found) };
  }
  return { format: 'parquet', glob: ANY, certain: false };
}

/** False for names that end like something else, such as `README.txt`. */
export function couldBeData({ path }: ObjectInfo): boolean {
  return formatOf(path).glob !== ANY || !lastSegment(path).includes('.');
}

/**
 * Objects in the order in which they are worth a try as the sample: those of the most frequent ending first (of two, the one
 * with more bytes), names that say no format last, and of one ending the smallest first.
 */
export function byLikelihood(objects: readonly ObjectInfo[]): ObjectInfo[] {
  const endings = new Map<string, { count: number; bytes: number }>();
  for (const { path, size } of objects) {
    const { glob } = formatOf(path);
    const { count, bytes } = endings.get(glob) ?? { count: 0, bytes: 0 };
    endings.set(glob, { count: count + 1, bytes: bytes + size });
  }
  const ranked = [...endings].sort(
    ([globA, a], [globB, b]) =>
      Number(globA === ANY) - Number(globB === ANY) || b.count - a.count || b.bytes - a.bytes,
  );
  const rank = new Map(ranked.map(([glob], i) => [glob, i]));
  const rankOf = ({ path }: ObjectInfo) => rank.get(formatOf(path).glob)!;
  return objects.toSorted((a, b) => rankOf(a) - rankOf(b) || a.size - b.size);
}
