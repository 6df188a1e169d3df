/**
 * Where something is: a store and a path in it. Paths of stores use `/`, have no leading `/` and no empty,
 * `.` or `..` segment on local stores; a prefix ends in `/` (the empty prefix is the whole store).
 */

import { LakefillError } from './errors.js';
import { nearest } from './nearest.js';

export interface Location {
  /** `file:///`, `s3://bucket/` or `memory://name/`: names one store. */
  readonly store: string;
  /** Object path or prefix inside the store. */
  readonly path: string;
}

const SCHEMES = ['s3', 'file', 'memory'];

/**
 * Reads `s3://bucket/prefix/`, `file:///abs/`, `memory://name/prefix/`, `/abs`, `./rel` and `rel`; a trailing `/` stays. Relative
 * paths start at `baseDir` (absolute). Local paths are normalised: no empty, `.` or `..` segment. Bytes are taken as written: `%` escapes of
 * URLs are not decoded, because paths of partitions contain them. DEFINITION_INVALID for anything else.
 */
export function parseLocation(text: string, baseDir: string): Location {
  const match = /^([A-Za-z][A-Za-z0-9+.-]+):(?=\/|$)/.exec(text) ?? /^(s3|file|memory):/i.exec(text);
  if (match === null) return parseLocalPath(text, baseDir);
  const scheme = match[1]!.toLowerCase();
  const rest = text.slice(match[1]!.length + 1);
  if (scheme === 'file') return parseFileUrl(text, rest);
  if (!SCHEMES.includes(scheme)) throw unknownScheme(text, scheme);
  const [, host, path] = /^\/\/([^/]+)\/?(.*)$/s.exec(rest) ?? [];
  if (host === undefined || path === undefined || /[\s{}*?]/.test(host)) {
    throw invalid(
      text,
      `names no ${scheme === 's3' ? 'bucket' : 'store'}`,
      `Write ${scheme}://name/prefix/.`,
    );
  }
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalid(
      text,
      `has a '.' or '..' segment, which ${scheme} takes literally`,
      'Write the path without it.',
    );
  }
  if (path.startsWith('/')) throw invalid(text, 'has an empty first segment', 'Remove the doubled slash.');
  return { store: `${scheme}://${host}/`, path };
}

function parseFileUrl(text: string, rest: string): Location {
  const path = rest.replace(/^\/\/(localhost)?(?=\/)/i, '');
  if (!path.startsWith('/') || path.startsWith('//')) {
    throw invalid(text, 'is not the URL of a local path', 'Write three slashes: file:///data/lake/.');
  }
  return { store: 'file:///', path: normalise(path) };
}

function parseLocalPath(text: string, baseDir: string): Location {
  if (text === '') throw invalid(text, 'is empty', 'Write ./ for the project folder.');
  if (text.startsWith('~'))
    throw invalid(text, "begins with '~', which only shells expand", 'Write ${HOME} or the full path.');
  const absolute = isAbsoluteLocal(text) ? text : `${baseDir}/${text}`;
  return {
    store: 'file:///',
    path: normalise(isDrivePath(absolute) ? absolute.replaceAll('\\', '/') : absolute),
  };
}

function isAbsoluteLocal(path: string): boolean {
  return path.startsWith('/') || isDrivePath(path);
}

/** `C:/data` or `C:\data`, which becomes the path `C:/data`. */
function isDrivePath(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path);
}

/** Without leading `/`, with `.`, `..` and empty segments resolved; what ends in `/`, `/.` or `/..` is a prefix. */
function normalise(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const isPrefix = ['', '.', '..'].includes(segments.at(-1)!);
  return kept.join('/') + (isPrefix && kept.length > 0 ? '/' : '');
}

function unknownScheme(text: string, scheme: string): LakefillError {
  const meant = /^s3[an]$/.test(scheme) ? 's3' : nearest(scheme, SCHEMES);
  const known = 'Use s3://bucket/prefix/, file:///path/ or a local path.';
  const hint = meant === null ? known : `Did you mean ${meant}://? ${known}`;
  return invalid(text, `has the unknown scheme '${scheme}'`, hint);
}

function invalid(text: string, what: string, hint: string): LakefillError {
  return new LakefillError('DEFINITION_INVALID', `The location '${text}' ${what}.`, {
    hint,
    context: { location: text },
  });
}

/** `s3://bucket/a/b/`; local paths print as plain absolute paths (`/data/a/b/`). */
export function formatLocation(location: Location): string {
  return location.store === 'file:///' ? `/${location.path}` : `${location.store}${location.path}`;
}

/** A place in a message: a newline in a name is shown as `\n`, other control characters as `\x1b`. */
export function shownLocation(location: Location): string {
  return formatLocation(location).replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

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
