/** What to do about files that something else wrote, as commands that can be typed. Pure. */

/** `flags`: what would include the key in a run. The command names the key in quotes: `hintForAll` looks for that. */
export function takeOverHint(flags: string, dataset: string, key: string): string {
  return `Add ${flags}, or take it over as it is with \`lakefill adopt ${dataset} --partition '${key}'\`.`;
}

/** For files that are no data: they cannot be taken over. */
export function notDataHint(names: string): string {
  return `Remove or move ${names}, or add --overwrite-external: the partition is made anew without it.`;
}

interface Hinted {
  readonly key: string;
  readonly hint: string;
  readonly start?: string | null | undefined;
  readonly end?: string | null | undefined;
}

/** The hint without its key: what keys have in common. */
export function hintOfAny({ key, hint }: Pick<Hinted, 'key' | 'hint'>): string {
  return hint.replaceAll(`'${key}'`, "'*'");
}

/** One hint for keys whose hints differ in the key alone: for neighbours in time their range, else that of the first. */
export function hintForAll(items: readonly [Hinted, ...Hinted[]]): string {
  const [first] = items;
  const inOrder = [...items].sort((a, b) => ((a.start ?? '') < (b.start ?? '') ? -1 : 1));
  const isRange =
    items.length > 1 &&
    inOrder.every(({ start, end }, i) => {
      const next = inOrder[i + 1];
      return typeof start === 'string' && (next === undefined || end === next.start);
    });
  if (!isRange) return first.hint;
  return first.hint.replaceAll(`'${first.key}'`, `'${inOrder[0]!.key}..${inOrder.at(-1)!.key}'`);
}
