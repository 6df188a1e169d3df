/**
 * Patterns of time in paths: Unicode date tokens and what they are made of. Formatting and reading units with them
 * is token-text.ts.
 *
 * Only tokens that a unit of the grain determines are allowed, and unquoted letters that are no token are errors,
 * never literals. Offsets are formatted by grain.ts, which knows the zones.
 */
import { LakefillError } from './errors.js';
import type { Grain } from './grain.js';

export type TimePart = 'year' | 'month' | 'day' | 'hour' | 'quarter' | 'weekYear' | 'week';

interface Token {
  readonly part: TimePart;
  /** Regular expression of the digits it writes. */
  readonly digits: string;
  /** Digits it always writes; null when not padded. */
  readonly width: number | null;
}

/** Every token that formats a number. */
export const TIME_TOKENS = {
  yyyy: { part: 'year', digits: '\\d{4}', width: 4 },
  MM: { part: 'month', digits: '0[1-9]|1[0-2]', width: 2 },
  M: { part: 'month', digits: '1[0-2]|[1-9]', width: null },
  dd: { part: 'day', digits: '0[1-9]|[12]\\d|3[01]', width: 2 },
  d: { part: 'day', digits: '[12]\\d|3[01]|[1-9]', width: null },
  HH: { part: 'hour', digits: '[01]\\d|2[0-3]', width: 2 },
  H: { part: 'hour', digits: '1\\d|2[0-3]|\\d', width: null },
  Q: { part: 'quarter', digits: '[1-4]', width: 1 },
  YYYY: { part: 'weekYear', digits: '\\d{4}', width: 4 },
  ww: { part: 'week', digits: '0[1-9]|[1-4]\\d|5[0-3]', width: 2 },
  w: { part: 'week', digits: '[1-4]\\d|5[0-3]|[1-9]', width: null },
} as const satisfies Record<string, Token>;

export type TimeToken = keyof typeof TIME_TOKENS;
/** `+05:30`, `+0530`, and with capitals `Z` for zero. */
export type OffsetToken = 'xxx' | 'xx' | 'XXX' | 'XX';

export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'time'; readonly token: TimeToken }
  | { readonly kind: 'offset'; readonly token: OffsetToken };

export const DEFAULT_PATTERNS: Readonly<Record<Grain, string>> = {
  hour: "yyyy-MM-dd'T'HH",
  day: 'yyyy-MM-dd',
  week: "YYYY-'W'ww",
  month: 'yyyy-MM',
  quarter: "yyyy-'Q'Q",
  year: 'yyyy',
};

/** Parts that a unit of the grain determines. */
const DETERMINED: Record<Grain, readonly TimePart[]> = {
  hour: ['year', 'quarter', 'month', 'day', 'hour', 'weekYear', 'week'],
  day: ['year', 'quarter', 'month', 'day', 'weekYear', 'week'],
  week: ['weekYear', 'week'],
  month: ['year', 'quarter', 'month'],
  quarter: ['year', 'quarter'],
  year: ['year'],
};

/** Parts that together tell every unit of the grain apart. */
const NEEDED: Record<Grain, readonly TimePart[]> = {
  hour: ['year', 'month', 'day', 'hour'],
  day: ['year', 'month', 'day'],
  week: ['weekYear', 'week'],
  month: ['year', 'month'],
  quarter: ['year', 'quarter'],
  year: ['year'],
};

const TOKEN_OF_PART: Record<TimePart, TimeToken> = {
  year: 'yyyy',
  month: 'MM',
  day: 'dd',
  hour: 'HH',
  quarter: 'Q',
  weekYear: 'YYYY',
  week: 'ww',
};

const LEXEME = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/gsu;

const cache = new Map<string, readonly PatternPart[]>();

/** Reads a pattern for a grain. DEFINITION_INVALID: empty, an unknown token, an open quote, or a part that the grain does not determine. */
export function parsePattern(grain: Grain, pattern: string): readonly PatternPart[] {
  const key = `${grain} ${pattern}`;
  let parts = cache.get(key);
  if (parts === undefined) cache.set(key, (parts = readPattern(grain, pattern)));
  return parts;
}

function readPattern(grain: Grain, pattern: string): PatternPart[] {
  if (pattern === '')
    throw invalid(pattern, 'is empty', `Write ${DEFAULT_PATTERNS[grain]} or leave the ':' out.`);
  const parts: PatternPart[] = [];
  let end = 0;
  for (const match of pattern.matchAll(LEXEME)) {
    if (match.index !== end) break;
    end += match[0].length;
    parts.push(readLexeme(grain, pattern, match[0], match[1], match[2] !== undefined));
  }
  if (end !== pattern.length)
    throw invalid(pattern, 'has a quote that is not closed', "Close it with ' or write '' for a quote.");
  return parts;
}

function readLexeme(
  grain: Grain,
  pattern: string,
  lexeme: string,
  quoted: string | undefined,
  isLetters: boolean,
): PatternPart {
  if (quoted !== undefined)
    return { kind: 'literal', text: quoted === '' ? "'" : quoted.replaceAll("''", "'") };
  if (!isLetters) return { kind: 'literal', text: lexeme };
  if (/^(xxx?|XXX?)$/.test(lexeme)) {
    if (grain === 'hour') return { kind: 'offset', token: lexeme as OffsetToken };
    throw invalid(
      pattern,
      `has '${lexeme}' (the offset), which a ${grain} does not have`,
      `Leave '${lexeme}' out.`,
    );
  }
  if (!Object.hasOwn(TIME_TOKENS, lexeme)) throw unknownToken(pattern, lexeme);
  const token = lexeme as TimeToken;
  const { part } = TIME_TOKENS[token];
  if (DETERMINED[grain].includes(part)) return { kind: 'time', token };
  throw invalid(
    pattern,
    `has '${token}' (${NAMES[part]}), which a ${grain} does not determine`,
    `Use only ${DETERMINED[grain].map((p) => TOKEN_OF_PART[p]).join(', ')} for grain ${grain}, or choose another grain.`,
  );
}

const NAMES: Record<TimePart, string> = {
  year: 'year',
  month: 'month',
  day: 'day of month',
  hour: 'hour',
  quarter: 'quarter',
  weekYear: 'year of the ISO week',
  week: 'ISO week',
};

/** What people mean by letters that other tools use. */
const MEANT: Record<string, string> = {
  D: "'d' is the day of the month",
  DD: "'dd' is the day of the month",
  DDD: "'dd' is the day of the month",
  h: "'H' is the hour",
  hh: "'HH' is the hour",
  mm: "'MM' is the month; no grain has minutes",
  m: "'M' is the month; no grain has minutes",
  yy: "write 'yyyy': two digits do not tell centuries apart",
  y: "write 'yyyy'",
  Y: "write 'YYYY' for the year of the ISO week, 'yyyy' for the calendar year",
  YY: "write 'YYYY' for the year of the ISO week, 'yyyy' for the calendar year",
};

function unknownToken(pattern: string, lexeme: string): LakefillError {
  const meant = MEANT[lexeme];
  const hint = `Use ${Object.keys(TIME_TOKENS).join(', ')}; put letters that stand for themselves in quotes: '${lexeme}'.`;
  return invalid(
    pattern,
    `has '${lexeme}', which is no token`,
    meant === undefined ? hint : `${capital(meant)}. ${hint}`,
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function invalid(pattern: string, what: string, hint: string): LakefillError {
  return new LakefillError('DEFINITION_INVALID', `The time pattern '${pattern}' ${what}.`, {
    hint,
    context: { pattern },
  });
}

/** Tokens that are still missing before the given parts tell every unit of the grain apart; empty when they do. */
export function missingTokens(grain: Grain, parts: ReadonlySet<TimePart>): TimeToken[] {
  return NEEDED[grain].filter((part) => !parts.has(part)).map((part) => TOKEN_OF_PART[part]);
}
