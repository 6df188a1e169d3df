/**
 * An input as a view: the columns of its files by name, and the `col=value` columns of their paths.
 *
 * Files of one compression are one read, however many values their paths have: a path column whose value differs is looked
 * up by the file's index. A file that has a column of that name itself keeps its own values.
 */
import type { Column, EngineFile, EngineInput, EngineValue } from '../transform-engine.js';
import { literal, name, SQL_TYPES } from './literal.js';
import { refuseRetyped } from './retyped.js';
import type { Reader } from './reader.js';
import { COMPRESSIONS, compressionOf, describe, openReader } from './reader.js';
import { readOptions } from './reader-options.js';
import type { Session } from './session.js';

export interface InputView {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns of `columns` that only the paths hold. */
  readonly pathColumns: readonly string[];
}

/** Creates the view; null when nothing tells its columns (no files, none declared). */
export async function createInputView(session: Session, input: EngineInput): Promise<InputView | null> {
  const declared = readOptions(input).columns;
  if (input.files.length === 0) return createEmptyView(session, input.name, declared);
  if (input.format === 'parquet') await refuseRetyped(session, input, Object.keys(declared));
  const selects: string[] = [];
  const columns = new Map<string, Column>();
  const fromPaths = new Set<string>();
  for (const compression of COMPRESSIONS) {
    const files = input.files.filter((file) => compressionOf(file) === compression);
    if (files.length === 0) continue;
    const reader = await openReader(session, input, files);
    const { select, added } = await selectOf(session, input, reader, declared);
    selects.push(select);
    for (const column of [...reader.columns, ...added]) {
      if (!columns.has(column.name.toLowerCase())) columns.set(column.name.toLowerCase(), column);
    }
    reader.columns.forEach((column) => fromPaths.delete(column.name.toLowerCase()));
    added.filter((column) => column.ofPath).forEach((column) => fromPaths.add(column.name.toLowerCase()));
  }
  await createView(session, input.name, selects.join(' UNION ALL BY NAME '));
  const all = [...columns.values()].map(({ name: column, type }) => ({ name: column, type }));
  const pathColumns = all
    .map((column) => column.name)
    .filter((column) => fromPaths.has(column.toLowerCase()));
  return { name: input.name, columns: all, pathColumns };
}

/** A column that the files do not hold: of their paths, or declared only. */
interface AddedColumn extends Column {
  readonly sql: string;
  readonly ofPath: boolean;
}

async function createEmptyView(
  session: Session,
  view: string,
  declared: Readonly<Record<string, string>>,
): Promise<InputView | null> {
  const columns = Object.entries(declared).map(
    ([column, type]) => `CAST(NULL AS ${type}) AS ${name(column)}`,
  );
  if (columns.length === 0) return null;
  await createView(session, view, `SELECT ${columns.join(', ')} WHERE false`);
  return { name: view, columns: await describe(session, `SELECT * FROM ${name(view)}`), pathColumns: [] };
}

async function createView(session: Session, view: string, query: string): Promise<void> {
  await session.run(`CREATE TEMP VIEW ${name(view)} AS ${query}`);
}

async function selectOf(
  session: Session,
  input: EngineInput,
  reader: Reader,
  declared: Readonly<Record<string, string>>,
): Promise<{ readonly select: string; readonly added: readonly AddedColumn[] }> {
  const own = new Map(reader.columns.map((column) => [column.name.toLowerCase(), column]));
  const replaced: string[] = [];
  const added: AddedColumn[] = [];
  for (const column of pathColumnsOf(reader.files)) {
    const values = reader.files.map((file) => valueIn(file, column));
    const existing = own.get(column.toLowerCase());
    if (existing === undefined) added.push({ name: column, ...byFile(values), ofPath: true });
    else replaced.push(...(await filledIn(session, input, reader, existing, values)));
  }
  for (const [column, type] of Object.entries(declared)) {
    const existing = own.get(column.toLowerCase());
    if (existing !== undefined && input.format === 'parquet') {
      replaced.push(`CAST(${name(existing.name)} AS ${type}) AS ${name(existing.name)}`);
    } else if (
      existing === undefined &&
      !added.some(({ name }) => name.toLowerCase() === column.toLowerCase())
    ) {
      added.push({ name: column, type: type.toUpperCase(), sql: `CAST(NULL AS ${type})`, ofPath: false });
    }
  }
  const replace = replaced.length === 0 ? '' : ` REPLACE (${replaced.join(', ')})`;
  const more = added.map((column) => `, ${column.sql} AS ${name(column.name)}`).join('');
  return { select: `SELECT *${replace}${more} FROM ${reader.from}`, added };
}

/** A path column that some files hold themselves: the path's value only for the others. */
async function filledIn(
  session: Session,
  input: EngineInput,
  { files }: Reader,
  existing: Column,
  values: readonly (EngineValue | null)[],
): Promise<string[]> {
  const owners = await filesWith(session, input, files, existing.name);
  if (owners.every(Boolean)) return [];
  const own = name(existing.name);
  const fallback = `CAST(${byFile(values).sql} AS ${existing.type})`;
  return [`CASE WHEN ${pick(owners.map(String))} THEN ${own} ELSE ${fallback} END AS ${own}`];
}

/** Names over all files, the first spelling of each. */
function pathColumnsOf(files: readonly EngineFile[]): string[] {
  const names = new Map<string, string>();
  for (const file of files) {
    for (const column of Object.keys(file.pathColumns)) {
      if (!names.has(column.toLowerCase())) names.set(column.toLowerCase(), column);
    }
  }
  return [...names.values()];
}

function valueIn(file: EngineFile, column: string): EngineValue | null {
  const entry = Object.entries(file.pathColumns).find(([key]) => key.toLowerCase() === column.toLowerCase());
  return entry?.[1] ?? null;
}

/** The value of each file's path: one literal where all agree, else looked up. Different types meet as text. */
function byFile(values: readonly (EngineValue | null)[]): { readonly sql: string; readonly type: string } {
  const types = new Set(values.flatMap((value) => (value === null ? [] : [SQL_TYPES[value.type]])));
  const type = types.size === 1 ? [...types][0]! : 'VARCHAR';
  const literals = values.map((value) => (value === null ? 'NULL' : literal(value)));
  return { sql: `CAST(${pick(literals)} AS ${type})`, type };
}

function pick(literals: readonly string[]): string {
  if (new Set(literals).size === 1) return literals[0]!;
  return `list_extract([${literals.join(', ')}], CAST(file_index AS BIGINT) + 1)`;
}

/** Which files hold the column themselves. Asked only when a path column meets a column of the files. */
async function filesWith(
  session: Session,
  input: EngineInput,
  files: readonly EngineFile[],
  column: string,
): Promise<boolean[]> {
  const found: boolean[] = [];
  for (const file of files) {
    const { columns } = await openReader(session, input, [file]);
    found.push(columns.some((own) => own.name.toLowerCase() === column.toLowerCase()));
  }
  return found;
}
