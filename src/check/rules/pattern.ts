/** `pattern: { column, regex }`: every value that is not NULL matches the whole of a regular expression (RE2 syntax). */
import { z } from 'zod';
import { column } from '../options.js';
import { regexProblem } from '../regex-problem.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName, quoteText } from '../sql.js';

const options = z.strictObject({
  column,
  regex: z
    .string()
    .min(1)
    .superRefine((regex, context) => {
      const wrong = regexProblem(regex);
      if (wrong !== null) context.addIssue(wrong);
    })
    .describe('RE2 syntax; it must match the whole value.'),
});

export const pattern: CheckRule<z.infer<typeof options>> = {
  name: 'pattern',
  schema: options.describe('A regular expression for the values of a column; NULL is not judged.'),
  describe: (o) => `pattern(${o.column})`,
  compile: (o) => {
    const name = quoteName(o.column);
    const other = `${name} IS NOT NULL AND NOT regexp_full_match(${name}::VARCHAR, ${quoteText(o.regex)})`;
    return {
      measure: {
        columns: [o.column],
        aggregates: { bad: `count(*) FILTER (WHERE ${other})` },
        samples: [
          {
            when: 'bad',
            sql: `SELECT ${name}, count(*) AS rows FROM output WHERE ${other} GROUP BY ${name} ORDER BY rows DESC, ${name}`,
          },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} do not match ${o.regex}`,
      }),
    };
  },
};
