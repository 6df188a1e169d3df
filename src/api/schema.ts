/** The JSON Schemas of what people write, for editors: `partitions/<dataset>.yaml` and `lakefill.yaml`. */
import { checkRules } from '../check/rules/index.js';
import { definitionJsonSchema, settingsJsonSchema } from '../dataset/schema/json-schema.js';

/** JSON Schema 2020-12 of a dataset's definition, or of the project file. */
export function definitionSchema(kind: 'dataset' | 'project'): Readonly<Record<string, unknown>> {
  return kind === 'dataset' ? definitionJsonSchema(checkRules) : settingsJsonSchema(checkRules);
}
