/** `range: { column, min, max }`: every value that is not NULL lies within the bounds, both included. NaN lies in no range. */
import { z } from 'zod';
import { bound, column } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, literal, quoteName } from '../sql.js';

const options = z
  .strictObject({
    column,
    min: bound.optional().describe('Smallest value, included.'),
    max: bound.optional().describe('Largest value, included.'),
  })
  .refine((o) => o.min !== undefined || o.max !== undefined, 'give min, max or both')
  .refine(({ min, max }) => !isMore(min, max), {
    path: ['min'],
    message: 'min is larger than max: no value can pass',
  });

/** Of numbers, and of dates or instants as ISO text; how other text compares is the column's type to say. */
function isMore(min: unknown, max: unknown): boolean {
  if (typeof min === 'number' && typeof max === 'number') return min > max;
  return [min, max].every((end) => /^\d{4}-\d\d-\d\d/.test(String(end))) && day(min) > day(max);
}

/** Instants of one day may differ in zone. */
function day(bound: unknown): string {
  return String(bound).slice(0, 10);
}

export const range: CheckRule<z.infer<typeof options>> = {
  name: 'range',
  schema: options.describe('Bounds for the values of a column; NULL is not judged.'),
  describe: (o) => `range(${o.column})`,
  compile: (o) => {
    const name = quoteName(o.column);
    const tests = [
      ...(o.min === undefined ? [] : [`${name} < ${literal(o.min)}`]),
      ...(o.max === undefined ? [] : [`${name} > ${literal(o.max)}`]),
      `isnan(TRY_CAST(${name} AS DOUBLE))`,
    ];
    const outside = `coalesce(${tests.join(' OR ')}, false)`;
    return {
      measure: {
        columns: [o.column],
        aggregates: {
          bad: `count(*) FILTER (WHERE ${outside})`,
          low: `min(${name})::VARCHAR`,
          high: `max(${name})::VARCHAR`,
        },
        samples: [{ when: 'bad', sql: `SELECT * FROM output WHERE ${outside}` }],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['bad']), 'row')} outside ${o.min ?? ''}..${o.max ?? ''}; values reach from ${String(row['low'])} to ${String(row['high'])}`,
      }),
    };
  },
};
