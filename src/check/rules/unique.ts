/** `unique: [a, b]`: no two rows have the same values in the columns. Two NULLs count as the same. */
import type { z } from 'zod';
import { columns } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName } from '../sql.js';

export const unique: CheckRule<z.infer<typeof columns>> = {
  name: 'unique',
  schema: columns.describe('Columns whose values together must differ between any two rows.'),
  describe: (list) => `unique(${list.join(', ')})`,
  compile: (list) => {
    const names = list.map(quoteName).join(', ');
    return {
      measure: {
        columns: list,
        sql: `SELECT coalesce(sum(n), 0) AS bad, count(*) AS groups FROM (SELECT count(*) AS n FROM output GROUP BY ${names} HAVING count(*) > 1)`,
        samples: [
          {
            when: 'bad',
            sql: `SELECT ${names}, count(*) AS rows FROM output GROUP BY ${names} HAVING count(*) > 1 ORDER BY rows DESC, ${names}`,
          },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} share ${count(Number(row['groups']), 'value')} of (${list.join(', ')})`,
      }),
    };
  },
};
