/**
 * Folding: neighbouring keys that say the same become one range.
 *
 * Keys of a dataset with several variables are a grid (time by region); ranges run along time, one series per
 * combination of the other segments. Which segments are time is seen from the keys themselves: those that
 * differ between keys of the same interval are not.
 */

export interface FoldedKey {
  readonly key: string;
  /** ISO instants; null without a time variable. */
  readonly start: string | null;
  readonly end: string | null;
}

export interface Range<Item> {
  /** In order of time, the newest first where the list is so; never empty. */
  readonly items: readonly Item[];
  /** `2025-01-03 .. 2025-01-05 region=eu (3)`; for a single key its name. */
  readonly label: string;
}

export interface FoldRules<Item> {
  /** Items with different words never share a range. */
  readonly same: (item: Item) => string;
  /** `order`: next to each other in the list. `time`: one ends where the next starts, in either direction. */
  readonly adjacent: 'order' | 'time';
}

/** Ranges in order of their first item. */
export function foldKeys<Item extends FoldedKey>(
  items: readonly Item[],
  rules: FoldRules<Item>,
): Range<Item>[] {
  const naming = nameSeries(items);
  const open = new Map<string, Item[]>();
  const ranges: Item[][] = [];
  for (const item of items) {
    const series = item.start === null ? item.key : naming.series(item.key);
    const range = open.get(series);
    const last = range?.at(-1);
    const joins =
      range !== undefined &&
      last !== undefined &&
      rules.same(last) === rules.same(item) &&
      (rules.adjacent === 'order' || goesOn(range, item));
    if (joins) range.push(item);
    else {
      const fresh = [item];
      open.set(series, fresh);
      ranges.push(fresh);
    }
  }
  return ranges.map((range) => ({ items: range, label: naming.label(range) }));
}

/** Next to the last one in time, forwards or (newest first) backwards, never there and back. */
function goesOn(range: readonly FoldedKey[], item: FoldedKey): boolean {
  const last = range.at(-1)!;
  const before = range.at(-2);
  const forwards = last.end === item.start && before?.start !== last.end;
  const backwards = item.end === last.start && before?.end !== last.start;
  return forwards || backwards;
}

/** Name of one key among the others: the value alone where one `column=value` segment is all that varies in time. */
export function nameSeries(items: readonly FoldedKey[]): {
  series: (key: string) => string;
  label: (range: readonly FoldedKey[]) => string;
} {
  const others = otherSegments(items);
  const split = (key: string) => {
    const segments = key.split('/');
    const time = segments.filter((_, i) => !others.has(i));
    const rest = segments.filter((_, i) => others.has(i));
    return { time: time.length === 1 ? valueOf(time[0] ?? '') : time.join('/'), rest: rest.join('/') };
  };
  return {
    series: (key) => split(key).rest,
    label: (range) => {
      const first = range[0];
      const last = range.at(-1);
      if (first === undefined || last === undefined) return '';
      if (first.start === null) return first.key;
      const { time, rest } = split(first.key);
      const span = first === last ? time : `${time} .. ${split(last.key).time}`;
      const count = range.length === 1 ? '' : ` (${range.length})`;
      return `${span}${rest === '' ? '' : ` ${rest}`}${count}`;
    },
  };
}

/** A hint without the key that its command names: what the hints of keys have in common. */
export function hintOfAny({ key, hint }: { readonly key: string; readonly hint: string }): string {
  return hint.replaceAll(`'${key}'`, "'*'");
}

/** The hint of a range of neighbours in time: its command names the range in the place of the key. */
export function hintOfRange(items: readonly (FoldedKey & { readonly hint: string })[]): string {
  const [first, last] = [items[0]!, items.at(-1)!];
  if (first === last) return first.hint;
  const [from, to] = (first.start ?? '') < (last.start ?? '') ? [first, last] : [last, first];
  return first.hint.replaceAll(`'${first.key}'`, `'${from.key}..${to.key}'`);
}

/** Indexes of segments that differ between keys of the same interval. */
function otherSegments(items: readonly FoldedKey[]): Set<number> {
  const firstOf = new Map<string, string[]>();
  const others = new Set<number>();
  for (const item of items) {
    if (item.start === null) continue;
    const segments = item.key.split('/');
    const first = firstOf.get(item.start);
    if (first === undefined) firstOf.set(item.start, segments);
    else segments.forEach((segment, i) => segment !== first[i] && others.add(i));
  }
  return others;
}

function valueOf(segment: string): string {
  return segment.slice(segment.indexOf('=') + 1);
}
