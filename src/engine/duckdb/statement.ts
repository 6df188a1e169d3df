/** Which statement a text holds, as far as its tokens tell: where it ends, how it begins, whether there is a second one. */
import type { SqlToken } from '../../core/sql-tokens.js';
import { sqlTokens } from '../../core/sql-tokens.js';

/** Tokens of each statement; empty ones are left out. */
export function statementsOf(sql: string): SqlToken[][] {
  const statements: SqlToken[][] = [[]];
  for (const token of sqlTokens(sql)) {
    if (token.kind === 'symbol' && token.text === ';') statements.push([]);
    else statements.at(-1)!.push(token);
  }
  return statements.filter((tokens) => tokens.length > 0);
}

const QUERIES = new Set(['SELECT', 'WITH', 'FROM', 'VALUES', 'TABLE', 'PIVOT', 'UNPIVOT', '(']);

/** True when a statement that begins with this token can be a query. */
export function beginsQuery(token: SqlToken): boolean {
  return QUERIES.has(token.text.toUpperCase());
}
