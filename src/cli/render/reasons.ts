/** Reasons in words: each code once, with all that is said under it. Pure. */
import type { Reason } from '../../index.js';
import { oneLine } from './format.js';

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
