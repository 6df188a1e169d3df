/**
 * Matches paths against compiled segments and takes the variables' values out of them.
 *
 * A match is never trusted: every captured text must be what the value would be written as, to the degree asked for.
 */
import { TIME_TOKENS } from './grain-format.js';
import { formatToken, unitFromParts } from './token-text.js';
import { quoteForRegExp, segmentSource } from './glob.js';
import { decodeHiveValue, encodeHiveValue, HIVE_NULL, isUnwritableValue, unescapeHive } from './hive.js';
import type { TimePart } from './grain-format.js';
import type { KeyValues } from './partition-key.js';
import type { Element, Segment, TextElement, TimeElement } from './segment.js';

/**
 * How near a path must be to what would be written. `exact`: to the byte. `escapes`: other escapings of the same value
 * in `col=` segments are taken. `separated` and `compact` are guesses for messages: other zero-padding, case, and
 * other or no separators within times.
 */
export type Strictness = 'exact' | 'escapes' | 'separated' | 'compact';

/** `key`: the segments are all. `file`: the same, `**` at the end takes any file. `prefix`: any path below the segments. */
export type PatternEnd = 'key' | 'file' | 'prefix';

/** A group of the regular expression that captures digits of a time. */
interface TimeGroup extends Pick<TimeElement, 'variable' | 'grain' | 'token'> {
  readonly group: number;
  readonly part: TimePart;
}

function timeGroup({ variable, grain, token }: TimeElement, group: number): TimeGroup {
  return { variable, grain, token, group, part: TIME_TOKENS[token].part };
}

type Capture = TimeElement | TextElement | { readonly kind: 'column'; readonly name: string };

export class PathPattern {
  readonly #regex: RegExp;
  readonly #strictness: Strictness;
  /** By group of the regular expression, from 1. */
  readonly #captures: Capture[] = [];
  readonly #times: readonly (readonly TimeGroup[])[];
  readonly #texts: readonly { readonly group: number; readonly element: TextElement }[];

  constructor(segments: readonly Segment[], end: PatternEnd, strictness: Strictness) {
    this.#strictness = strictness;
    const guessing = strictness === 'separated' || strictness === 'compact';
    this.#regex = new RegExp(`^${this.#sourceOf(segments, end)}$`, guessing ? 'iu' : 'u');
    const times = this.#captures.flatMap((c, i) => (c.kind === 'time' ? [timeGroup(c, i + 1)] : []));
    const variables = [...new Set(times.map((t) => t.variable))];
    this.#times = variables.map((variable) => times.filter((t) => t.variable === variable));
    this.#texts = this.#captures.flatMap((c, i) => (c.kind === 'text' ? [{ group: i + 1, element: c }] : []));
  }

  /** Values of the path, or null when it does not match, contradicts itself, or names no unit or value. */
  read(path: string): KeyValues | null {
    const match = this.#regex.exec(path);
    if (match === null) return null;
    const values: Record<string, string | null> = {};
    for (const groups of this.#times) {
      const unit = this.#readUnit(match, groups);
      if (unit === null) return null;
      values[groups[0]!.variable] = unit;
    }
    for (const { group, element } of this.#texts) {
      const value = this.#readText(match[group]!, element);
      if (value === undefined) return null;
      if (Object.hasOwn(values, element.variable) && values[element.variable] !== value) return null;
      values[element.variable] = value;
    }
    return values;
  }

  /** Decoded values of the `col=value` folders of a matching path, by column; empty for another path. */
  columns(path: string): [string, string | null][] {
    const match = this.#regex.exec(path);
    if (match === null) return [];
    return this.#captures.flatMap((capture, i) =>
      capture.kind === 'column'
        ? [[capture.name, decodeHiveValue(match[i + 1]!)] as [string, string | null]]
        : [],
    );
  }

  #readUnit(match: RegExpExecArray, groups: readonly TimeGroup[]): string | null {
    const digits: Partial<Record<TimePart, string>> = {};
    for (const { group, part } of groups) digits[part] ??= match[group]!;
    const { grain } = groups[0]!;
    const unit = unitFromParts(grain, digits);
    if (unit === null) return null;
    const guessing = this.#strictness === 'separated' || this.#strictness === 'compact';
    for (const { group, token } of groups) {
      const written = match[group]!;
      const expected = formatToken(grain, unit, token);
      if (guessing ? Number(written) !== Number(expected) : written !== expected) return null;
    }
    return unit;
  }

  /** The value, or undefined when the raw text is not how one is written. */
  #readText(raw: string, element: TextElement): string | null | undefined {
    if (element.whole && raw === HIVE_NULL) return null;
    const value = element.escaped ? unescapeHive(raw) : raw;
    if (problemOfText(value, element) !== null) return undefined;
    return this.#strictness === 'exact' && element.escaped && encodeHiveValue(value) !== raw
      ? undefined
      : value;
  }

  #sourceOf(segments: readonly Segment[], end: PatternEnd): string {
    const sources = segments.map((segment, i) => {
      const isLast = i === segments.length - 1 && end !== 'prefix';
      const [only] = segment.elements;
      if (only?.kind === 'glob' && only.glob === '**') return isLast ? '(?:[^/]+/)*[^/]+' : '(?:[^/]+/)*';
      return this.#segmentSource(segment) + (isLast ? '' : '/');
    });
    return sources.join('') + (end === 'prefix' ? '(?:[^/]+/)*[^/]+' : '');
  }

  #segmentSource({ elements, column }: Segment): string {
    if (column === null) return elements.map((e) => this.#elementSource(e)).join('');
    this.#captures.push({ kind: 'column', name: column });
    const [name, ...value] = elements.map((e) => this.#elementSource(e));
    return `${name}(${value.join('')})`;
  }

  #elementSource(element: Element): string {
    switch (element.kind) {
      case 'literal':
        return element.inTime ? this.#separatorSource(element.text) : quoteForRegExp(element.text);
      case 'glob':
        return segmentSource(element.glob);
      case 'text':
        this.#captures.push(element);
        return `([^/${element.barred.replace(/[\\\]^-]/g, '\\$&')}]+)`;
      case 'time':
        this.#captures.push(element);
        return `(${this.#digitsSource(element)})`;
    }
  }

  #separatorSource(text: string): string {
    const exact = quoteForRegExp(text);
    if (this.#strictness === 'compact') return `(?:${exact})?`;
    return this.#strictness === 'separated' ? `(?:${exact}|%[0-9A-F]{2}|[-_.: T])` : exact;
  }

  #digitsSource({ token }: TimeElement): string {
    const { part, digits, width } = TIME_TOKENS[token];
    if (this.#strictness === 'exact' || this.#strictness === 'escapes') return digits;
    if (part === 'year' || part === 'weekYear') return '\\d{4}';
    return this.#strictness === 'separated' ? '\\d{1,2}' : `\\d{${width ?? 2}}`;
  }
}

/** Text that nothing forbids (the text for NULL has `_`). */
const PLAIN = /^[A-Za-z0-9 .~-]+$/;

/** Why a value cannot be written here, as the end of a sentence that begins with it; null when it can. */
export function problemOfText(value: string, element: TextElement): string | null {
  if (element.barred === '' && !element.first && PLAIN.test(value)) return null;
  if (value === '') return 'is empty';
  if (isUnwritableValue(value)) return 'cannot stand in a path';
  if (!element.escaped && value.includes('/')) return "contains '/'";
  if (element.first && /^[._]/.test(value)) return "begins with '.' or '_', and readers skip such folders";
  const raw = element.escaped ? encodeHiveValue(value) : value;
  const barred = [...element.barred].find((c) => raw.includes(c));
  return barred === undefined ? null : `contains '${barred}', which ends it in this template`;
}
