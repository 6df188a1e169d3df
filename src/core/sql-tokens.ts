/**
 * SQL as tokens: enough to leave out comments and space, and to see which parameters are used.
 *
 * Knows '..' and E'..' strings, "..", $tag$..$tag$, `--` and nested block comments. It does not parse: whether
 * the text is one query is the engine's word.
 */
export interface SqlToken {
  readonly kind: 'word' | 'parameter' | 'text' | 'name' | 'symbol';
  /** As written, quotes included. */
  readonly text: string;
  /** Position in the SQL, in UTF-16 units. */
  readonly offset: number;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /--[^\n]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** An unterminated quote runs to the end of the text: the engine will refuse it, a fingerprint of it is harmless. */
const TOKENS: readonly (readonly [SqlToken['kind'], RegExp])[] = [
  ['text', /[eE]'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*(?:'|\\?$)/y],
  ['text', /'[^']*(?:''[^']*)*(?:'|$)/y],
  ['name', /"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['parameter', /\$[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\$\d+/y],
  ['word', /[\w\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['symbol', /[^]/y],
];

/** The tokens of the SQL in order, comments and space left out. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped = matchAt(SPACE, sql, at) ?? matchAt(LINE_COMMENT, sql, at) ?? blockComment(sql, at);
    if (skipped !== null) {
      at += skipped.length;
      continue;
    }
    const token = dollarQuoted(sql, at) ?? firstMatch(sql, at);
    tokens.push({ ...token, offset: at });
    at += token.text.length;
  }
  return tokens;
}

function firstMatch(sql: string, at: number): Omit<SqlToken, 'offset'> {
  for (const [kind, pattern] of TOKENS) {
    const text = matchAt(pattern, sql, at);
    if (text !== null) return { kind, text };
  }
  return { kind: 'symbol', text: sql.charAt(at) };
}

function matchAt(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

function dollarQuoted(sql: string, at: number): Omit<SqlToken, 'offset'> | null {
  const tag = matchAt(DOLLAR_QUOTE, sql, at);
  if (tag === null) return null;
  const close = sql.indexOf(tag, at + tag.length);
  return { kind: 'text', text: sql.slice(at, close < 0 ? sql.length : close + tag.length) };
}

function blockComment(sql: string, at: number): string | null {
  if (!sql.startsWith('/*', at)) return null;
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at + 2;
  for (let depth = 1; depth > 0;) {
    const found = edge.exec(sql);
    if (found === null) return sql.slice(at);
    depth += found[0] === '/*' ? 1 : -1;
  }
  return sql.slice(at, edge.lastIndex);
}
