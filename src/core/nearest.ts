/** The nearest known word to a mistyped one. */
import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was most likely meant, or null when none is near: at most a third of the longer word's letters
 * wrong (but two are allowed from four letters on, for swapped ones), case apart, or the only candidate that begins with the word. The earlier of equals wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const typed = word.toLowerCase();
  let best: { candidate: string; errors: number } | null = null;
  const longer: string[] = [];
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const errors = distance(typed, known);
    const length = Math.max(typed.length, known.length);
    const allowed = length < 4 ? 1 : Math.max(2, Math.floor(length / 3));
    if (errors <= allowed && errors < typed.length && (best === null || errors < best.errors)) {
      best = { candidate, errors };
    }
    if (typed.length >= 2 && known.startsWith(typed)) longer.push(candidate);
  }
  return best?.candidate ?? (longer.length === 1 ? longer[0]! : null);
}
