/** Templates of inputs: like layouts, but with globs, and the variables may stand in file names. */
import { rawOf } from './element-text.js';
import { quoteForRegExp, segmentSource } from './glob.js';
import { unescapedPrefix } from './hive.js';
import { variablesOf } from './layout.js';
import { formatLocation, isDataObject } from './location.js';
import { pathColumnsOf, rootColumns } from './path-columns.js';
import { PathPattern } from './path-pattern.js';
import { compileSegments } from './segment.js';
import { readTemplate } from './template.js';
import type { Location } from './location.js';
import type { KeyValues } from './partition-key.js';
import type { PathColumn } from './path-columns.js';
import type { Element, Segment, TemplateVariables } from './segment.js';
import type { Template } from './template.js';

export interface InputTemplate {
  /** The template as written. */
  readonly template: string;
  /** Literal part up to the first variable or glob, cut at its last `/`. */
  readonly root: Location;
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  /**
   * Longest prefix in the store (ends in `/` or is empty) under which everything lies that these values can match: what to list for
   * them. Values may be left out. It ends before a folder whose value other programs may have escaped differently.
   */
  listPrefix(values: KeyValues): string;
  /**
   * Values of the object at this path if the template matches it and it is a data object; null otherwise. Times must stand as the
   * template writes them; texts in `col=` folders may be escaped in any known way. A glob takes as little as it can.
   */
  match(path: string): KeyValues | null;
  /** True for a data object that would match if any text, also none, were a value: `dt=2025-02-30/`, `region=/`. */
  resembles(path: string): boolean;
  /** Values of the `col=value` segments of a matching object's path (decoded), by column; only the root's for another path. */
  columns(path: string): Readonly<Record<string, string | null>>;
  /** Folder of a matching object's unit (ends in `/`): as deep as the template's folders go before a glob. */
  unitFolder(path: string): string;
  /** True when `unitFolder` differs wherever the values differ: no variable stands below it. */
  readonly foldersTellUnits: boolean;
  /** Location and pattern for these values, for messages: `s3://lake/raw/sales/dt=2025-01-03/*.parquet`. Values may be left out. */
  describe(values: KeyValues): string;
}

/**
 * Compiles an input's template: `*` and `?` within a segment, `**` for any folders; one that ends in `/` takes every data object below.
 * Variables need not be used; a time variable that is used must be told apart. Hidden names (`_x`, `.x`) never match.
 * `resolveRoot` turns the root as written (ends in `/`) into a location. DEFINITION_INVALID as for `parseLayout`.
 */
export function parseInputTemplate(
  template: string,
  resolveRoot: (text: string) => Location,
  variables: TemplateVariables,
): InputTemplate {
  const read = readTemplate(template, { globs: true });
  return new CompiledInput(read, resolveRoot(read.root), compileSegments(read, variables));
}

class CompiledInput implements InputTemplate {
  readonly template: string;
  readonly variables: readonly string[];
  readonly pathColumns: readonly PathColumn[];
  readonly #read: Template;
  readonly #segments: readonly Segment[];
  readonly #rootColumns: readonly [string, string | null][];
  readonly #pattern: PathPattern;
  /** Made where it is asked for. */
  #shape: RegExp | null = null;
  readonly foldersTellUnits: boolean;
  /** Folders before the first glob. */
  readonly #unitDepth: number;

  constructor(
    read: Template,
    readonly root: Location,
    segments: readonly Segment[],
  ) {
    this.template = read.text;
    this.variables = variablesOf(segments);
    this.pathColumns = pathColumnsOf(read, segments);
    this.#read = read;
    this.#segments = segments;
    this.#rootColumns = rootColumns(read);
    this.#pattern = new PathPattern(segments, read.isPrefix ? 'prefix' : 'file', 'escapes');
    const folders = read.isPrefix ? segments : segments.slice(0, -1);
    const glob = folders.findIndex(({ elements }) => elements.some((e) => e.kind === 'glob'));
    this.#unitDepth = glob < 0 ? folders.length : glob;
    this.foldersTellUnits = variablesOf(segments.slice(0, this.#unitDepth)).length === this.variables.length;
  }

  listPrefix(values: KeyValues): string {
    let prefix = this.root.path;
    const folders = this.#read.isPrefix ? this.#segments : this.#segments.slice(0, -1);
    for (const { elements } of folders) {
      if (!elements.every((e) => isSettled(e, values))) return prefix;
      prefix += `${elements.map((e) => rawOf(e, values)).join('')}/`;
    }
    return prefix;
  }

  match(path: string): KeyValues | null {
    const { path: root } = this.root;
    if (!path.startsWith(root) || !isDataObject(path, root)) return null;
    return this.#pattern.read(path.slice(root.length));
  }

  resembles(path: string): boolean {
    const { path: root } = this.root;
    if (!path.startsWith(root) || !isDataObject(path, root)) return false;
    this.#shape ??= shapeOf(this.#read);
    return this.#shape.test(path.slice(root.length));
  }

  columns(path: string): Readonly<Record<string, string | null>> {
    const own = path.startsWith(this.root.path)
      ? this.#pattern.columns(path.slice(this.root.path.length))
      : [];
    return Object.fromEntries([...this.#rootColumns, ...own]);
  }

  unitFolder(path: string): string {
    const { path: root } = this.root;
    const folders = path.slice(root.length).split('/').slice(0, this.#unitDepth);
    return root + folders.map((folder) => `${folder}/`).join('');
  }

  describe(values: KeyValues): string {
    const segments = this.#segments.map(({ elements }, i) =>
      elements.every((e) => isGiven(e, values))
        ? elements.map((e) => rawOf(e, values)).join('')
        : this.#read.segments[i]!.map(written).join(''),
    );
    const path =
      this.root.path + segments.join('/') + (this.#read.isPrefix && segments.length > 0 ? '/' : '');
    return formatLocation({ store: this.root.store, path });
  }
}

/** The template with any text in the place of its variables. */
function shapeOf({ segments, isPrefix }: Template): RegExp {
  const sources = segments.map((parts, i) => {
    const isLast = i === segments.length - 1 && !isPrefix;
    const [only] = parts;
    if (only?.kind === 'glob' && only.glob === '**') return isLast ? '.+' : '(?:[^/]+/)*';
    const source = parts.map((part) => (part.kind === 'variable' ? '[^/]*' : sourceOf(part))).join('');
    return isLast ? source : `${source}/`;
  });
  return new RegExp(`^${sources.join('')}${isPrefix ? '.+' : ''}$`, 'su');
}

function sourceOf(
  part:
    { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'glob'; readonly glob: string },
): string {
  return part.kind === 'literal' ? quoteForRegExp(part.text) : segmentSource(part.glob);
}

/** True when the values leave one raw text only. */
function isSettled(element: Element, values: KeyValues): boolean {
  if (element.kind === 'glob' || !isGiven(element, values)) return false;
  if (element.kind !== 'text' || !element.escaped) return true;
  const value = values[element.variable] ?? null;
  return value === null || unescapedPrefix(value) === value;
}

function isGiven(element: Element, values: KeyValues): boolean {
  return (element.kind !== 'time' && element.kind !== 'text') || values[element.variable] !== undefined;
}

function written(part: Template['segments'][number][number]): string {
  if (part.kind === 'literal') return part.text;
  if (part.kind === 'glob') return part.glob;
  return part.pattern === null ? `{${part.name}}` : `{${part.name}:${part.pattern}}`;
}
