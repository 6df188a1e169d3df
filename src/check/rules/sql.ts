/** `sql`: a SELECT over `output` and the inputs that returns the bad rows; it passes when there are none. */
import { z } from 'zod';
import { queryProblem, trimStatement } from '../../core/sql-tokens.js';
import type { CheckRule } from '../rule.js';
import { count } from '../sql.js';

const name = z.string().min(1);
const text = z
  .string()
  .min(1)
  .superRefine((query, context) => {
    const wrong = queryProblem(query);
    if (wrong !== null) context.addIssue(`${wrong}; write one SELECT that returns the bad rows`);
  });
const options = z.union([
  text.transform((query) => ({ name: null as string | null, query })),
  z.strictObject({ name, query: text }),
]);

export const sql: CheckRule<z.infer<typeof options>> = {
  name: 'sql',
  schema: options.describe(
    'A SELECT that returns the bad rows; or `{ name, query }` to give the check a name.',
  ),
  describe: (o) => `sql(${o.name ?? o.query.trim().replace(/\s+/g, ' ').slice(0, 60)})`,
  compile: (o) => {
    const query = trimStatement(o.query);
    return {
      measure: { sql: `SELECT count(*) AS bad FROM (\n${query}\n)`, samples: [{ when: 'bad', sql: query }] },
      judge: (row) => ({ failures: Number(row['bad']), message: count(Number(row['bad']), 'bad row') }),
    };
  },
};
