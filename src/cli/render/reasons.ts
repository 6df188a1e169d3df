/** Reasons in words: each code once, with all that is said under it. Pure. */
import type { Reason } from '../../index.js';
import { oneLine } from './format.js';

/** What a code means, in a few words: for a range, whose keys have messages of their own. */
const MEANINGS: Readonly<Record<string, string>> = {
  absent: 'nothing there yet',
  'removed-outside': 'its files were removed by something else',
  unreadable: 'a file is damaged',
  'input-changed': 'an input changed',
  'input-newer': 'an input is newer',
  'input-missing': 'an input has no data',
  'upstream-missing': 'what it reads is not made yet',
  'definition-changed': 'made by another definition',
  expired: 'older than stale.olderThan',
  'small-files': 'too many small files',
  'modified-outside': 'files changed by something else',
  interrupted: 'a run died while publishing it',
  empty: 'made, without rows',
  unmanaged: 'not written by lakefill',
  'tried-before': 'refused, undone or failed before',
  'in-flight': 'a live run works on it',
  'over-limit': 'beyond --limit',
  retention: 'reads what an input keeps no more',
  'listing-failed': 'the target could not be listed',
  'journal-failed': 'the journal could not be read',
  'footer-unknown': 'a file could not be read',
  'input-unknown': 'an input could not be listed',
};

/** `absent: nothing there yet`; the code alone where it says everything. */
export function meaningOf(code: string): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${code}: ${meaning}`;
}

/** `upstream-missing, input-missing`. */
export function codesOf(reasons: readonly Pick<Reason, 'code'>[]): string {
  return [...new Set(reasons.map(({ code }) => code))].join(', ');
}

/** `upstream-missing: a: ...; b: ...; input-missing: c: ...`. */
export function sayReasons(reasons: readonly Reason[]): string {
  const said = new Map<string, Set<string>>();
  for (const { code, message } of reasons) {
    const messages = said.get(code) ?? new Set();
    if (message !== '') messages.add(oneLine(message));
    said.set(code, messages);
  }
  return [...said]
    .map(([code, messages]) => (messages.size === 0 ? code : `${code}: ${[...messages].join('; ')}`))
    .map(oneLine)
    .join('; ');
}
