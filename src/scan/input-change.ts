/** What the inputs of a key say of it: changed, gone, or worth a note. Pure. */
import { formatInstant } from '../core/instant.js';
import type { InputRecord } from '../journal/entry.js';
import type { ObjectInfo } from '../store/object-store.js';
import { isManaged } from './journal-comparison.js';
import type { InputState, KeyFacts } from './key-facts.js';
import type { Reason } from './status.js';
import { count, places } from './words.js';

/** Why the input makes the key stale, or null. Inputs that are not tracked, unsteady or unknown never do. */
export function changeOf(input: InputState, facts: KeyFacts): Reason | null {
  if (!input.tracked || input.record === null || input.unsteady !== null) return null;
  const record = facts.state?.record;
  if (!isManaged(facts) || !record) return newerThanTarget(input, facts);
  const before = record.inputs.find((recorded) => recorded.name === input.name);
  // Files whose inputs nobody recorded are judged as those that the journal does not know.
  if (before === undefined && record.assumed) return newerThanTarget(input, facts);
  if (before === undefined || before.version === input.record.version) return null;
  return { code: 'input-changed', message: `${input.name}: ${howChanged(before, input, facts)}` };
}

/** Only a digest of the versions is recorded: what the numbers and times do not tell is not known. */
function howChanged(before: InputRecord, { record, objects, store }: InputState, facts: KeyFacts): string {
  const now = record!;
  const madeAt = facts.state!.madeBy ? Date.parse(facts.state!.madeBy.at) : Infinity;
  const newer = objects.filter((o) => o.lastModified >= madeAt);
  const written = newer.length > 0 ? `; written since: ${places(store, newer)}` : '';
  if (before.objects !== now.objects || before.bytes !== now.bytes) {
    const was = `read ${count(before.objects, 'object')} with ${count(before.bytes, 'byte')}`;
    return `${was}, now ${count(now.objects, 'object')} with ${count(now.bytes, 'byte')}${written}`;
  }
  const same = `still ${count(now.objects, 'object')} with ${count(now.bytes, 'byte')}`;
  const last = newer.reduce((latest, o) => Math.max(latest, o.lastModified), -Infinity);
  return newer.length > 0
    ? `${same}, rewritten ${formatInstant(last)}${written}`
    : `${same}, but not the same files: copied, restored, moved or renamed (none was written since it was read)`;
}

function newerThanTarget(input: InputState, facts: KeyFacts): Reason | null {
  if (facts.objects.length === 0 || input.newest === null) return null;
  const since = oldest(facts.objects);
  if (input.newest < since) return null;
  const newer = input.objects.filter((o) => o.lastModified >= since);
  return {
    code: 'input-newer',
    message: `${input.name}: written since the oldest file of the target: ${places(input.store, newer)}`,
  };
}

/** True when an input that must have data has none any more. */
export function isGone({ inputs }: KeyFacts): boolean {
  return inputs.some((input) => input.blockers.some(isMissing));
}

function isMissing(reason: Reason): boolean {
  return reason.code === 'input-missing' || reason.code === 'upstream-missing';
}

/** Remarks that change nothing. */
export function notesOf({ inputs, definition, objects }: KeyFacts): Reason[] {
  const notes: Reason[] = [];
  for (const { blockers, unsteady, name } of inputs) {
    if (objects.length > 0)
      for (const reason of blockers)
        notes.push(isMissing(reason) ? { ...reason, code: 'input-gone' } : reason);
    if (unsteady !== null) notes.push({ code: 'input-in-flight', message: `${name}: ${unsteady}` });
  }
  if (definition === 'incomparable')
    notes.push({
      code: 'definition-not-compared',
      message: "the recorded definition cannot be compared with today's: not called stale for it",
    });
  return notes;
}

/** Last write to the oldest object; Infinity without objects. */
export function oldest(objects: readonly ObjectInfo[]): number {
  return objects.reduce((least, o) => Math.min(least, o.lastModified), Infinity);
}
