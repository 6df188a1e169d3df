/**
 * Segments of a template, compiled: every variable is resolved to the digits or text that it writes.
 *
 * Refuses what cannot be read back: a variable that nothing defines, a time variable whose parts do not name one unit,
 * neighbours that run into each other. Matching and formatting is path-pattern.ts.
 */
import { escapeHive, unescapeHive } from './hive.js';
import { DEFAULT_PATTERNS, missingTokens, parsePattern, TIME_TOKENS } from './grain-format.js';
import { isFixedOffset, offsetText } from './grain.js';
import { nearest } from './nearest.js';
import { invalidTemplate } from './template.js';
import type { Grain } from './grain.js';
import type { TimeToken } from './grain-format.js';
import type { Template, TemplatePart } from './template.js';

/** What a variable of a template stands for. */
export type TemplateVariable =
  { readonly kind: 'time'; readonly grain: Grain; readonly timezone: string } | { readonly kind: 'text' };

export type TemplateVariables = Readonly<Record<string, TemplateVariable>>;

export interface LiteralElement {
  readonly kind: 'literal';
  /** Raw, as it stands in paths. */
  readonly text: string;
  /** True within a time pattern. */
  readonly inTime: boolean;
}
export interface TimeElement {
  readonly kind: 'time';
  readonly variable: string;
  readonly grain: Grain;
  readonly token: TimeToken;
}
export interface TextElement {
  readonly kind: 'text';
  readonly variable: string;
  /** Hive-escaped, as the value of a `col=` segment; otherwise raw. */
  readonly escaped: boolean;
  /** It is the whole value of a `col=` segment: NULL can be written. */
  readonly whole: boolean;
  /** It begins its segment, so that it decides whether readers skip the folder. */
  readonly first: boolean;
  /** Characters that its raw text cannot contain, because they end it. */
  readonly barred: string;
}
export interface GlobElement {
  readonly kind: 'glob';
  readonly glob: '*' | '?' | '**';
}
export type Element = LiteralElement | TimeElement | TextElement | GlobElement;

export interface Segment {
  readonly elements: readonly Element[];
  /** The column of a `col=value` folder, decoded; its first element is `col=`. */
  readonly column: string | null;
}

/** Compiles the segments after the root. DEFINITION_INVALID when they cannot be read back. */
export function compileSegments(template: Template, variables: TemplateVariables): Segment[] {
  const segments = template.segments.map((parts, i) => {
    const isFolder = template.isPrefix || i < template.segments.length - 1;
    return compileSegment(template.text, parts, isFolder, variables);
  });
  checkTimeParts(template.text, segments);
  checkColumns(template.text, segments);
  return segments;
}

function compileSegment(
  template: string,
  parts: readonly TemplatePart[],
  isFolder: boolean,
  variables: TemplateVariables,
): Segment {
  const head = parts[0]?.kind === 'literal' ? parts[0].text : '';
  const equals = isFolder ? head.indexOf('=') : -1;
  const column = equals > 0 ? unescapeHive(head.slice(0, equals)) : null;
  const elements: Element[] = [];
  if (column !== null) elements.push({ kind: 'literal', text: head.slice(0, equals + 1), inTime: false });
  for (const part of column === null
    ? parts
    : [{ ...parts[0]!, text: head.slice(equals + 1) }, ...parts.slice(1)]) {
    elements.push(...compilePart(template, part as TemplatePart, column !== null, variables));
  }
  const merged = elements.filter((e) => e.kind !== 'literal' || e.text !== '');
  return { elements: settleNeighbours(template, merged, column !== null), column };
}

function compilePart(
  template: string,
  part: TemplatePart,
  inColumn: boolean,
  variables: TemplateVariables,
): Element[] {
  if (part.kind === 'literal') return [{ ...part, inTime: false }];
  if (part.kind === 'glob') return [part];
  const isKnown = Object.hasOwn(variables, part.name) && part.name !== '__proto__';
  const variable = isKnown ? variables[part.name]! : null;
  if (variable === null) throw unknownVariable(template, part.name, variables);
  if (variable.kind === 'time') return compileTime(template, part.name, part.pattern, variable, inColumn);
  if (part.pattern !== null) {
    throw invalidTemplate(
      template,
      `formats '${part.name}' with '${part.pattern}', but only time has patterns`,
      `Write {${part.name}}.`,
    );
  }
  return [{ kind: 'text', variable: part.name, escaped: inColumn, whole: false, first: false, barred: '' }];
}

function compileTime(
  template: string,
  name: string,
  pattern: string | null,
  { grain, timezone }: { grain: Grain; timezone: string },
  inColumn: boolean,
): Element[] {
  if (grain === 'hour' && !isFixedOffset(timezone)) {
    throw invalidTemplate(
      template,
      `cuts hours in ${timezone}, whose clock repeats and skips hours`,
      'Use timezone: UTC (or another zone of fixed offset) for hours.',
    );
  }
  return parsePattern(grain, pattern ?? DEFAULT_PATTERNS[grain]).map((part) => {
    if (part.kind === 'time') return { kind: 'time', variable: name, grain, token: part.token };
    const text = part.kind === 'offset' ? offsetText(timezone, part.token) : part.text;
    if (text.includes('/')) {
      throw invalidTemplate(
        template,
        `has a '/' within the pattern of '${name}'`,
        `Write {${name}:yyyy}/{${name}:MM}/.`,
      );
    }
    return { kind: 'literal', text: inColumn ? escapeHive(text) : text, inTime: true };
  });
}

function unknownVariable(template: string, name: string, variables: TemplateVariables) {
  const known = Object.keys(variables);
  const meant = nearest(name, known);
  const list =
    known.length === 0 ? 'No variable is defined: add it under partition.' : `Defined: ${known.join(', ')}.`;
  return invalidTemplate(
    template,
    `uses the variable '${name}', which is not defined`,
    meant === null ? list : `Did you mean {${meant}}? ${list}`,
  );
}

/** Refuses neighbours that run into each other, and settles what each text can contain. */
function settleNeighbours(template: string, elements: readonly Element[], inColumn: boolean): Element[] {
  return elements.map((element, i) => {
    const [before, after] = [elements[i - 1], elements[i + 1]];
    if (element.kind === 'time' && TIME_TOKENS[element.token].width === null) {
      if (!endsNumber(before, -1) || !endsNumber(after, 0)) {
        const fixed = element.token + element.token;
        throw invalidTemplate(
          template,
          `has the unpadded {${element.variable}:${element.token}} beside other digits or text`,
          `Write '${fixed}', or put a separator such as '-' on both sides.`,
        );
      }
    }
    if (element.kind !== 'text') return element;
    const ends = [
      elements.slice(0, i).some(isOpen) ? boundary(template, element.variable, before, -1) : '',
      elements.slice(i + 1).some(isOpen) ? boundary(template, element.variable, after, 0) : '',
    ];
    return { ...element, barred: ends.join(''), first: i === 0, whole: inColumn && elements.length === 2 };
  });
}

/** True for elements of no fixed length. */
function isOpen(element: Element): boolean {
  return element.kind === 'text' || (element.kind === 'glob' && element.glob !== '?');
}

function endsNumber(neighbour: Element | undefined, at: 0 | -1): boolean {
  return neighbour === undefined || (neighbour.kind === 'literal' && !/\d/.test(neighbour.text.at(at)!));
}

function boundary(template: string, variable: string, neighbour: Element | undefined, at: 0 | -1): string {
  if (neighbour?.kind === 'literal') return [...neighbour.text].at(at)!;
  throw invalidTemplate(
    template,
    `has {${variable}} beside a variable or glob of any length, so that nothing says where one ends`,
    "Put a separator such as '_' or '/' between them.",
  );
}

function checkTimeParts(template: string, segments: readonly Segment[]): void {
  const times = segments.flatMap((s) => s.elements).filter((e) => e.kind === 'time');
  for (const { variable, grain } of times) {
    const own = times.filter((e) => e.variable === variable);
    const missing = missingTokens(grain, new Set(own.map((e) => TIME_TOKENS[e.token].part)));
    if (missing.length === 0) continue;
    const isoYear = missing.includes('yyyy') && own.some((e) => e.token === 'YYYY');
    throw invalidTemplate(
      template,
      `does not tell every ${grain} of '${variable}' apart: ${missing.map((t) => `'${t}'`).join(' and ')} is missing`,
      isoYear
        ? "Write 'yyyy' for the calendar year: 'YYYY' is the year of the ISO week."
        : `Add {${variable}:${missing[0]!}}, or give '${variable}' a coarser grain.`,
    );
  }
}

function checkColumns(template: string, segments: readonly Segment[]): void {
  const seen = new Set<string>();
  for (const { column } of segments) {
    if (column === null) continue;
    const folded = column.toLowerCase();
    if (seen.has(folded)) {
      throw invalidTemplate(
        template,
        `has two folders for the column '${column}'`,
        'Give every column its own name.',
      );
    }
    seen.add(folded);
  }
}
