/**
 * The heat strip: a dataset's statuses as one line, a letter and a colour for each.
 *
 * Longer than the line: each letter stands for several neighbours and shows the worst of them, so one bad day
 * in 3,000 stays visible.
 */
import type { Status } from '../../index.js';
import type { Style } from './style.js';

interface Look {
  readonly letter: string;
  readonly paint: 'green' | 'red' | 'yellow' | 'magenta' | 'cyan' | 'dim';
}

/** From worst to best: the first that occurs in a cell is what the cell shows. */
export const LOOKS: Readonly<Record<Status, Look>> = {
  unknown: { letter: '?', paint: 'magenta' },
  unreadable: { letter: 'U', paint: 'red' },
  missing: { letter: 'M', paint: 'red' },
  stale: { letter: 'S', paint: 'yellow' },
  blocked: { letter: 'B', paint: 'magenta' },
  unexpected: { letter: 'X', paint: 'cyan' },
  pending: { letter: 'p', paint: 'dim' },
  fresh: { letter: 'f', paint: 'green' },
};

const WORST_FIRST = Object.keys(LOOKS) as Status[];

/** The order in which statuses are listed. */
export const LISTED: readonly Status[] = [
  'fresh',
  'missing',
  'stale',
  'unreadable',
  'blocked',
  'unexpected',
  'unknown',
  'pending',
];

/** How many neighbours one letter stands for, and the letters. At most `width` cells. */
export function compress(
  statuses: readonly Status[],
  width: number,
): { readonly cells: readonly Status[]; readonly perCell: number } {
  const perCell = Math.max(1, Math.ceil(statuses.length / Math.max(1, width)));
  const cells: Status[] = [];
  for (let i = 0; i < statuses.length; i += perCell) cells.push(worst(statuses.slice(i, i + perCell)));
  return { cells, perCell };
}

export function renderStrip(cells: readonly Status[], style: Style): string {
  let text = '';
  for (let i = 0; i < cells.length;) {
    const status = cells[i] as Status;
    let end = i;
    while (cells[end] === status) end += 1;
    text += paintStatus(status, LOOKS[status].letter.repeat(end - i), style);
    i = end;
  }
  return text;
}

/** What the letters mean, for those that occur: `f fresh  M missing`. */
export function renderLegend(present: ReadonlySet<Status>, style: Style): string {
  return LISTED.filter((status) => present.has(status))
    .map((status) => `${paintStatus(status, LOOKS[status].letter, style)} ${status}`)
    .join('  ');
}

export function paintStatus(status: Status, text: string, style: Style): string {
  return style.paint[LOOKS[status].paint](text);
}

function worst(statuses: readonly Status[]): Status {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? 'fresh';
}
