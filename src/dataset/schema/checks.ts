/** `checks`: one rule per entry, from the list of rules that the loader is given. */
import { z } from 'zod';
import type { CheckPart } from '../../core/part.js';
import { strict } from './strict.js';

export const severity = z
  .enum(['error', 'warn'])
  .optional()
  .describe('`warn` reports a failure and publishes all the same. Default `error`.');

/** For editors and documents. The loader reads entries one by one (read-checks.ts), so that it can name the wrong key. */
export function checksSchema(parts: readonly CheckPart[]) {
  const entries = parts.map((part) =>
    strict({
      [part.name]: part.schema.describe(part.schema.description ?? `Check \`${part.name}\`.`),
      severity,
    }),
  );
  const entry = entries.length === 0 ? z.never() : z.union(entries);
  return z.array(entry).optional().describe('Rules that the output must pass before it is published.');
}
