/**
 * Globs: `*` is any text and `?` any one character within a path segment; `**` as a whole segment is any number of
 * segments. Everything else stands for itself, `[` and `{` too: they occur in keys.
 */

/** True when the text has a `*` or `?`. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** Regular expression source (flag `u`) that matches exactly this text. */
export function quoteForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Regular expression source (flag `u`) of a glob within one segment. `*` takes as little as it can. */
export function segmentSource(glob: string): string {
  return glob
    .split(/(\*+|\?)/)
    .map((piece) => (piece.startsWith('*') ? '[^/]*?' : piece === '?' ? '[^/]' : quoteForRegExp(piece)))
    .join('');
}

/** Compiles a glob of one segment; the text must match whole. */
export function compileSegmentGlob(glob: string): (segment: string) => boolean {
  const regex = new RegExp(`^${segmentSource(glob)}$`, 'u');
  return (segment) => regex.test(segment);
}

/**
 * Compiles a pattern of keys such as `dt=2025-01-*`, `region=*` behind `dt=2025-01-03/`, or `**` + `/region=eu`. It selects the keys that it
 * matches and every key below one: `dt=2025-01-03` selects `dt=2025-01-03/region=eu`. A trailing `/` does not matter.
 */
export function compileKeyGlob(glob: string): (key: string) => boolean {
  const segments = glob.replace(/\/+$/, '').split('/');
  const source = segments
    .map((segment) => (segment === '**' ? '(?:[^/]+/)*' : `${segmentSource(segment)}/`))
    .join('');
  const regex = new RegExp(`^${source}`, 'u');
  return (key) => regex.test(`${key}/`);
}
