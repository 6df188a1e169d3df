import { createRequire } from 'node:module';
import type * as Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { definitionJsonSchema, settingsJsonSchema } from '../../src/dataset/schema/json-schema.js';
import { OPTIONS_OF_FORMAT } from '../../src/dataset/schema/reader-options.js';
import { readerOptions } from '../../src/engine/duckdb/reader-options.js';
import { s3OptionsSchema } from '../../src/store/s3/options.js';
import { checkParts } from './project.js';

const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv;
const compile = (schema: object) => new Ajv2020({ strict: false, formats: { uri: true } }).compile(schema);

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Paths of keys without a description. */
function undescribed(node: Node, path: string): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
    ...(value.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
  const { additionalProperties: more, items, anyOf = [] } = node;
  const inner = [...(typeof more === 'object' ? [more] : []), ...(items ? [items] : []), ...anyOf];
  return [...own, ...inner.flatMap((each) => undescribed(each, `${path}[]`))];
}

describe('JSON Schemas', () => {
  const definition = definitionJsonSchema(checkParts);
  const settings = settingsJsonSchema(checkParts);

  it('describe every key but those inside the options of checks', () => {
    const missing = [...undescribed(definition, ''), ...undescribed(settings, '')];
    expect(missing.filter((path) => !path.includes('.rowCount.'))).toEqual([]);
  });

  it('take what the loader takes and refuse what it refuses', () => {
    const valid = compile(definition);
    const yaml = `target: { url: "s3://lake/dt={dt}/", maxFileBytes: 1GB }
partition: { dt: { grain: day, start: 2025 }, r: { values: [a, 01, { value: 02, start: 2025 }] } }
inputs: { raw: "s3://lake/raw/*.parquet", up: { dataset: other }, csv: { url: x/*.csv, options: { columns: { a: INTEGER } } } }
checks: [{ notNull: [id], severity: warn }, { rowCount: { min: 1 } }]
rollback: { keep: 0 }
`;
    expect(valid(parse(yaml)), JSON.stringify(valid.errors)).toBe(true);
    for (const wrong of [
      'check: []',
      'checks: [{ uniq: [a] }]',
      'stale: { smallFiles: { files: 3 } }',
      'owner: 5',
    ]) {
      expect(valid(parse(`target: s3://lake/\n${wrong}\n`)), wrong).toBe(false);
    }
    expect(valid({})).toBe(false);
    const project = compile(settings);
    expect(project(parse('defaults: { owner: me }\nmemory: 4GiB\n'))).toBe(true);
    expect(project(parse('defaults: { owners: me }\n'))).toBe(false);
  });

  it('name the same options as the readers and the store take', () => {
    for (const format of ['parquet', 'csv', 'json', 'ndjson'] as const) {
      expect([...OPTIONS_OF_FORMAT[format]].sort()).toEqual(readerOptions(format).sort());
    }
    const stores = (settings as Node).properties?.['stores']?.additionalProperties as Node;
    expect(Object.keys(stores.properties ?? {}).sort()).toEqual(Object.keys(s3OptionsSchema.shape).sort());
  });
});
