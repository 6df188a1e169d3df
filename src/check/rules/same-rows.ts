/**
 * `sameRows: input`: output and input are equal as multisets of rows. For migrations: nothing lost, added or changed.
 *
 * Columns are matched by name. Those of the paths, of the target's or of the input's, are left out: a migration may change
 * the layout, and that rows stand where they belong is checked by itself.
 */
import { z } from 'zod';
import { unknownInput } from '../options.js';
import type { CheckRule } from '../rule.js';
import { count, quoteName, quoteText } from '../sql.js';

const options = z.string().min(1);

export const sameRows: CheckRule<z.infer<typeof options>> = {
  name: 'sameRows',
  schema: options.describe('Name of the input whose rows must all be in the output, and no others.'),
  describe: (input) => `sameRows(${input})`,
  misfit: unknownInput,
  compile: (input, { pathColumns = [] }) => {
    const left = pathColumns.map((name) => quoteText(name.toLowerCase())).join(', ');
    const columns = left === '' ? '*' : `COLUMNS(c -> lower(c) NOT IN (${left}))`;
    const both = `SELECT 1 AS ${SIDE}, ${columns} FROM ${quoteName(input)} UNION ALL BY NAME SELECT -1 AS ${SIDE}, ${columns} FROM output`;
    const differing = `SELECT * EXCLUDE (${SIDE}), sum(${SIDE}) AS ${MORE} FROM (${both}) GROUP BY ALL HAVING sum(${SIDE}) <> 0`;
    const sample = (label: string, condition: string) =>
      `SELECT ${quoteText(label)} AS side, * EXCLUDE (${MORE}) FROM (${differing}) WHERE ${condition}`;
    return {
      measure: {
        sql: `SELECT coalesce(sum(${MORE}) FILTER (${MORE} > 0), 0) AS lost, coalesce(-sum(${MORE}) FILTER (${MORE} < 0), 0) AS added FROM (${differing})`,
        samples: [
          { when: 'lost', sql: sample('lost', `${MORE} > 0`) },
          { when: 'added', sql: sample('added', `${MORE} < 0`) },
        ],
      },
      judge: (row) => {
        const [lost, added] = [Number(row['lost']), Number(row['added'])];
        return {
          failures: lost + added,
          message: `${count(lost, 'row')} of ${input} not in the output, ${count(added, 'row')} not from it`,
        };
      },
    };
  },
};

/** Helper columns, under names that data does not have. */
const SIDE = '"lakefill side"';
const MORE = '"lakefill more in input"';
