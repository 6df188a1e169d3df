/**
 * Where something is: a store and a path in it. Paths of stores use `/`, have no leading `/` and no empty,
 * `.` or `..` segment on local stores; a prefix ends in `/` (the empty prefix is the whole store).
 */

export interface Location {
  /** `file:///`, `s3://bucket/` or `memory://name/`: names one store. */
  readonly store: string;
  /** Object path or prefix inside the store. */
  readonly path: string;
}

/** `s3://bucket/a/b/`; local paths print as plain absolute paths (`/data/a/b/`). */
export function formatLocation(location: Location): string {
  return location.store === 'file:///' ? `/${location.path}` : `${location.store}${location.path}`;
}

/** The prefix above a prefix: `a/b/` -> `a/`; null at the top of the store. */
export function parentPrefix(prefix: string): string | null {
  if (prefix === '') return null;
  const cut = prefix.lastIndexOf('/', prefix.length - 2);
  return prefix.slice(0, cut + 1);
}

/** The last segment of a path or prefix, without `/`: `a/b/` and `a/b` -> `b`. */
export function lastSegment(path: string): string {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/** Names that readers of data lakes skip: a segment that begins with `_` or `.`, and folder markers. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}

/**
 * True when the object at `path` below `prefix` holds data: no segment below the prefix is hidden (`_x=y`
 * partition folders are not), and it is no folder marker (`x/`, `x_$folder$`).
 */
export function isDataObject(path: string, prefix: string): boolean {
  const rest = path.slice(prefix.length);
  if (rest === '' || rest.endsWith('/') || rest.endsWith('_$folder$')) return false;
  const segments = rest.split('/');
  return segments.every((segment, i) => {
    const partitionFolder = i < segments.length - 1 && segment.startsWith('_') && segment.includes('=');
    return partitionFolder || !isHiddenName(segment);
  });
}
