/** Looks at SQL without running it: one query or not, and what it names. Runs in a child process. */
import type { SqlInspection } from '../transform-engine.js';
import type { Json } from './canonical-tree.js';
import { canonicalTree, parametersOf, parseTree, tablesOf } from './canonical-tree.js';
import type { Place } from './duckdb-error.js';
import { placeAt, placeOf } from './duckdb-error.js';
import type { Session } from './session.js';
import { trimStatement } from '../../core/sql-tokens.js';
import { beginsQuery, statementsOf } from './statement.js';
import { TREE_ALGORITHM } from './version.js';

type Problem = NonNullable<SqlInspection['problem']>;

interface Serialised {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly unknown[];
}

/** An inspection and the tree behind it, as DuckDB gave it. */
export interface Inspected extends SqlInspection {
  readonly parsed: Json | null;
}

const RECENT = 64;
const recent = new Map<string, Inspected>();

/** Partitions of one dataset share their SQL, so what was found is kept. */
export async function inspectSql(session: Session, sql: string): Promise<Inspected> {
  const known = recent.get(sql);
  if (known !== undefined) return known;
  const inspected = await inspectAnew(session, sql);
  if (recent.size >= RECENT) recent.clear();
  recent.set(sql, inspected);
  return inspected;
}

async function inspectAnew(session: Session, sql: string): Promise<Inspected> {
  const [statement, second] = statementsOf(sql);
  if (statement === undefined) return refused('The text holds no SQL.');
  if (second !== undefined) {
    const place = placeAt(sql.slice(0, second[0]!.offset));
    return refused('The text holds more than one statement; a transform is one query.', place);
  }
  const body = trimStatement(sql);
  const rows = await session.rows('SELECT json_serialize_sql(CAST($sql AS VARCHAR)) AS tree', {
    sql: { type: 'text', value: body },
  });
  const json = String(rows[0]!['tree']);
  const serialised = JSON.parse(json) as Serialised;
  const first = statement[0]!;
  if (serialised.error && serialised.error_type === 'parser') {
    const place =
      serialised.position === undefined ? null : placeOf(body, Number(serialised.position), 'Parser');
    return problem('TRANSFORM_SYNTAX', serialised.error_message ?? 'syntax error', place);
  }
  if (!beginsQuery(first)) return refused(notQuery(first.text), placeAt(sql.slice(0, first.offset)));
  if (!serialised.error) {
    const tree = parseTree(json);
    return {
      problem: null,
      parameters: parametersOf(tree),
      tables: tablesOf(tree),
      tree: canonicalTree(tree),
      treeAlgorithm: TREE_ALGORITHM,
      parsed: tree,
    };
  }
  return unserialised(statement, serialised.error_message ?? '');
}

/** The parser took it, the serialiser did not. */
function unserialised(statement: ReturnType<typeof statementsOf>[number], message: string): Inspected {
  const words = statement.map((token) => token.text.toUpperCase());
  if (/named and positional/.test(message))
    return refused('The SQL mixes parameters with and without names.');
  if (words.some((word) => word.startsWith('PIVOT'))) {
    return refused(
      'PIVOT without IN gives columns that depend on the data. List the values: PIVOT t ON c IN (...).',
    );
  }
  if (/Only SELECT/.test(message))
    return refused(notQuery(words.find((w) => /^(INSERT|UPDATE|DELETE)$/.test(w))));
  const parameters = statement
    .filter((t) => t.kind === 'parameter')
    .map((t) => t.text.slice(1).toLowerCase());
  return {
    problem: null,
    parameters: [...new Set(parameters)],
    tables: [],
    tree: null,
    treeAlgorithm: TREE_ALGORITHM,
    parsed: null,
  };
}

function notQuery(word: string | undefined): string {
  const what = word === undefined ? 'The text' : `${word.toUpperCase()}`;
  return `${what} is not a query; a transform is one SELECT (or WITH, FROM, VALUES, PIVOT).`;
}

function refused(message: string, place: Place | null = null): Inspected {
  return problem('TRANSFORM_REFUSED', message, place);
}

function problem(code: Problem['code'], message: string, place: Place | null): Inspected {
  const found: Problem = { code, message, line: place?.line ?? null, column: place?.column ?? null };
  return {
    problem: found,
    parameters: [],
    tables: [],
    tree: null,
    treeAlgorithm: TREE_ALGORITHM,
    parsed: null,
  };
}
