/**
 * One YAML file as plain data that remembers where each key and value stands.
 *
 * Values keep to a safe subset: no tags, bounded nesting and size, aliases only within that size. Scalars at the
 * paths that `asWritten` names stay the text that was typed (`01` stays `01`). What the data means is not known here.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, ParsedNode, Scalar } from 'yaml';
import type { Variables } from '../variables.js';
import { hasVariable } from '../variables.js';
import { syntaxProblems, unsafeNesting } from './syntax.js';

export type Path = readonly (string | number)[];

export interface Place {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

export interface Spot {
  /** Of the key; of the value itself in a list. */
  readonly key: Place;
  readonly value: Place;
  /** Scalars: the text as typed, without quotes and with variables unexpanded; null for collections. */
  readonly written: string | null;
  /** Line on which the first line of a scalar's text stands (below the `|` of a block). */
  readonly textLine: number;
}

export interface SourceProblem extends Place {
  readonly path: Path;
  readonly message: string;
  readonly written: string | null;
}

export interface YamlSource {
  /** Undefined for an empty file and for one that cannot be read as a whole: bad syntax, too large. */
  readonly data: unknown;
  readonly problems: readonly SourceProblem[];
  /** Where the key or value at this path stands in this file; undefined when it does not. */
  spot(path: Path): Spot | undefined;
  /** True when a problem leaves open what the value at this path, or the one around it, is meant to be. */
  isOpen(path: Path): boolean;
}

export interface YamlOptions {
  readonly variables: Variables;
  /** True for paths whose scalars are taken as typed. */
  asWritten(path: Path): boolean;
}

/** Values in one file once aliases are followed: far more than any definition, far less than a bomb. */
const MOST_VALUES = 100_000;
const DEEPEST = 60;

/** Reads the text; never throws for what stands in it. */
export function readYaml(text: string, options: YamlOptions): YamlSource {
  const nested = unsafeNesting(text);
  if (nested !== null) return failed([nested]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const wrong = syntaxProblems(text, [...document.errors, ...document.warnings], lines);
  if (wrong.length > 0) return failed(wrong);
  return new Reader(lines, options).read(document.contents);
}

/** A file that says nothing. */
export const emptySource: YamlSource = {
  data: undefined,
  problems: [],
  spot: () => undefined,
  isOpen: () => false,
};

function failed(problems: readonly SourceProblem[]): YamlSource {
  return { ...emptySource, problems };
}

/** Raised to leave a walk that has become too large; the problem is recorded already. */
class TooLarge extends Error {}

class Reader {
  readonly #spots = new Map<string, Spot>();
  readonly #problems: SourceProblem[] = [];
  readonly #anchors = new Map<string, Node>();
  /** Ids of paths whose value is not known. */
  readonly #open = new Set<string>();
  #values = 0;

  constructor(
    private readonly lines: LineCounter,
    private readonly options: YamlOptions,
  ) {}

  read(contents: ParsedNode | null): YamlSource {
    let data: unknown;
    try {
      data = contents === null ? undefined : this.#value(contents, []);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
    }
    if (isScalar(contents) && contents.source === '') data = undefined;
    return {
      data,
      problems: this.#problems,
      spot: (path) => this.#spots.get(idOf(path)),
      isOpen: (path) => path.some((_, i) => this.#open.has(idOf(path.slice(0, i + 1)))),
    };
  }

  #value(node: Node | null, path: Path, key?: Node): unknown {
    const resolved = this.#resolve(node, path);
    this.#remember(path, resolved, key);
    this.#bound(path, node);
    if (isMap(resolved)) return this.#map(resolved.items as Pairs, path);
    if (isSeq(resolved)) {
      return resolved.items.map((item, i) => this.#value(item as Node | null, [...path, i]));
    }
    return isScalar(resolved) ? this.#scalar(resolved, path) : null;
  }

  /** The node that an alias stands for; anchors are known from where they are passed on. */
  #resolve(node: Node | null, path: Path): Node | null {
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return target;
      this.#problem(
        node,
        path,
        `unknown alias '*${node.source}': no anchor '&${node.source}' stands before it`,
      );
      return null;
    }
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node?.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      this.#problem(node, path, `tag '${node.tag}' is not supported; remove it`);
    }
    return node;
  }

  #map(items: Pairs, path: Path): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : null;
      if (name === null) {
        this.#tell(key, path, 'a key must be plain text');
      } else if (entries.has(name)) {
        const first = this.#spots.get(idOf([...path, name]))?.key.line;
        this.#tell(key, [...path, name], `key '${name}' is given twice (first in line ${first})`);
      } else {
        entries.set(name, this.#value(value, [...path, name], key));
      }
    }
    return Object.fromEntries(entries);
  }

  #scalar(node: Scalar, path: Path): unknown {
    const written = writtenOf(node);
    if (written === '' && node.value === null) return null;
    if (hasVariable(written)) return this.#expanded(node, written, path);
    return typeof node.value === 'string' || this.options.asWritten(path) ? written : node.value;
  }

  /** A plain `${N}` is a number or truth value when its expansion reads as one. */
  #expanded(node: Scalar, written: string, path: Path): unknown {
    const { text, missing } = this.options.variables.expand(written);
    for (const name of missing) {
      this.#problem(
        node,
        path,
        `environment variable '${name}' is not set; set it, or write $\${${name}} for the text itself`,
      );
    }
    if (node.type !== 'PLAIN' || this.options.asWritten(path)) return text;
    if (text === 'true' || text === 'false') return text === 'true';
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }

  #bound(path: Path, node: Node | null): void {
    this.#values += 1;
    if (path.length <= DEEPEST && this.#values <= MOST_VALUES) return;
    this.#problem(
      node,
      path.slice(0, 3),
      'the file is nested too deeply or grows too large through its aliases',
    );
    throw new TooLarge();
  }

  #remember(path: Path, node: Node | null, key: Node | undefined): void {
    const value = this.#place(node?.range?.[0] ?? key?.range?.[1] ?? 0);
    const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    this.#spots.set(idOf(path), {
      key: key?.range ? this.#place(key.range[0]) : value,
      value,
      written: isScalar(node) ? writtenOf(node) : null,
      textLine: block ? value.line + 1 : value.line,
    });
  }

  /** Of the value at the path, which is not known now. */
  #problem(node: Node | null, path: Path, message: string): void {
    this.#open.add(idOf(path));
    this.#tell(node, path, message);
  }

  #tell(node: Node | null, path: Path, message: string): void {
    const written = isScalar(node) ? writtenOf(node) : null;
    this.#problems.push({ ...this.#place(node?.range?.[0] ?? 0), path, message, written });
  }

  #place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

type Pairs = readonly { readonly key: Node; readonly value: Node | null }[];

function writtenOf(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function idOf(path: Path): string {
  return JSON.stringify(path);
}
