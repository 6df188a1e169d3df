/** The JSON Schemas of the two kinds of file, for editors and the reference. */
import { z } from 'zod';
import type { CheckPart } from '../../core/part.js';
import { checksSchema } from './checks.js';
import { definitionShape } from './definition.js';
import { settingsShape } from './settings.js';
import { strict } from './strict.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Of `partitions/<dataset>.yaml`, JSON Schema 2020-12; `checkParts` are the rules that may stand under `checks`. */
export function definitionJsonSchema(checkParts: readonly CheckPart[]): JsonSchema {
  const schema = strict({ ...definitionShape, checks: checksSchema(checkParts) });
  return toJsonSchema('lakefill dataset', schema);
}

/** Of `lakefill.yaml`, JSON Schema 2020-12. */
export function settingsJsonSchema(checkParts: readonly CheckPart[] = []): JsonSchema {
  const defaults = strict({ ...definitionShape, checks: checksSchema(checkParts) })
    .partial()
    .optional()
    .describe(
      'Any key of a dataset: holds for every dataset that does not give it itself. Mappings are laid over each other key by key, `inputs` and `partition` too; lists and plain values replace.',
    );
  return toJsonSchema('lakefill project', strict({ ...settingsShape, defaults }));
}

function toJsonSchema(title: string, schema: z.ZodType): JsonSchema {
  return {
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' }),
    title,
  };
}
