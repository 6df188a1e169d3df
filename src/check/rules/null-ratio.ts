/** `nullRatio: { column, max }`: at most this share of the rows has NULL in the column. */
import { z } from 'zod';
import { column } from '../options.js';
import type { CheckRule } from '../rule.js';
import { quoteName } from '../sql.js';

const options = z.strictObject({
  column,
  max: z.number().min(0).max(1).describe('Largest share of rows with NULL, 0 to 1, included.'),
});

export const nullRatio: CheckRule<z.infer<typeof options>> = {
  name: 'nullRatio',
  schema: options.describe('Largest share of NULL in a column.'),
  describe: (o) => `nullRatio(${o.column})`,
  compile: (o) => {
    return {
      measure: { columns: [o.column], aggregates: { bad: `count(*) - count(${quoteName(o.column)})` } },
      judge: (row, { rows }) => {
        const ratio = rows === 0 ? 0 : Number(row['bad']) / rows;
        return ratio <= o.max
          ? { failures: 0 }
          : {
              failures: Number(row['bad']),
              message: `${(ratio * 100).toFixed(2)} % of the rows have ${o.column} NULL, at most ${o.max * 100} % wanted`,
            };
      },
    };
  },
};
