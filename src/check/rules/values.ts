/** `values: { column, in: [..] }`: every value that is not NULL is one of the list. */
import { z } from 'zod';
import { bound, column } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, literal, quoteName } from '../sql.js';

const options = z.strictObject({
  column,
  in: z
    .array(z.union([bound, z.boolean()]))
    .min(1)
    .describe('The values that may occur.'),
});

export const values: CheckRule<z.infer<typeof options>> = {
  name: 'values',
  schema: options.describe('The values that a column may have; NULL is not judged.'),
  describe: (o) => `values(${o.column})`,
  compile: (o) => {
    const name = quoteName(o.column);
    const outside = `${name} IS NOT NULL AND ${name} NOT IN (${o.in.map(literal).join(', ')})`;
    return {
      measure: {
        columns: [o.column],
        aggregates: { bad: `count(*) FILTER (WHERE ${outside})` },
        samples: [
          {
            when: 'bad',
            sql: `SELECT ${name}, count(*) AS rows FROM output WHERE ${outside} GROUP BY ${name} ORDER BY rows DESC, ${name}`,
          },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} with another value`,
      }),
    };
  },
};
