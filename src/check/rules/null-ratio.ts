/** `nullRatio: { column, max, vsCurrent }`: the share of the rows that has NULL in the column, by itself and against what stood there. */
import { z } from 'zod';
import { column } from '../options.js';
import type { CheckRule, JudgeFacts } from '../rule.js';
import { quoteName } from '../sql.js';

const share = z.number().min(0).max(1);
const options = z
  .strictObject({
    column,
    max: share.optional().describe('Largest share of rows with NULL, 0 to 1, included.'),
    vsCurrent: share
      .optional()
      .describe(
        'How much larger that share may be than in the files that readers find now, included: `0.01` is one row in a hundred more.',
      ),
  })
  .refine((o) => o.max !== undefined || o.vsCurrent !== undefined, 'give at least one of max, vsCurrent');

type Options = z.infer<typeof options>;

export const nullRatio: CheckRule<Options> = {
  name: 'nullRatio',
  schema: options.describe('Largest share of NULL in a column.'),
  describe: (o) => `nullRatio(${o.column})`,
  compile: (o) => ({
    measure: { columns: [o.column], aggregates: { bad: `count(*) - count(${quoteName(o.column)})` } },
    comparesNulls: o.vsCurrent !== undefined,
    judge: (row, facts) => {
      const bad = Number(row['bad']);
      const ratio = facts.rows === 0 ? 0 : bad / facts.rows;
      const now = ratioNow(o, facts);
      const wanted = [
        ...(o.max !== undefined && ratio > o.max ? [`at most ${percent(o.max)} wanted`] : []),
        ...(o.vsCurrent !== undefined && typeof now === 'number' && ratio > now + o.vsCurrent
          ? [
              `${percent(now)} of those that readers find now, at most ${Number((o.vsCurrent * 100).toFixed(2))} percentage points more wanted`,
            ]
          : []),
      ];
      if (wanted.length > 0)
        return {
          failures: bad,
          message: `${percent(ratio)} of the rows have ${o.column} NULL, ${wanted.join('; ')}`,
        };
      return { failures: 0, ...(typeof now === 'string' ? { skipped: now } : {}) };
    },
  }),
};

/** The share in what readers find now; in words why it is not known; null when nobody asks. */
function ratioNow({ column, vsCurrent }: Options, { current }: JudgeFacts): number | string | null {
  if (vsCurrent === undefined) return null;
  if (current === null) return 'nothing stands there to compare with';
  const ratio = current.nullRatios.get(column.toLowerCase());
  return ratio ?? `how often ${column} is NULL in what stands there is not known`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} %`;
}
