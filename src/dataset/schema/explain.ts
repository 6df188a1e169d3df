/** Issues of zod in the words of lakefill: which path, key or value, what is wrong, what is allowed. */
import { z } from 'zod';
import type { Reporter } from '../reporter.js';
import type { Path } from '../yaml/source.js';
import { notBuilt } from './not-built.js';
import { knownKeys } from './strict.js';

type Issue = z.core.$ZodIssue;
type Step = string | number;

export interface ExplainOptions {
  /** Where the parsed value stands in the definition. */
  readonly base: Path;
  /** The value that was parsed. */
  readonly value: unknown;
  /** True for `defaults`: what is missing there, a dataset may give. */
  readonly partial?: boolean;
  /** What the value was parsed with, where its objects may not be `strict` ones: gives the known keys. */
  readonly schema?: z.ZodType;
}

/** Reports each issue at its place. */
export function explain(issues: readonly Issue[], reporter: Reporter, options: ExplainOptions): void {
  const flat = issues.flatMap((issue) => unfold(issue, options.value));
  const unbuilt = flat.filter((issue) => isUnbuilt(issue, options.base)).map((issue) => showKey(issue.path));
  const misspelt = flat.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => showKey(path));
  for (const issue of flat) {
    const missing = isMissing(issue, options.value);
    if (missing && (options.partial || unbuilt.includes(showKey(issue.path.slice(0, -1))))) continue;
    // A rule over all keys says nothing new of an object with a misspelt one.
    if (issue.code === 'custom' && misspelt.includes(showKey(issue.path))) continue;
    report(issue, missing, reporter, options);
  }
}

function report(issue: Issue, missing: boolean, reporter: Reporter, options: ExplainOptions): void {
  const { base, value } = options;
  const path = [...base, ...(issue.path as Step[])];
  const given = valueAt(value, issue.path);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, reporter, options.schema);
  if (missing) return reporter.at(path.slice(0, -1), `'${String(path.at(-1))}' is missing`, { atKey: true });
  if (issue.code === 'invalid_value') {
    const unbuilt = notBuilt(path, String(given));
    if (unbuilt !== null) return reporter.at(path, unbuilt);
    const allowed = issue.values.map(String);
    const shown = reporter.written(path) ?? typeName(given);
    return reporter.at(path, `unknown value '${shown}'`, { allowed, word: String(given) });
  }
  return reporter.at(path, messageOf(issue, given), { atKey: issue.code === 'invalid_key' });
}

function unknownKeys(
  issue: Extract<Issue, { code: 'unrecognized_keys' }>,
  path: Path,
  reporter: Reporter,
  schema: z.ZodType | undefined,
): void {
  const keys = knownKeys(issue.message);
  const allowed = keys.length === 0 && issue.path.length === 0 ? topKeys(schema) : keys;
  for (const key of issue.keys) {
    const unbuilt = notBuilt([...path, key]);
    if (unbuilt !== null) reporter.at([...path, key], unbuilt, { atKey: true });
    else {
      const details = { allowed, word: key };
      reporter.unknownKey(path, key, `unknown key '${key}'`, details);
    }
  }
}

/** Keys of an object schema; none for any other. */
function topKeys(schema: z.ZodType | undefined): string[] {
  if (schema === undefined) return [];
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties ?? {});
}

function messageOf(issue: Issue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return `expected ${expectedOf(issue)}, got ${typeName(given)}${remedy(issue, given)}`;
    case 'too_small':
      return emptyOr(issue.origin, issue.minimum, `must be at least ${issue.minimum}`);
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function emptyOr(origin: string, minimum: number | bigint, otherwise: string): string {
  return ['string', 'array', 'set'].includes(origin) && Number(minimum) === 1
    ? 'must not be empty'
    : otherwise;
}

const WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function expectedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return WORDS[issue.expected] ?? issue.expected;
  if (issue.code !== 'invalid_union') return 'another value';
  const each = issue.errors.flatMap((branch) => (branch[0] ? [expectedOf(branch[0])] : []));
  return [...new Set(each)].join(' or ');
}

function remedy(issue: Issue, given: unknown): string {
  if (!expectedOf(issue).includes('text')) return '';
  if (typeof given === 'number' || typeof given === 'boolean') return `; quote it: '${given}'`;
  const braces = isMapping(given) && Object.values(given).every((value) => value === null);
  return braces && Object.keys(given).length > 0 ? '; a template that begins with { must be quoted' : '';
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing (remove the key or give a value)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `the ${typeof value} ${String(value)}`;
}

/** A union's issue becomes those of the alternative that fits the value best; itself when none fits its type. */
function unfold(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== 'invalid_union' || valueAt(value, issue.path) === undefined) return [issue];
  const fitting = issue.errors
    .filter((branch) => !isMisfit(branch))
    .sort((a, b) => distance(a) - distance(b) || a.length - b.length)[0];
  if (fitting === undefined) return [issue];
  return fitting.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }, value));
}

/** True when the value as a whole is of another type than the alternative. */
function isMisfit(branch: readonly Issue[]): boolean {
  return branch.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.every(isMisfit))),
  );
}

/** Keys by which a value differs from an alternative. */
function distance(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    return sum + (issue.code === 'invalid_type' && issue.message.endsWith('undefined') ? 1 : 0);
  }, 0);
}

function isMissing(issue: Issue, value: unknown): boolean {
  return (
    issue.path.length > 0 && issue.code !== 'unrecognized_keys' && valueAt(value, issue.path) === undefined
  );
}

function isUnbuilt(issue: Issue, base: Path): boolean {
  if (issue.code !== 'unrecognized_keys') return false;
  return issue.keys.some((key) => notBuilt([...base, ...(issue.path as Step[]), key]) !== null);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      inner !== null && typeof inner === 'object' ? (inner as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function showKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path);
}
