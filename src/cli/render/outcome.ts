/** Outcomes: their colour, and the words for what state a partition is in and what to do when it did not end well. */
import type { Outcome, PartitionOutcome } from '../../index.js';
import type { Style } from './style.js';

export interface OutcomeLook {
  readonly paint: 'green' | 'red' | 'yellow' | 'dim';
  /** The partition ended as asked. */
  readonly well: boolean;
  /** What to do when the outcome carries no hint of its own. */
  readonly remedy: string;
}

export const OUTCOMES: Readonly<Record<Outcome, OutcomeLook>> = {
  promoted: { paint: 'green', well: true, remedy: '' },
  unchanged: { paint: 'dim', well: true, remedy: '' },
  adopted: { paint: 'green', well: true, remedy: '' },
  staged: { paint: 'green', well: true, remedy: '' },
  skipped: { paint: 'dim', well: true, remedy: '' },
  rejected: {
    paint: 'red',
    well: false,
    remedy: 'Correct the input, the SQL or the check.',
  },
  failed: { paint: 'red', well: false, remedy: 'Remove the cause.' },
  conflict: {
    paint: 'yellow',
    well: false,
    remedy: 'See what stands there now with `lakefill scan`.',
  },
  blocked: { paint: 'yellow', well: false, remedy: 'Repair what it depends on first.' },
  cancelled: { paint: 'yellow', well: false, remedy: 'Run it again.' },
};

export function paintOutcome(outcome: Outcome, text: string, style: Style): string {
  return style.paint[OUTCOMES[outcome].paint](text);
}

/** Counts in a fixed order: `30 promoted  1 rejected`. */
export function countOutcomes(counts: Readonly<Partial<Record<Outcome, number>>>, style: Style): string {
  return (Object.keys(OUTCOMES) as Outcome[])
    .filter((outcome) => (counts[outcome] ?? 0) > 0)
    .map((outcome) => paintOutcome(outcome, `${counts[outcome]} ${outcome}`, style))
    .join('  ');
}

const STANDING: Readonly<Record<NonNullable<PartitionOutcome['standing']>, string>> = {
  promoting: 'the publication was cut before its end; `lakefill recover` finishes or undoes it',
  cleaning: 'the new files are in place, and old ones may stand beside them; `lakefill recover` finishes it',
  aborting: 'the publication is half undone; `lakefill recover` goes on with it',
  nothing: 'no file stands there: something else removed them',
  other: 'the files there are not those that lakefill published last: something else changed them',
  unknown: 'what stands there could not be looked at',
};

/** What readers of the partition find now, as far as it is known. */
export function stateOf(result: PartitionOutcome): string {
  const now =
    result.standing !== undefined
      ? STANDING[result.standing]
      : result.generation === null
        ? 'lakefill has published nothing for this partition'
        : `readers find generation ${result.generation}`;
  const foreign = result.foreign ?? [];
  if (foreign.length === 0) return now;
  return `${now}; kept beside it, not written by lakefill: ${foreign.join(', ')}`;
}
