/** `sameRows: input`: output and input are equal as multisets of rows. For migrations: nothing lost, added or changed. */
import { z } from 'zod';
import { unknownInput } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName } from '../sql.js';

const options = z.string().min(1);

export const sameRows: CheckRule<z.infer<typeof options>> = {
  name: 'sameRows',
  schema: options.describe('Name of the input whose rows must all be in the output, and no others.'),
  describe: (input) => `sameRows(${input})`,
  misfit: unknownInput,
  compile: (input) => {
    const name = quoteName(input);
    const lost = `SELECT * FROM ${name} EXCEPT ALL SELECT * FROM output`;
    const added = `SELECT * FROM output EXCEPT ALL SELECT * FROM ${name}`;
    return {
      measure: {
        sql: `SELECT lost + added AS bad, lost, added FROM (SELECT count(*) AS lost FROM (${lost})), (SELECT count(*) AS added FROM (${added}))`,
        samples: [
          { when: 'lost', sql: lost },
          { when: 'added', sql: added },
        ],
      },
      judge: (row) => ({
        failures: Number(row['bad']),
        message: `${count(Number(row['lost']), 'row')} of ${input} not in the output, ${count(Number(row['added']), 'row')} not from it`,
      }),
    };
  },
};
