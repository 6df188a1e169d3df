/** Calls of core that refuse by throwing, turned into problems of the value that caused them. */
import { isLakefillError } from '../../core/errors.js';
import type { Reporter } from '../reporter.js';
import type { Path } from '../yaml/source.js';

/** The result, or null after a definition error was reported at the path. Any other error passes. */
export function attempt<T>(reporter: Reporter, path: Path, action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (!isLakefillError(error, 'DEFINITION_INVALID')) throw error;
    const what = error.message.replace(/\.$/, '');
    reporter.at(path, error.hint === null ? what : `${what}; ${decapitalise(error.hint)}`);
    return null;
  }
}

function decapitalise(hint: string): string {
  const text = hint.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
