/**
 * Turns "this path of this definition is wrong" into a problem with a file and a position.
 *
 * A definition is layered: a key that the dataset's own file does not give comes from `defaults` in lakefill.yaml, and
 * a problem with it is reported there.
 */
import { nearest } from '../core/nearest.js';
import type { Problems } from './problems.js';
import type { Variables } from './variables.js';
import type { Path, SourceProblem, Spot, YamlSource } from './yaml/source.js';

export interface Layer {
  /** As shown in problems. */
  readonly file: string;
  readonly source: YamlSource;
  /** Where the definition begins in the file: `['defaults']` in lakefill.yaml. */
  readonly prefix: Path;
}

export interface Details {
  /** Point at the key rather than at its value. */
  readonly atKey?: boolean;
  /** What is allowed; the nearest to `word` is offered. */
  readonly allowed?: readonly string[];
  readonly word?: string;
}

export class Reporter {
  #count = 0;

  constructor(
    /** The dataset's own file first. */
    readonly layers: readonly [Layer, ...Layer[]],
    private readonly problems: Problems,
    private readonly variables: Variables,
  ) {}

  /** Problems reported through this reporter so far. */
  get count(): number {
    return this.#count;
  }

  /** Reports a problem of the value (or key) at this path of the definition, or of the nearest thing around it. */
  at(path: Path, message: string, details: Details = {}): void {
    this.#report(path, path, message, details);
  }

  /** Reports an unknown key: placed at the key, named by the path of what holds it. */
  unknownKey(holder: Path, key: string, message: string, details: Details): void {
    this.#report(holder, [...holder, key], message, { ...details, atKey: true });
  }

  #report(named: Path, path: Path, message: string, details: Details): void {
    this.#count += 1;
    const { layer, spot } = this.#find(path);
    // What the file itself says of the value is enough: the rest would follow from it.
    if (layer.source.isOpen([...layer.prefix, ...path])) return;
    const place = details.atKey ? spot?.key : spot?.value;
    const written = spot?.written ?? null;
    const close = details.word === undefined ? null : nearest(details.word, details.allowed ?? []);
    this.problems.add({
      file: layer.file,
      line: place?.line ?? 1,
      column: place?.column ?? 1,
      path: showPath([...layer.prefix, ...named]),
      message: this.variables.redact(message, written) + suggestion(close, details.allowed),
      value: written === null ? null : shorten(written),
      allowed: details.allowed ?? null,
      nearest: close,
    });
  }

  /** Reports a problem that its file found itself. */
  placed(problem: SourceProblem): void {
    this.#count += 1;
    const { line, column, path, message, written } = problem;
    this.problems.add({
      file: this.layers[0].file,
      line,
      column,
      path: showPath(path),
      message: this.variables.redact(message, written),
      value: written === null ? null : shorten(written),
      allowed: null,
      nearest: null,
    });
  }

  /** Reports a problem at a line of another file, such as the SQL. */
  inFile(file: string, line: number, column: number, message: string, details: Details = {}): void {
    this.#count += 1;
    const close = details.word === undefined ? null : nearest(details.word, details.allowed ?? []);
    this.problems.add({
      file,
      line,
      column,
      path: '',
      message: this.variables.redact(message, null) + suggestion(close, details.allowed),
      value: details.word ?? null,
      allowed: details.allowed ?? null,
      nearest: close,
    });
  }

  /** The value as typed at this path; null for collections and absent values. */
  written(path: Path): string | null {
    return this.#exact(path)?.spot.written ?? null;
  }

  /** Where the text of the scalar at this path begins: file of the layer and line. */
  textStart(path: Path): { readonly file: string; readonly line: number } {
    const { layer, spot } = this.#find(path);
    return { file: layer.file, line: spot?.textLine ?? 1 };
  }

  #find(path: Path): { layer: Layer; spot: Spot | undefined } {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#exact(path.slice(0, length));
      if (found !== undefined) return found;
    }
    const [layer] = this.layers;
    return { layer, spot: layer.source.spot(layer.prefix) };
  }

  #exact(path: Path): { layer: Layer; spot: Spot } | undefined {
    for (const layer of this.layers) {
      const spot = layer.source.spot([...layer.prefix, ...path]);
      if (spot !== undefined) return { layer, spot };
    }
    return undefined;
  }
}

function suggestion(close: string | null, allowed: readonly string[] | undefined): string {
  if (close !== null) return `; did you mean '${close}'?`;
  return allowed === undefined || allowed.length === 0 ? '' : `; allowed: ${allowed.join(', ')}`;
}

/** `checks[1].rowCount.min`; keys that are no plain words are quoted: `stores["s3://lake/"]`. */
export function showPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
