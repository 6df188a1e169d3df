/** Schemas that several rules share. */
import { z } from 'zod';

export const column = z.string().min(1).describe('Name of an output column.');

/** One column or a list of columns, as a list. */
export const columns = z
  .union([column, z.array(column).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .refine((list) => new Set(list).size === list.length, 'a column is named twice');

const ratio = z.number().nonnegative();

/** A share or a range of shares of another count: `0.9` at least, `[0.9, 1.1]` between, both included. */
export const share = z.union([
  ratio.transform((min) => ({ min, max: Infinity })),
  z
    .tuple([ratio, ratio])
    .refine(([min, max]) => min <= max, 'the first share is the larger one; write [least, most]')
    .transform(([min, max]) => ({ min, max })),
]);

/** What is wrong with naming this input in a definition with these; null when it is one of them. */
export function unknownInput(name: string, inputs: readonly string[]): string | null {
  return inputs.includes(name) ? null : `there is no input '${name}'; name one of: ${inputs.join(', ')}`;
}

/** A bound that is compared with a column: a number, or a date or text as written. */
export const bound = z.union([z.number(), z.string()]);
