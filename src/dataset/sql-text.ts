/** SQL as text: what remains of it when formatting is left out. */
import { sqlTokens } from '../core/sql-tokens.js';

export type { SqlToken } from '../core/sql-tokens.js';
export { sqlTokens } from '../core/sql-tokens.js';

/** The SQL without comments, space and closing semicolons: equal for texts that differ in formatting only. Case is kept. */
export function normaliseSql(sql: string): string {
  const texts = sqlTokens(sql).map((token) => token.text);
  while (texts.at(-1) === ';') texts.pop();
  return texts.join(' ');
}
