/** `partition`: the variables of the key. */
import { z } from 'zod';
import { GRAINS } from '../../core/grain.js';
import { duration, identifier, text, writtenText } from './scalars.js';
import { strict } from './strict.js';

const column = text
  .optional()
  .describe(
    'Output column whose values must belong to the partition. Default: rows are not checked by a column.',
  );

export const timeVariable = strict({
  grain: z.enum(GRAINS).describe('Unit of partition time.'),
  start: writtenText.describe(
    'First partition, as wide as written (`2025` begins with January), or `90d`: rolls with now.',
  ),
  end: writtenText.optional().describe('Last partition, included. Default: open.'),
  timezone: text
    .optional()
    .describe('IANA zone in which units begin and end, such as `Europe/Berlin`. Default `UTC`.'),
  availableAfter: duration
    .optional()
    .describe('A partition is due this long after its interval ends. Default `0`.'),
  exclude: z
    .array(writtenText)
    .min(1)
    .optional()
    .describe('Partitions that are not expected: `sat`, `2025-12-25`, `2025-03-03..2025-03-04`.'),
  column,
});

export const valuesVariable = strict({
  values: z
    .array(
      z.union([
        writtenText,
        strict({
          value: writtenText.describe('The value, as written.'),
          start: writtenText
            .optional()
            .describe('First partition in time with this value. Default: the first.'),
          end: writtenText
            .optional()
            .describe('Last partition in time with this value, included. Default: the last.'),
        }),
      ]),
    )
    .min(1)
    .describe('The values, as written (`01` stays `01`): texts, or objects that say from when to when.'),
  column,
});

export const fromVariable = strict({
  from: identifier.describe(
    'Input whose listing gives the values: the combinations that stand there, not their product. Its template must hold the variable.',
  ),
  column,
});

export const variable = z
  .union([timeVariable, valuesVariable, fromVariable])
  .describe(
    'A variable of time (`grain`, `start`), a list of `values`, or values found in an input (`from`).',
  );

export const partition = z
  .record(identifier, variable)
  .describe(
    'The variables of the key by name; at most one of time. Without `partition` there is one key, `all`.',
  );

export type TimeDefinition = z.output<typeof timeVariable>;
export type ValuesDefinition = z.output<typeof valuesVariable>;
export type FromDefinition = z.output<typeof fromVariable>;
export type VariableDefinition = z.output<typeof variable>;
