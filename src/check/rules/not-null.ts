/** `notNull: [a, b]`: no row has NULL in any of the columns. A failure is a NULL: a row may hold several. */
import type { z } from 'zod';
import { columns } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName } from '../sql.js';

export const notNull: CheckRule<z.infer<typeof columns>> = {
  name: 'notNull',
  schema: columns.describe('Columns that must not be NULL in any row.'),
  describe: (list) => `notNull(${list.join(', ')})`,
  compile: (list) => {
    const isNull = list.map((name) => `${quoteName(name)} IS NULL`).join(' OR ');
    // count(column) is answered from the statistics of files that hold no NULL; a filter would read the column.
    const nulls = list.map((name) => `count(*) - count(${quoteName(name)})`);
    return {
      measure: {
        columns: list,
        aggregates: { bad: nulls.join(' + '), ...Object.fromEntries(nulls.map((sql, i) => [`c${i}`, sql])) },
        samples: [{ when: 'bad', sql: `SELECT * FROM output WHERE ${isNull}` }],
      },
      judge: (row) => {
        const found = list
          .map((name, i) => ({ name, nulls: Number(row[`c${i}`]) }))
          .filter(({ nulls }) => nulls > 0);
        return {
          failures: Number(row['bad']),
          message: found.map(({ name, nulls }) => `${count(nulls, 'row')} with ${name} NULL`).join(', '),
        };
      },
    };
  },
};
