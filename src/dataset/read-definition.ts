/**
 * A definition's raw values validated key by key, so that a mistake in one key hides none in the others.
 * What the values mean together is resolve/.
 */
import type { z } from 'zod';
import { isMapping } from './merge.js';
import type { Reporter } from './reporter.js';
import { DEFINITION_KEYS, definitionShape } from './schema/definition.js';
import type { DefinitionValues } from './schema/definition.js';
import { explain } from './schema/explain.js';
import { input } from './schema/inputs.js';
import type { InputDefinition } from './schema/inputs.js';
import { notBuilt } from './schema/not-built.js';
import { variable } from './schema/partition.js';
import type { VariableDefinition } from './schema/partition.js';
import { identifier } from './schema/scalars.js';

export interface ReadDefinition {
  /** Keys that are given and right; a key that is wrong or not given is left out. */
  readonly values: Partial<Omit<DefinitionValues, 'partition' | 'inputs'>>;
  /** Null when a variable is wrong; empty without `partition`. */
  readonly partition: ReadonlyMap<string, VariableDefinition> | null;
  /** The inputs that are right. */
  readonly inputs: ReadonlyMap<string, InputDefinition>;
}

/** Keys that are validated as a whole; `partition` and `inputs` are validated entry by entry. */
const WHOLE_KEYS = Object.fromEntries(
  Object.entries(definitionShape).filter(([key]) => key !== 'partition' && key !== 'inputs'),
);

/** Validates everything but `checks`. With `partial`, nothing is missed: for `defaults`. */
export function readDefinition(raw: unknown, reporter: Reporter, partial = false): ReadDefinition {
  if (!isMapping(raw)) {
    reporter.at(
      [],
      raw === undefined || raw === null ? 'the definition is empty' : 'expected a mapping of keys',
    );
    return { values: {}, partition: null, inputs: new Map() };
  }
  reportUnknown(raw, DEFINITION_KEYS, reporter);
  if (raw['target'] === undefined && !partial) reporter.at([], "'target' is missing");
  const values = readValues(raw, WHOLE_KEYS, reporter, partial);
  const partition = readEntries(raw, 'partition', variable, reporter, partial);
  return {
    values: values as ReadDefinition['values'],
    partition: partition.complete ? partition.entries : null,
    inputs: readEntries(raw, 'inputs', input, reporter, partial).entries,
  };
}

/** Reports each key that is not in the list. */
export function reportUnknown(
  raw: Readonly<Record<string, unknown>>,
  known: readonly string[],
  reporter: Reporter,
): void {
  for (const key of Object.keys(raw).filter((name) => !known.includes(name))) {
    const unbuilt = notBuilt([key]);
    if (unbuilt !== null) reporter.at([key], unbuilt, { atKey: true });
    else reporter.unknownKey([], key, `unknown key '${key}'`, { allowed: known, word: key });
  }
}

/** The keys of the shape that are given and right; each other given one is reported. */
export function readValues(
  raw: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, z.ZodType>>,
  reporter: Reporter,
  partial = false,
): Record<string, unknown> {
  const right = Object.entries(shape).flatMap(([key, schema]): [string, unknown][] => {
    const value = raw[key];
    if (value === undefined) return [];
    const parsed = schema.safeParse(value);
    if (parsed.success) return [[key, parsed.data]];
    explain(parsed.error.issues, reporter, { base: [key], value, partial });
    return [];
  });
  return Object.fromEntries(right);
}

function readEntries<T>(
  raw: Readonly<Record<string, unknown>>,
  key: string,
  schema: z.ZodType<T>,
  reporter: Reporter,
  partial: boolean,
): { readonly entries: ReadonlyMap<string, T>; readonly complete: boolean } {
  const given = raw[key];
  const entries = new Map<string, T>();
  if (given === undefined) return { entries, complete: true };
  const before = reporter.count;
  if (!isMapping(given)) reporter.at([key], 'expected a mapping of names', { atKey: true });
  for (const [name, value] of isMapping(given) ? Object.entries(given) : []) {
    const path = [key, name];
    const named = identifier.safeParse(name);
    if (!named.success) reporter.at(path, named.error.issues[0]?.message ?? 'is no name', { atKey: true });
    const parsed = schema.safeParse(value);
    if (parsed.success) entries.set(name, parsed.data);
    else explain(parsed.error.issues, reporter, { base: path, value, partial });
  }
  return { entries, complete: reporter.count === before };
}
