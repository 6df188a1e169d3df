/**
 * DuckDB's serialised statement (`json_serialize_sql`) as a canonical tree, and what it names.
 *
 * Two texts have equal trees when they differ only in formatting, comments, or the case of names; literals are kept to
 * the letter, and numbers to the digit (JSON numbers beyond 2^53 would otherwise meet).
 */
import { canonicalJson } from '../../core/digest.js';

export type Json = string | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Parses with every number kept as its digits. */
export function parseTree(json: string): Json {
  return JSON.parse(
    json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (t) => (t.startsWith('"') ? t : `"${t}"`)),
  ) as Json;
}

export function canonicalTree(tree: Json): string {
  return canonicalJson(fold(tree));
}

/** Names folded to lower case, places removed, literals kept. */
function fold(node: Json): Json {
  if (typeof node === 'string') return node.toLowerCase();
  if (Array.isArray(node)) return node.map(fold);
  if (!isObject(node)) return node;
  const literal = node['class'] === 'CONSTANT';
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'query_location')
      .map(([key, value]) => [key, literal && key === 'value' ? value : fold(value)]),
  );
}

/** Names of parameters, lower case, in order of first use. */
export function parametersOf(tree: Json): string[] {
  const found = new Set<string>();
  visit(tree, (node) => {
    if (node['class'] === 'PARAMETER') found.add(String(node['identifier']).toLowerCase());
  });
  return [...found];
}

/** Tables that no CTE in scope defines, as written, in order of first use. */
export function tablesOf(tree: Json): string[] {
  const found = new Set<string>();
  collectTables(tree, new Set(), found);
  return [...found];
}

/** A CTE is in scope in those after it and in the query that they belong to, and in itself only when recursive. */
function collectTables(node: Json, outer: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node))
    return (node as readonly Json[]).forEach((item) => collectTables(item, outer, found));
  if (!isObject(node)) return;
  if (node['type'] === 'BASE_TABLE') {
    const table = String(node['table_name']);
    if (node['schema_name'] !== '' || !outer.has(table.toLowerCase())) found.add(table);
  }
  const scope = new Set(outer);
  if (node['type'] === 'RECURSIVE_CTE_NODE') scope.add(String(node['cte_name']).toLowerCase());
  for (const [key, query] of ctesOf(node)) {
    collectTables(query, scope, found);
    scope.add(key.toLowerCase());
  }
  for (const [key, value] of Object.entries(node)) if (key !== 'cte_map') collectTables(value, scope, found);
}

function ctesOf(node: JsonObject): [string, Json][] {
  const map = isObject(node['cte_map']!) ? node['cte_map']['map'] : null;
  if (!Array.isArray(map)) return [];
  return (map as readonly JsonObject[]).map((entry) => [String(entry['key']), entry['value']!]);
}

/** Calls `look` with every object of the tree, parents first. */
export function visit(node: Json, look: (node: JsonObject) => void): void {
  if (Array.isArray(node)) return (node as readonly Json[]).forEach((item) => visit(item, look));
  if (!isObject(node)) return;
  look(node);
  Object.values(node).forEach((value) => visit(value, look));
}

export function isObject(node: Json | undefined): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
