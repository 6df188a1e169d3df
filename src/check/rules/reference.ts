/** `reference: { column, input, key }`: every value that is not NULL occurs in a column of an input. */
import { z } from 'zod';
import { column, unknownInput } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName } from '../sql.js';

const options = z.strictObject({
  column,
  input: z.string().min(1).describe('Name of the input that holds the known values.'),
  key: column.optional().describe('Its column; default: the same name.'),
});

export const reference: CheckRule<z.infer<typeof options>> = {
  name: 'reference',
  schema: options.describe('Values of a column must occur in an input; NULL is not judged.'),
  describe: (o) => `reference(${o.column}, ${o.input})`,
  misfit: (o, inputs) => unknownInput(o.input, inputs),
  compile: (o) => {
    const name = quoteName(o.column);
    const unknown = `FROM output o WHERE o.${name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${quoteName(o.input)} i WHERE i.${quoteName(o.key ?? o.column)} = o.${name})`;
    return {
      measure: {
        columns: [o.column],
        sql: `SELECT count(*) AS bad ${unknown}`,
        samples: [
          {
            when: 'bad',
            sql: `SELECT o.${name}, count(*) AS rows ${unknown} GROUP BY o.${name} ORDER BY rows DESC, o.${name}`,
          },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} with a value that ${o.input} does not have`,
      }),
    };
  },
};
