/**
 * What a plan does with one key of the selection. Pure. Holds (holds.ts) come after this for keys that are taken.
 *
 *     status                              taken when                               otherwise
 *     missing, unreadable, stale          --only takes the status or a reason      left; definition-changed, expired,
 *                                                                                  modified-outside are shown as held
 *     stale: modified-outside             also with --overwrite-external, if       held
 *                                         --only was not given
 *     stale: interrupted                  never                                    held
 *     blocked: upstream-missing alone     --only takes missing, and tasks of the   held
 *                                         plan make what is missing
 *     blocked                             never                                    held, if --only takes missing
 *     fresh                               --only takes it                          counted
 *     unknown                             never                                    told as unknown
 *     pending: in-progress                never                                    held
 *     pending, unexpected                 never                                    held if --partition names it
 *
 * With --with-downstream a key that reads a selected one belongs to the selection, too, and one that reads what a task makes is
 * taken whatever --only says. Its own reasons stay: only a fresh key has nothing to do when its upstreams turn out unchanged.
 */
import type { ScannedKey } from '../scan/dataset-scan.js';
import type { Reason } from '../scan/status.js';
import { takeOverHint } from './external.js';
import { BLOCKER_HINTS } from './holds.js';
import type { Hold } from './holds.js';
import type { Only } from './only.js';

export interface ChoiceFacts {
  readonly key: ScannedKey;
  /** Its name. */
  readonly dataset: string;
  readonly only: Only;
  readonly named: boolean;
  readonly overwriteExternal: boolean;
  /** Ids of tasks whose output a tracked input of the key reads, and `--with-downstream` was given. */
  readonly downstreamOf: readonly string[];
  /** Everything that the key's upstreams have yet to make is made by tasks of the plan. */
  readonly upstreamsPlanned: boolean;
  /** The key belongs to the selection, or reads what does under `--with-downstream`. */
  readonly selected: boolean;
}

export type Choice =
  | { readonly choice: 'take'; readonly reasons: readonly Reason[] }
  | { readonly choice: 'hold' | 'unknown'; readonly hold: Hold }
  | { readonly choice: 'fresh' }
  | { readonly choice: 'leave' };

const LEAVE: Choice = { choice: 'leave' };
const REQUESTED: Reason = { code: 'requested', message: 'it is fresh, and was asked for' };

export function choose(facts: ChoiceFacts): Choice {
  const { key, downstreamOf, selected } = facts;
  const own = selected ? chooseByStatus(facts) : LEAVE;
  if (own.choice === 'take' || downstreamOf.length === 0) return own;
  if (!['fresh', 'missing', 'stale', 'unreadable', 'blocked'].includes(key.status)) return own;
  if (isInterrupted(key) || (key.status === 'blocked' && !isAwaitable(facts))) return own;
  const more = downstreamOf.length > 1 ? ` and ${downstreamOf.length - 1} more` : '';
  return take([
    ...ownReasons(key),
    { code: 'upstream-planned', message: `it reads ${downstreamOf[0]}${more}, which this plan makes` },
  ]);
}

function ownReasons({ status, reasons }: ScannedKey): readonly Reason[] {
  if (status === 'fresh') return [];
  return status === 'blocked' ? reasons.map(asAbsent) : reasons;
}

function chooseByStatus(facts: ChoiceFacts): Choice {
  const { key, only, named } = facts;
  switch (key.status) {
    case 'fresh':
      return only.takes(key) ? take([REQUESTED]) : { choice: 'fresh' };
    case 'missing':
    case 'unreadable':
      return only.takes(key) ? take(key.reasons) : LEAVE;
    case 'stale':
      return chooseStale(facts);
    case 'blocked':
      if (!only.has('missing') && !only.takes(key)) return LEAVE;
      return isAwaitable(facts) ? take(key.reasons.map(asAbsent)) : hold(key, blockedHint(key));
    case 'unknown':
      return { ...hold(key, key.reasons[0]?.hint ?? HINTS.unknown), choice: 'unknown' };
    case 'pending':
      if (key.reasons[0]?.code === 'in-progress') return hold(key, HINTS.inFlight, 'in-flight');
      return named ? hold(key, HINTS.pending) : LEAVE;
    case 'unexpected':
      return named ? hold(key, HINTS.unexpected) : LEAVE;
  }
}

function chooseStale({ key, dataset, only, overwriteExternal }: ChoiceFacts): Choice {
  if (isInterrupted(key)) return hold(key, HINTS.interrupted);
  const outside = key.reasons.some(({ code }) => code === 'modified-outside');
  if (only.takes(key) || (outside && overwriteExternal && !only.given)) return take(key.reasons);
  if (outside) {
    const flags = `${only.given ? '--only modified-outside ' : ''}--overwrite-external`;
    return hold(key, takeOverHint(flags, dataset, key.partition.key));
  }
  const code = key.reasons[0]?.code ?? '';
  return HELD.has(code) ? hold(key, `Add --only stale, or --only ${code}.`) : LEAVE;
}

function isInterrupted({ reasons }: ScannedKey): boolean {
  return reasons.some(({ code }) => code === 'interrupted');
}

/** True when nothing but upstreams keeps the key from being made, and the plan makes those. */
function isAwaitable({ key, upstreamsPlanned }: ChoiceFacts): boolean {
  return upstreamsPlanned && key.reasons.every(({ code }) => code === 'upstream-missing');
}

/** Once its upstream is made the key is simply absent. */
function asAbsent({ message }: Reason): Reason {
  return { code: 'absent', message: `no data; this plan makes what it waits for: ${message}` };
}

function take(reasons: readonly Reason[]): Choice {
  return { choice: 'take', reasons };
}

function hold({ reasons }: ScannedKey, hint: string, code?: string): Choice & { readonly hold: Hold } {
  const reason = reasons[0] ?? { code: 'unknown', message: 'its status is not known' };
  return { choice: 'hold', hold: { code: code ?? reason.code, message: reason.message, hint } };
}

/** Nothing is wrong with the data: it is made again when a person says so. */
export const HELD: ReadonlySet<string> = new Set(['definition-changed', 'expired', 'small-files']);

function blockedHint({ reasons }: ScannedKey): string {
  return BLOCKER_HINTS[reasons[0]?.code ?? ''] ?? 'Deliver what is missing, then plan again.';
}

const HINTS = {
  unknown: 'Clear the cause and plan again; nothing is rewritten because of an error.',
  inFlight: 'Wait for that run to end.',
  pending: 'Wait until it is due and settled.',
  unexpected: "Change the definition's 'start', 'end', 'exclude' or 'values' if it should be made.",
  interrupted: 'Run lakefill recover; every command that writes does so first.',
} as const;
