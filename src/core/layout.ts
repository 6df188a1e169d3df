/**
 * Layouts: templates that format partition values into prefixes and parse listed prefixes back.
 *
 * Pure text work; the calendar behind time patterns is grain.ts. The law: parse(format(values)) = values for
 * every value, and a prefix that does not format back to itself parses to null (it is never guessed).
 */
import { rawOf, shownOf } from './element-text.js';
import { folderColumn, foldersAbove, pathColumnsOf, rootColumns } from './path-columns.js';
import { PathPattern } from './path-pattern.js';
import { compileSegments } from './segment.js';
import { invalidTemplate, readTemplate } from './template.js';
import type { Location } from './location.js';
import type { KeyValues } from './partition-key.js';
import type { FolderColumn, PathColumn } from './path-columns.js';
import type { Element, Segment, TemplateVariables } from './segment.js';
import type { Template } from './template.js';

export type { PathColumn } from './path-columns.js';
export type { TemplateVariable, TemplateVariables } from './segment.js';

/** The key of a dataset that nothing partitions. */
export const WHOLE_KEY = 'all';

export interface Layout {
  /** The template as written. */
  readonly template: string;
  /** Literal part up to the first variable; ends in `/`. */
  readonly root: Location;
  /** Partition variables in order of first appearance. */
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  /** `/`-separated segments of a key; 0 when nothing partitions. */
  readonly depth: number;
  /**
   * The key (prefix after the root, without its last `/`); `all` at depth 0. DEFINITION_INVALID for a value that cannot stand
   * in the path (empty text; without `col=` also `a/b`, `..`, `_x`); NULL can stand only as the whole of a `col=` segment.
   */
  format(values: KeyValues): string;
  /** Values of a key, or null when the key does not round-trip. A time variable is never null: `dt=__HIVE_DEFAULT_PARTITION__` does not parse. */
  parse(key: string): KeyValues | null;
  /** The values that a non-canonical spelling (`month=1` for `month=01`, `region=caf%C3%A9`, `dt=20250103`) seems to mean, or null. For hints only. */
  decodeLoosely(key: string): KeyValues | null;
  /** Text of each path column for these values. */
  columns(values: KeyValues): Readonly<Record<string, string | null>>;
  /**
   * The `col=value` folders of a key, decoded, after the literal ones right above them: how a Hive catalogue names the partition.
   * Null where a folder of the key is no `col=value`, or nothing partitions.
   */
  folderColumns(key: string): readonly FolderColumn[] | null;
}

/** Prefix in the store of one partition: root, key, `/`. */
export function partitionPrefix(layout: Layout, key: string): string {
  return layout.depth === 0 ? layout.root.path : `${layout.root.path}${key}/`;
}

/**
 * Compiles a target's template. `resolveRoot` turns the root as written (ends in `/`) into a location.
 * DEFINITION_INVALID, with what to write instead, for a template that is malformed, does not end in `/`, uses a
 * variable that is not in `variables`, or does not tell every combination of them apart.
 */
export function parseLayout(
  template: string,
  resolveRoot: (text: string) => Location,
  variables: TemplateVariables,
): Layout {
  const read = readTemplate(template, { globs: false });
  if (!read.isPrefix) throw invalidTemplate(template, "does not end in '/'", `Write ${template}/.`);
  const segments = compileSegments(read, variables);
  const used = variablesOf(segments);
  const unused = Object.keys(variables).find((name) => !used.includes(name));
  if (unused !== undefined) {
    throw invalidTemplate(
      template,
      `does not contain the variable '${unused}', so that partitions which differ in it would share a prefix`,
      `Add a folder such as ${unused}={${unused}}/.`,
    );
  }
  return new CompiledLayout(read, resolveRoot(read.root), segments);
}

/** Variables of compiled segments in order of first appearance. */
export function variablesOf(segments: readonly Segment[]): string[] {
  const elements = segments.flatMap((segment) => segment.elements);
  return [...new Set(elements.flatMap((e) => (e.kind === 'time' || e.kind === 'text' ? [e.variable] : [])))];
}

class CompiledLayout implements Layout {
  readonly template: string;
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  readonly depth: number;
  readonly #segments: readonly Segment[];
  /** The elements of all segments with the slashes between them. */
  readonly #flat: readonly Element[];
  readonly #rootColumns: readonly [string, string | null][];
  readonly #above: readonly FolderColumn[];
  readonly #exact: PathPattern;
  readonly #guesses: readonly PathPattern[];

  constructor(
    template: Template,
    readonly root: Location,
    segments: readonly Segment[],
  ) {
    this.template = template.text;
    this.variables = variablesOf(segments);
    this.pathColumns = pathColumnsOf(template, segments);
    this.depth = segments.length;
    this.#segments = segments;
    const slash = { kind: 'literal', text: '/', inTime: false } as const;
    this.#flat = segments.flatMap(({ elements }, i) => (i === 0 ? elements : [slash, ...elements]));
    this.#rootColumns = rootColumns(template);
    this.#above = foldersAbove(template);
    this.#exact = new PathPattern(segments, 'key', 'exact');
    this.#guesses = (['escapes', 'separated', 'compact'] as const).map(
      (s) => new PathPattern(segments, 'key', s),
    );
  }

  format(values: KeyValues): string {
    if (this.depth === 0) return WHOLE_KEY;
    let key = '';
    for (const element of this.#flat) key += rawOf(element, values);
    return key;
  }

  parse(key: string): KeyValues | null {
    if (this.depth === 0) return key === WHOLE_KEY ? {} : null;
    return this.#exact.read(key);
  }

  decodeLoosely(key: string): KeyValues | null {
    if (this.depth === 0) return this.parse(key);
    for (const pattern of this.#guesses) {
      const values = pattern.read(key);
      if (values !== null) return values;
    }
    return null;
  }

  columns(values: KeyValues): Readonly<Record<string, string | null>> {
    const own = this.#segments.flatMap(({ column, elements }) =>
      column === null ? [] : [[column, shownOf(elements.slice(1), values)] as [string, string | null]],
    );
    return Object.fromEntries([...this.#rootColumns, ...own]);
  }

  folderColumns(key: string): readonly FolderColumn[] | null {
    if (this.depth === 0 || this.#segments.some(({ column }) => column === null)) return null;
    return [...this.#above, ...key.split('/').flatMap((folder) => folderColumn(folder) ?? [])];
  }
}
