/** The `col=value` columns of a template: their names, types and, for literal ones, values. */
import { decodeHiveValue, unescapeHive } from './hive.js';
import type { Element, Segment } from './segment.js';
import type { Template } from './template.js';

/** A `col=value` column of the path and how its text is typed: a whole date, a numeric part, or text. */
export interface PathColumn {
  readonly name: string;
  readonly type: 'date' | 'integer' | 'text';
  /** The partition variable that it shows, the first of several; null for a literal `col=value` segment. */
  readonly variable: string | null;
}

/** A `col=value` folder, decoded; NULL is the text that Hive writes for it. */
export interface FolderColumn {
  readonly column: string;
  readonly value: string;
}

export function folderColumn(folder: string): FolderColumn | null {
  const equals = folder.indexOf('=');
  if (equals <= 0) return null;
  return { column: unescapeHive(folder.slice(0, equals)), value: unescapeHive(folder.slice(equals + 1)) };
}

/** The literal `col=value` folders at the end of the root as written. */
export function foldersAbove({ root }: Template): FolderColumn[] {
  const folders = root.split('/').slice(0, -1).map(folderColumn);
  const plain = folders.lastIndexOf(null);
  return folders.slice(plain + 1).flatMap((folder) => folder ?? []);
}

/** Columns in order of the path; the literal ones of the root as written come first. */
export function pathColumnsOf(template: Template, segments: readonly Segment[]): PathColumn[] {
  const literal = rootColumns(template).map(([name]) => ({ name, type: 'text' as const, variable: null }));
  const own = segments.flatMap(({ column, elements }) =>
    column === null
      ? []
      : [{ name: column, type: typeOf(elements.slice(1)), variable: variableOf(elements) }],
  );
  return [...literal, ...own];
}

/** Names and values of the literal columns in the root as written. */
export function rootColumns(template: Template): [string, string | null][] {
  return template.root.split('/').flatMap((segment) => {
    const equals = segment.indexOf('=');
    if (equals <= 0) return [];
    return [[unescapeHive(segment.slice(0, equals)), decodeHiveValue(segment.slice(equals + 1))]];
  });
}

function typeOf(value: readonly Element[]): PathColumn['type'] {
  if (value.length > 0 && value.every((e) => e.kind === 'time')) return 'integer';
  const times = value.filter((e) => e.kind === 'time');
  const shape = value
    .map((e) => (e.kind === 'time' ? e.token : e.kind === 'literal' ? e.text : '?'))
    .join('');
  const oneVariable = times.every((e) => e.variable === times[0]!.variable);
  return times.length === 3 && oneVariable && shape === 'yyyy-MM-dd' ? 'date' : 'text';
}

function variableOf(elements: readonly Element[]): string | null {
  const first = elements.find((e) => e.kind === 'time' || e.kind === 'text');
  return first?.kind === 'time' || first?.kind === 'text' ? first.variable : null;
}
