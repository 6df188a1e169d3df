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

const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * One token, by the kind of the group that holds it. An unterminated quote runs to the end of the text: the engine
 * will refuse it, and until then its fingerprint harms nobody.
 */
const KINDS = ['space', 'text', 'name', 'parameter', 'word', 'symbol'] as const;
const LEXEME = new RegExp(
  [
    /(\s+|--[^\n]*)/,
    /([eE]'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*(?:'|\\?$)|'[^']*(?:''[^']*)*(?:'|$))/,
    /("[^"]*(?:""[^"]*)*(?:"|$))/,
    /(\$[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\$\d+)/,
    /([\w\u0080-\uffff][\w$\u0080-\uffff]*)/,
    /([^])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
);

/** The tokens of the SQL in order, comments and space left out. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < sql.length;) {
    const { kind, text } = lexemeAt(sql, at);
    if (kind !== 'space') tokens.push({ kind, text, offset: at });
    at += text.length;
  }
  return tokens;
}

/** The text up to its last token that is no semicolon: safe to put into parentheses if it is one query. */
export function trimStatement(sql: string): string {
  const last = sqlTokens(sql).findLast((token) => token.text !== ';');
  return last === undefined ? '' : sql.slice(0, last.offset + last.text.length);
}

/** Words that a query of DuckDB can begin with. */
const QUERY_WORDS = new Set(
  'select with from values table pivot pivot_wider unpivot pivot_longer describe summarize show'.split(' '),
);

/** Why the text cannot be one query, as far as words tell; null when it may be one: the engine knows the rest. */
export function queryProblem(sql: string): string | null {
  const [first, ...more] = sqlTokens(trimStatement(sql));
  if (first === undefined) return 'holds no SQL';
  if (more.some(({ text }) => text === ';')) return 'holds more than one statement';
  if (first.text !== '(' && !QUERY_WORDS.has(first.text.toLowerCase()))
    return `'${first.text}' begins no query`;
  return more.length === 0 ? `'${first.text}' alone is no query` : null;
}

interface Lexeme {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
}

function lexemeAt(sql: string, at: number): Lexeme {
  if (sql.startsWith('/*', at)) return { kind: 'space', text: blockComment(sql, at) };
  const quoted = sql.startsWith('$', at) ? dollarQuoted(sql, at) : null;
  if (quoted !== null) return { kind: 'text', text: quoted };
  LEXEME.lastIndex = at;
  const groups = LEXEME.exec(sql)?.slice(1) ?? [];
  const found = groups.findIndex((group) => group !== undefined);
  return { kind: KINDS[found] ?? 'symbol', text: groups[found] ?? sql.charAt(at) };
}

function dollarQuoted(sql: string, at: number): string | null {
  DOLLAR_QUOTE.lastIndex = at;
  const tag = DOLLAR_QUOTE.exec(sql)?.[0];
  if (tag === undefined) return null;
  const close = sql.indexOf(tag, at + tag.length);
  return sql.slice(at, close < 0 ? sql.length : close + tag.length);
}

function blockComment(sql: string, at: number): string {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at + 2;
  for (let depth = 1; depth > 0;) {
    const found = edge.exec(sql);
    if (found === null) return sql.slice(at);
    depth += found[0] === '/*' ? 1 : -1;
  }
  return sql.slice(at, edge.lastIndex);
}
