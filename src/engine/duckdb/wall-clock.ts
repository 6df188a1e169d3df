/**
 * Parameters that are compared with columns without a time zone, bound as readings of the wall clock.
 *
 * `ts >= $partition_start` casts every row of a TIMESTAMP column to an instant, which costs as much as writing the row and
 * keeps DuckDB from skipping row groups. Bound as TIMESTAMP, the comparison is a plain one. That says the same only where
 * the zone maps the bound to a reading and back, and where nothing else is done with the parameter; so it is done for a
 * parameter that the SQL uses in nothing but comparisons (also BETWEEN) with columns that are TIMESTAMP or DATE in every
 * input that has them and that no part of the SQL can make anew under the same name, and at times when the zone's offset
 * is steady.
 */
import type { Column, TransformJob } from '../transform-engine.js';
import type { Json, JsonObject } from './canonical-tree.js';
import { isObject, visit } from './canonical-tree.js';
import type { Parameter, Parameters } from './parameters.js';
import type { Session } from './session.js';
import { instant, text } from './literal.js';

/** The job's parameters, with those instants as wall clock readings that may be. `tree` is the SQL as DuckDB parsed it. */
export async function withWallClock(
  session: Session,
  job: TransformJob,
  tree: Json | null,
  inputs: readonly (readonly Column[])[],
): Promise<Parameters> {
  if (tree === null) return job.parameters;
  const columns = new Set(inputs.flat().map(({ name }) => name.toLowerCase()));
  const candidates = plainComparisons(tree, zonelessColumns(inputs), columns);
  const instants = Object.entries(job.parameters).flatMap(([key, { type, value }]) =>
    type === 'instant' && value !== null && candidates.has(key.toLowerCase()) ? [{ key, at: value }] : [],
  );
  if (instants.length === 0) return job.parameters;
  const readings = await readingsOf(
    session,
    instants.map(({ at }) => at),
    job.timezone,
  );
  const bound: Record<string, Parameter> = { ...job.parameters };
  for (const [i, { key }] of instants.entries()) {
    const value = readings[i] ?? null;
    if (value !== null) bound[key] = { type: 'wall', value };
  }
  return bound;
}

/** Names (lower case) that are TIMESTAMP or DATE in every input that has them. */
function zonelessColumns(inputs: readonly (readonly Column[])[]): Set<string> {
  const columns = inputs.flat();
  const zoned = columns.filter(({ type }) => !/^(TIMESTAMP(_S|_MS|_NS)?|DATE)$/.test(type));
  const others = new Set(zoned.map(({ name }) => name.toLowerCase()));
  return new Set(columns.map(({ name }) => name.toLowerCase()).filter((name) => !others.has(name)));
}

/** Parameters (lower case) all of whose uses are comparisons with these columns. */
export function plainComparisons(
  tree: Json,
  zoneless: ReadonlySet<string>,
  columns: ReadonlySet<string>,
): Set<string> {
  if (hidesColumns(tree, columns)) return new Set();
  const made = namesMade(tree);
  const isZoneless = (node: Json | undefined) => {
    const [name, qualifier, ...rest] = columnNames(node).reverse();
    if (name === undefined || rest.length > 0) return false;
    // `a.b` may be a field of a struct.
    if (qualifier !== undefined && (columns.has(qualifier) || made.columns.has(qualifier))) return false;
    return zoneless.has(name) && !made.columns.has(name) && !made.others.has(name);
  };
  const all = new Map<string, number>();
  const plain = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  visit(tree, (node) => {
    const parameter = parameterName(node);
    if (parameter !== null) add(all, parameter);
    for (const [side, other] of comparedPairs(node)) {
      const key = parameterName(side);
      if (key !== null && isZoneless(other)) add(plain, key);
    }
  });
  return new Set([...plain].filter(([key, uses]) => all.get(key) === uses).map(([key]) => key));
}

const MAKES_COLUMNS = new Set([
  'TABLE_FUNCTION',
  'PIVOT',
  'SHOW_REF',
  'SET_OPERATION_NODE',
  'RECURSIVE_CTE_NODE',
]);

/** True when columns may come into being, or change their type, without their name standing in the SQL. */
function hidesColumns(tree: Json, columns: ReadonlySet<string>): boolean {
  const made = namesMade(tree).columns;
  let hides = false;
  visit(tree, (node) => {
    const relation = String(node['relation_name'] ?? '').toLowerCase();
    const ofStruct = node['class'] === 'STAR' && (columns.has(relation) || made.has(relation));
    const unnests = String(node['function_name'] ?? '').toLowerCase() === 'unnest';
    hides ||= ofStruct || unnests || MAKES_COLUMNS.has(String(node['type']));
  });
  return hides;
}

/** Each side of a comparison with the side that it meets. */
function comparedPairs(node: JsonObject): (readonly [Json | undefined, Json | undefined])[] {
  if (node['class'] === 'COMPARISON') {
    return [
      [node['left'], node['right']],
      [node['right'], node['left']],
    ];
  }
  if (node['class'] !== 'BETWEEN') return [];
  return [
    [node['lower'], node['input']],
    [node['upper'], node['input']],
  ];
}

/** Names that the SQL gives: `columns` to expressions (a plain column keeps its own), `others` in column lists and stars. */
function namesMade(tree: Json): { readonly columns: Set<string>; readonly others: Set<string> } {
  const made = { columns: new Set<string>(), others: new Set<string>() };
  const add = (value: Json | undefined) => {
    if (typeof value === 'string' && value !== '') made.others.add(value.toLowerCase());
    else if (Array.isArray(value)) (value as readonly Json[]).forEach(add);
    else if (isObject(value)) Object.values(value).forEach(add);
  };
  visit(tree, (node) => {
    const alias = String(node['alias'] ?? '').toLowerCase();
    if ('class' in node && alias !== '' && columnNames(node).at(-1) !== alias) made.columns.add(alias);
    for (const key of ['column_name_alias', 'aliases', 'expected_names', 'rename_list']) add(node[key]);
    const replaced = node['replace_list'];
    if (Array.isArray(replaced)) (replaced as readonly JsonObject[]).forEach((entry) => add(entry['key']));
  });
  return made;
}

/** Lower-case parts of a column's name, the column itself last; empty for anything else. */
function columnNames(node: Json | undefined): string[] {
  if (!isObject(node) || node['class'] !== 'COLUMN_REF' || !Array.isArray(node['column_names'])) return [];
  return (node['column_names'] as readonly Json[]).map((part) => String(part).toLowerCase());
}

function parameterName(node: Json | undefined): string | null {
  return isObject(node) && node['class'] === 'PARAMETER' ? String(node['identifier']).toLowerCase() : null;
}

const AROUND = 7_200_000;

/** Milliseconds of each wall clock reading, as if it were UTC; null where the zone's offset changes within two hours. */
async function readingsOf(
  session: Session,
  instants: readonly number[],
  timezone: string,
): Promise<(number | null)[]> {
  const reading = (at: number) => `epoch_ms(timezone(${text(timezone)}, ${instant(at)}))`;
  const rows = instants.map((at) => `(${[at - AROUND, at, at + AROUND].map(reading).join(', ')})`);
  const found = await session.rows(`FROM (VALUES ${rows.join(', ')}) AS readings(before, here, later)`);
  return found.map(({ before, here, later }) => {
    const steady = Number(here) - Number(before) === AROUND && Number(later) - Number(here) === AROUND;
    return steady ? Number(here) : null;
  });
}
