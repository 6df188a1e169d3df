/** `freshness: { column, max }`: the newest value is at most so old when the partition ends, or now if that is earlier. */
import { z } from 'zod';
import { formatDuration, parseDuration } from '../../core/duration.js';
import { formatInstant } from '../../core/instant.js';
import { column } from '../options.js';
import type { CheckRule } from '../rule.js';
import { quoteName } from '../sql.js';

const options = z.strictObject({
  column: column.describe(
    'Column of type TIMESTAMP or DATE; readings without a zone are of the partition’s zone.',
  ),
  max: z
    .string()
    .refine((text) => parseDuration(text) !== null, 'expected a duration such as 90m, 6h or 2d')
    .transform((text) => parseDuration(text) ?? 0)
    .describe('Largest age of the newest value, included, such as `6h`.'),
});

export const freshness: CheckRule<z.infer<typeof options>> = {
  name: 'freshness',
  schema: options.describe('Largest age of the newest value of a column.'),
  describe: (o) => `freshness(${o.column})`,
  compile: (o) => ({
    measure: {
      columns: [o.column],
      aggregates: { newest: `epoch_ms(CAST(max(${quoteName(o.column)}) AS TIMESTAMP WITH TIME ZONE))` },
    },
    judge: (row, { until }) => {
      if (until === undefined) return { skipped: 'it is not known until when data could exist' };
      if (row['newest'] === null) return { failures: 1, message: `${o.column} is NULL in every row` };
      const newest = Number(row['newest']);
      if (until - newest <= o.max) return { failures: 0 };
      const age = formatDuration(Math.round((until - newest) / 1000) * 1000);
      return {
        failures: 1,
        message: `the newest ${o.column} is ${formatInstant(newest)}, ${age} before ${formatInstant(until)}; at most ${formatDuration(o.max)} wanted`,
      };
    },
  }),
};
