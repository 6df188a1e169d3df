/** One read of many files of one input: the table function call, and the columns that the files hold. */
import type { Column, EngineFile, EngineInput } from '../transform-engine.js';
import { text, textList } from './literal.js';
import { columnMap, readOptions } from './reader-options.js';
import type { Session } from './session.js';

export interface Reader {
  readonly files: readonly EngineFile[];
  /** SQL that stands after FROM. Has the virtual column `file_index`, the place in `files`. */
  readonly from: string;
  /** Columns of the files, path columns not among them. */
  readonly columns: readonly Column[];
}

export const COMPRESSIONS = ['uncompressed', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Compression by the object's name: the local file's name is our own. */
export function compressionOf(file: EngineFile): Compression {
  if (/\.gz$/i.test(file.shownAs)) return 'gzip';
  return /\.zst$/i.test(file.shownAs) ? 'zstd' : 'uncompressed';
}

/** `files` are all of one compression. Binds the read, so an unreadable file raises DuckDB's error here. */
export async function openReader(
  session: Session,
  input: EngineInput,
  files: readonly EngineFile[],
): Promise<Reader> {
  const paths = textList(files.map((file) => file.file));
  const from = await READS[input.format](session, input, paths, compressionOf(files[0]!));
  return { files, from, columns: await describe(session, `SELECT * FROM ${from}`) };
}

/** Columns of a query, in order. */
export async function describe(session: Session, query: string): Promise<Column[]> {
  const rows = await session.rows(`DESCRIBE ${query}`);
  return rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
}

type Read = (
  session: Session,
  input: EngineInput,
  paths: string,
  compression: Compression,
) => Promise<string>;

const READS: Readonly<Record<EngineInput['format'], Read>> = {
  parquet: (_session, input, paths) => {
    readOptions(input);
    return Promise.resolve(`read_parquet(${paths}, union_by_name = true, hive_partitioning = false)`);
  },
  csv: readCsv,
  json: (session, input, paths, compression) => readJson(session, input, paths, compression, 'auto'),
  ndjson: (session, input, paths, compression) =>
    readJson(session, input, paths, compression, 'newline_delimited'),
};

async function readCsv(session: Session, input: EngineInput, paths: string, compression: Compression) {
  const { sql, columns } = readOptions(input);
  const call = (types: Readonly<Record<string, string>>) =>
    `read_csv(${paths}, all_varchar = true, union_by_name = true, hive_partitioning = false, ` +
    `compression = ${text(compression)}${sql}${Object.keys(types).length > 0 ? `, types = ${columnMap(types)}` : ''})`;
  if (Object.keys(columns).length === 0) return call({});
  const present = await describe(session, `SELECT * FROM ${call({})}`);
  return call(only(columns, present));
}

/** Every field is text unless typed, whatever its values look like; nested ones are their JSON text. */
async function readJson(
  session: Session,
  input: EngineInput,
  paths: string,
  compression: Compression,
  format: 'auto' | 'newline_delimited',
) {
  const { sql, columns } = readOptions(input);
  const shared = `format = ${text(format)}, hive_partitioning = false, compression = ${text(compression)}${sql}`;
  const everything =
    'sample_size = -1, maximum_sample_files = 2147483647, maximum_depth = 1, map_inference_threshold = -1';
  const found = await describe(
    session,
    `SELECT * FROM read_json(${paths}, union_by_name = true, ${everything}, ${shared})`,
  );
  const texts = Object.fromEntries(found.map((column) => [column.name, 'VARCHAR']));
  return `read_json(${paths}, columns = ${columnMap({ ...texts, ...only(columns, found) })}, ${shared})`;
}

/** The declared columns that exist, under their own spelling. */
function only(
  declared: Readonly<Record<string, string>>,
  present: readonly Column[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([column, type]) => {
      const own = present.find((p) => p.name.toLowerCase() === column.toLowerCase());
      return own === undefined ? [] : [[own.name, type]];
    }),
  );
}
