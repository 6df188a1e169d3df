/**
 * The documents' JSON Schemas, closed: published ones allow members that are added later, but what this version
 * writes must be in them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

type Json = Record<string, unknown>;

const FOLDER = new URL('../../../docs/schemas/', import.meta.url);
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
ajv.addFormat('date-time', DATE_TIME);
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json')))
  ajv.addSchema(close(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))) as Json, file);

/** Fails with every difference between the value and `docs/schemas/<name>.json`. */
export function expectValid(name: string, value: unknown): void {
  const validate = ajv.getSchema(`${name}.json`);
  if (validate === undefined) throw new Error(`docs/schemas/${name}.json does not exist`);
  void validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

/** Every object that lists its members takes no others. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, close(value)]));
  return 'properties' in closed && !('additionalProperties' in closed)
    ? { ...closed, additionalProperties: false }
    : closed;
}
