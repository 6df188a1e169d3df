/** `sum: { column, vsInput, tolerance }`: the sum over the output agrees with the sum over an input. NULL counts as nothing. */
import { z } from 'zod';
import { column, unknownInput } from '../options.js';
import type { CheckRule } from '../rule.js';
import { quoteName } from '../sql.js';

const options = z.strictObject({
  column,
  vsInput: z
    .union([
      z
        .string()
        .min(1)
        .transform((input) => ({ input, column: undefined as string | undefined })),
      z.strictObject({ input: z.string().min(1), column: column.optional() }),
    ])
    .describe('Name of the input; `{ input, column }` where its column has another name.'),
  tolerance: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Largest difference as a share of the input's sum, included. Default 0."),
});

export const sum: CheckRule<z.infer<typeof options>> = {
  name: 'sum',
  schema: options.describe('The sum of a column must agree with that of an input.'),
  describe: (o) => `sum(${o.column}, ${o.vsInput.input})`,
  misfit: (o, inputs) => unknownInput(o.vsInput.input, inputs),
  compile: (o) => {
    const own = `(SELECT coalesce(sum(${quoteName(o.column)}), 0) FROM output)`;
    const theirs = `(SELECT coalesce(sum(${quoteName(o.vsInput.column ?? o.column)}), 0) FROM ${quoteName(o.vsInput.input)})`;
    return {
      measure: {
        columns: [o.column],
        sql: `SELECT CAST(own AS VARCHAR) AS own, CAST(theirs AS VARCHAR) AS theirs, abs(own - theirs) <= ${o.tolerance} * abs(theirs) AS agree FROM (SELECT ${own} AS own, ${theirs} AS theirs)`,
      },
      judge: (row) =>
        row['agree'] === true
          ? { failures: 0 }
          : {
              failures: 1,
              message: `the sum of ${o.column} is ${String(row['own'])}, of ${o.vsInput.input} it is ${String(row['theirs'])}`,
            },
    };
  },
};
