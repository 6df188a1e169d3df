/**
 * Which paths a store with folders accepts. Refused here, before any call: what a file system would read as another
 * path (`..`), cannot hold (NUL) or would change silently (text that is not well formed). Pure.
 */
import { LakefillError } from '../core/errors.js';

/** Throws STORE_UNSUPPORTED unless `path` names an object: no empty, `.` or `..` segment, no NUL, well-formed text. */
export function checkPath(path: string): void {
  if (path === '') throw refused(path, 'is empty');
  checkSegments(path, path.split('/'));
}

/** As `checkPath` for a prefix: ends in `/`, or is empty (the whole store). A missing `/` is USAGE: `foo` would match `foobar`. */
export function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) {
    throw new LakefillError(
      'USAGE',
      `The prefix ${JSON.stringify(prefix)} does not end in '/'. Nothing was read.`,
      {
        hint: "Add the '/'.",
      },
    );
  }
  checkSegments(prefix, prefix.slice(0, -1).split('/'));
}

function checkSegments(path: string, segments: readonly string[]): void {
  if (/\p{Surrogate}/u.test(path)) throw refused(path, 'is not well-formed Unicode');
  if (path.includes('\0')) throw refused(path, 'contains a NUL character');
  for (const segment of segments) {
    if (segment === '') throw refused(path, 'has an empty segment');
    if (segment === '.' || segment === '..') throw refused(path, `has a segment '${segment}'`);
  }
}

function refused(path: string, why: string): LakefillError {
  return new LakefillError(
    'STORE_UNSUPPORTED',
    `The path ${JSON.stringify(path)} ${why}. Nothing was read or written.`,
    {
      hint: 'Use another key or file name.',
      context: { path },
    },
  );
}
