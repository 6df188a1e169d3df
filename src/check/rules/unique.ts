/** `unique: [a, b]`: no two rows have the same values in the columns. Two NULLs count as the same. A failure is a row beyond the first of its value. */
import type { z } from 'zod';
import { columns } from '../options.js';
import type { Aggregate } from '../../engine/transform-engine.js';
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
        aggregates: { bad: repeated(list) },
        samples: [
          {
            when: 'bad',
            sql: `SELECT ${names}, count(*) AS rows FROM output GROUP BY ${names} HAVING count(*) > 1 ORDER BY rows DESC, ${names}`,
          },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} ${Number(row['bad']) === 1 ? 'repeats' : 'repeat'} a value of (${list.join(', ')})`,
      }),
    };
  },
};

/** Rows beyond the first of each value. One aggregate, so that it shares the scan of the other rules. */
function repeated(list: readonly string[]): Aggregate {
  const [distinct] = list;
  if (distinct === undefined || list.length > 1)
    return `count(*) - count(DISTINCT (${list.map(quoteName).join(', ')}))`;
  const filled = `count(${quoteName(distinct)})`;
  return { distinct, before: `${filled} - `, after: ` + greatest(count(*) - ${filled} - 1, 0)` };
}
