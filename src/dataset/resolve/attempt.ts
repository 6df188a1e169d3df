/** Calls of core that refuse by throwing, turned into problems of the value that caused them. */
import { isLakefillError } from '../../core/errors.js';
import type { Reporter } from '../reporter.js';
import type { Path } from '../yaml/source.js';

/** The result, or null after a definition error was reported at the path, its hint perhaps rephrased. Any other error passes. */
export function attempt<T>(
  reporter: Reporter,
  path: Path,
  action: () => T,
  rephrase = (hint: string) => hint,
): T | null {
  try {
    return action();
  } catch (error) {
    if (!isLakefillError(error, 'DEFINITION_INVALID')) throw error;
    const parts = [error.message, ...(error.hint === null ? [] : [rephrase(error.hint)])];
    reporter.at(path, parts.map(asClause).join('; '));
    return null;
  }
}

function asClause(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
