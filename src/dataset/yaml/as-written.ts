/** Which scalars of a definition are taken as typed, so that `01` stays `01` and `2025` is no number. */
import type { Path } from './source.js';

const PATTERNS: readonly (readonly string[])[] = [
  ['partition', '*', 'start'],
  ['partition', '*', 'end'],
  ['partition', '*', 'exclude', '*'],
  ['partition', '*', 'values', '*'],
  ['partition', '*', 'values', '*', '*'],
];

/** True for values of `values`, `start`, `end` and `exclude`, in a dataset's file and under `defaults`. */
export function isTakenAsWritten(path: Path): boolean {
  const steps = path[0] === 'defaults' ? path.slice(1) : path;
  return PATTERNS.some(
    (pattern) =>
      pattern.length === steps.length && pattern.every((piece, i) => piece === '*' || piece === steps[i]),
  );
}
