/**
 * Status of a key: one pure function, the first row that applies. "Known" = the journal names content of the key;
 * "named" = an object that the journal names with this size and etag.
 *
 *      condition                                                      status      reason
 *  1   the target's listing or the journal failed; further down:      unknown     listing-failed, journal-failed,
 *      an input's listing that the row needs failed                               footer-unknown, input-unknown
 *  2   phase not stable, or changed during every listing, or a        pending     in-progress   (a live run)
 *      withdrawn file of ours is visible                              stale       interrupted   (otherwise)
 *  3   objects, but the definition does not expect the key            unexpected  not-expected, other-layout
 *  4   no objects, and an unexpected prefix decodes to this key       blocked     other-spelling
 *  5   not due yet                                                    pending     not-due
 *  6   known, and a readable object is not named, or a named one      stale       modified-outside
 *      changed or is gone while others stand
 *  7   an object is unreadable: unmanaged and under 15 minutes old    pending     settling
 *      otherwise                                                      unreadable  unreadable
 *  8   none; produced empty, inputs and definition as recorded        fresh       empty
 *      none; produced empty, only the definition differs              stale       definition-changed
 *  9   none; an input cannot be read                                  blocked     input-missing, input-unreadable,
 *                                                                                 input-archived, upstream-missing
 *  10  none                                                           missing     absent, removed-outside
 *  11  a required input is gone                                       fresh       note input-gone
 *      an input's version differs from the recorded one               stale       input-changed
 *      never recorded, and an input is not older than the target      stale       input-newer
 *  12  the recorded definition differs                                stale       definition-changed
 *  13  older than `stale.olderThan`                                   stale       expired
 *      too many files below `stale.smallFiles`                        stale       small-files
 *  14  otherwise                                                      fresh
 */
import { formatByteSize } from '../core/byte-size.js';
import { formatInstant } from '../core/instant.js';
import type { ObjectInfo } from '../store/object-store.js';
import { changeOf, isGone, notesOf, oldest } from './input-change.js';
import { compareWithJournal, isManaged } from './journal-comparison.js';
import type { InputState, KeyFacts } from './key-facts.js';
import type { Reason, Status } from './status.js';
import { count, listed } from './words.js';

/** Younger unreadable objects of others may still be being written. */
export const SETTLING_MS = 15 * 60_000;

/** Every reason code and the status that it explains. */
export const REASON_STATUS = {
  'listing-failed': 'unknown',
  'journal-failed': 'unknown',
  'footer-unknown': 'unknown',
  'input-unknown': 'unknown',
  'in-progress': 'pending',
  interrupted: 'stale',
  'not-expected': 'unexpected',
  'other-layout': 'unexpected',
  'other-spelling': 'blocked',
  'not-due': 'pending',
  'modified-outside': 'stale',
  settling: 'pending',
  unreadable: 'unreadable',
  empty: 'fresh',
  'input-missing': 'blocked',
  'input-unreadable': 'blocked',
  'input-archived': 'blocked',
  'upstream-missing': 'blocked',
  absent: 'missing',
  'removed-outside': 'missing',
  'input-changed': 'stale',
  'input-newer': 'stale',
  'definition-changed': 'stale',
  expired: 'stale',
  'small-files': 'stale',
} as const satisfies Record<string, Status>;

const CHANGED = {
  replaced: 'was replaced',
  edited: 'has other bytes than were published: it was written into, or the disk damaged it',
};

export type ReasonCode = keyof typeof REASON_STATUS;

export interface Verdict {
  readonly status: Status;
  readonly reasons: readonly Reason[];
  readonly notes: readonly Reason[];
}

type Row = (facts: KeyFacts) => Verdict | null;

/** The status of a key with its reasons and notes. */
export function statusOf(facts: KeyFacts): Verdict {
  for (const row of ROWS) {
    const verdict = row(facts);
    if (verdict !== null) return verdict;
  }
  return { status: 'fresh', reasons: [], notes: notesOf(facts) };
}

const ROWS: readonly Row[] = [
  notKnown,
  inFlight,
  notExpected,
  spelledOtherwise,
  notDue,
  modifiedOutside,
  notReadable,
  inputNotKnown,
  producedEmpty,
  cannotBeMade,
  notThere,
  inputChanged,
  definitionChanged,
  expired,
  smallFiles,
];

function notKnown({ failure }: KeyFacts): Verdict | null {
  return failure && verdict('unknown', [failure]);
}

function inFlight(facts: KeyFacts): Verdict | null {
  const { state, moved, liveRun, prefix } = facts;
  const revoked = facts.objects.filter((o) => state?.revoked.includes(o.path.slice(prefix.length)));
  if (!moved && revoked.length === 0 && (state === null || state.phase === 'stable')) return null;
  if (liveRun !== null) return because('in-progress', `run ${liveRun} is publishing it`);
  if (moved) return because('interrupted', 'its journal changed during every listing of it');
  if (revoked.length > 0)
    return because(
      'interrupted',
      `${names(facts, revoked)} of a withdrawn attempt became visible; recover removes it`,
    );
  return because(
    'interrupted',
    `run ${state?.attempt?.run ?? 'unknown'} left it ${state?.phase}; recover finishes or undoes it`,
  );
}

function notExpected({ expected, objects, parses, shownPrefix }: KeyFacts): Verdict | null {
  if (expected || objects.length === 0) return null;
  return parses
    ? because('not-expected', `${shownPrefix} has data, but the definition does not expect this key`)
    : because('other-layout', `${shownPrefix} has data, but does not have the form of the target's template`);
}

function spelledOtherwise({ objects, otherSpelling }: KeyFacts): Verdict | null {
  if (objects.length > 0 || otherSpelling === null) return null;
  return because('other-spelling', `its data seems to stand under another spelling, ${otherSpelling}`);
}

function notDue({ due, now }: KeyFacts): Verdict | null {
  return due !== null && now < due ? because('not-due', `due at ${formatInstant(due)}`) : null;
}

function modifiedOutside(facts: KeyFacts): Verdict | null {
  if (!isManaged(facts) || facts.objects.length === 0) return null;
  const { foreign, changed, gone } = compareWithJournal(facts);
  const readable = (o: ObjectInfo) => !facts.unreadable.has(o.path);
  const found = [
    ...facts.objects
      .filter((o) => foreign.has(o.path) && readable(o))
      .map((o) => `${name(facts, o)} is not lakefill's`),
    ...facts.objects
      .filter((o) => changed.has(o.path) && readable(o))
      .map((o) => `${name(facts, o)} ${CHANGED[changed.get(o.path)!]}`),
    ...gone.map((file) => `${file} was removed`),
  ];
  return found.length === 0 ? null : because('modified-outside', listed(found));
}

function notReadable(facts: KeyFacts): Verdict | null {
  const bad = facts.objects.filter((o) => facts.unreadable.has(o.path));
  if (bad.length === 0) return null;
  const message = listed(bad.map((o) => `${name(facts, o)}: ${facts.unreadable.get(o.path)}`));
  const settling = facts.unreadableAge !== null && facts.unreadableAge < SETTLING_MS;
  return !isManaged(facts) && settling
    ? because('settling', `${message}; written less than 15 minutes ago`)
    : because('unreadable', message, notesOf(facts));
}

function inputNotKnown({ objects, inputs }: KeyFacts): Verdict | null {
  const failed = inputs.filter((input) => input.failure !== null && (objects.length === 0 || input.tracked));
  return failed.length === 0
    ? null
    : verdict(
        'unknown',
        failed.map((i) => ({ code: 'input-unknown', message: `${i.name}: ${i.failure}` })),
      );
}

function producedEmpty(facts: KeyFacts): Verdict | null {
  const { objects, state, definition, inputs } = facts;
  if (objects.length > 0 || !isManaged(facts) || state!.files.length > 0) return null;
  if (inputs.some((input) => changeOf(input, facts) !== null)) return null;
  return definition === 'different'
    ? because('definition-changed', `it was produced empty by another definition`, notesOf(facts))
    : because('empty', `generation ${state!.generation} was produced empty`, notesOf(facts));
}

function cannotBeMade({ objects, inputs }: KeyFacts): Verdict | null {
  if (objects.length > 0) return null;
  const blockers = inputs.flatMap((input) => [...input.blockers, ...inFlightUpstream(input)]);
  return blockers.length === 0 ? null : verdict('blocked', blockers);
}

function inFlightUpstream({ name, unsteady }: InputState): Reason[] {
  return unsteady === null ? [] : [{ code: 'upstream-missing', message: `${name}: ${unsteady}` }];
}

function notThere(facts: KeyFacts): Verdict | null {
  const { objects, state, shownPrefix } = facts;
  if (objects.length > 0) return null;
  return isManaged(facts) && state!.files.length > 0
    ? because(
        'removed-outside',
        `${count(state!.files.length, 'file')} of generation ${state!.generation} ${state!.files.length === 1 ? 'is' : 'are'} gone from ${shownPrefix}`,
      )
    : because('absent', `no object under ${shownPrefix}`);
}

function inputChanged(facts: KeyFacts): Verdict | null {
  if (isGone(facts)) return verdict('fresh', [], notesOf(facts));
  const reasons = facts.inputs.flatMap((input) => changeOf(input, facts) ?? []);
  return reasons.length === 0 ? null : verdict('stale', reasons, notesOf(facts));
}

function definitionChanged(facts: KeyFacts): Verdict | null {
  if (facts.definition !== 'different') return null;
  return because(
    'definition-changed',
    'the definition is another one than the one that made it',
    notesOf(facts),
  );
}

function expired(facts: KeyFacts): Verdict | null {
  if (facts.olderThan === null) return null;
  const madeAt = facts.state?.madeBy ? Date.parse(facts.state.madeBy.at) : oldest(facts.objects);
  if (madeAt > facts.now - facts.olderThan) return null;
  return because(
    'expired',
    `made ${formatInstant(madeAt)}, longer ago than stale.olderThan allows`,
    notesOf(facts),
  );
}

function smallFiles(facts: KeyFacts): Verdict | null {
  if (facts.smallFiles === null) return null;
  const { below, files } = facts.smallFiles;
  const small = facts.objects.filter(({ size }) => size < below);
  if (small.length < files) return null;
  const message = `${small.length} of ${count(facts.objects.length, 'file')} are smaller than ${formatByteSize(below)}`;
  return because('small-files', message, notesOf(facts));
}

function because(code: ReasonCode, message: string, notes: readonly Reason[] = []): Verdict {
  return verdict(REASON_STATUS[code], [{ code, message }], notes);
}

function verdict(status: Status, reasons: readonly Reason[], notes: readonly Reason[] = []): Verdict {
  return { status, reasons, notes };
}

function name({ prefix }: KeyFacts, object: ObjectInfo): string {
  return object.path.slice(prefix.length);
}

function names(facts: KeyFacts, objects: readonly ObjectInfo[]): string {
  return listed(objects.map((object) => name(facts, object)));
}
