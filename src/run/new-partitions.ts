/**
 * What a Hive catalogue (Glue, a Hive metastore) must be told of partitions that appeared: the statements, in the words that Hive, Athena
 * and Spark share. Pure text; lakefill itself talks to no catalogue.
 */
import { formatLocation } from '../core/location.js';
import { partitionPrefix } from '../core/layout.js';
import type { Layout } from '../core/layout.js';
import type { Dataset } from '../dataset/dataset.js';
import type { NewPartitions, PartitionOutcome, RunDocument } from './run-document.js';

/** Clauses of one statement: Athena and metastores bound the length of a statement and the size of one call. */
const MOST_CLAUSES = 100;

/** The member `newPartitions`, or no member. */
export function withNewPartitions(
  { name, layout }: Pick<Dataset, 'name' | 'layout'>,
  partitions: readonly PartitionOutcome[],
): Pick<RunDocument['datasets'][number], 'newPartitions'> {
  const keys = partitions.filter(({ appeared }) => appeared === true).map(({ key }) => key);
  const newPartitions = newPartitionsOf(name, layout, keys);
  return newPartitions === null ? {} : { newPartitions };
}

/** Null for no keys, and where the folders of keys are not all `col=value`. The table is called as the dataset, `/` as `.`. */
export function newPartitionsOf(
  dataset: string,
  layout: Layout,
  keys: readonly string[],
): NewPartitions | null {
  const clauses = keys.flatMap((key) => clauseOf(layout, key) ?? []);
  if (clauses.length === 0) return null;
  const table = dataset.split('/').map(sqlName).join('.');
  const statements = [];
  for (let at = 0; at < clauses.length; at += MOST_CLAUSES) {
    const some = clauses.slice(at, at + MOST_CLAUSES).join(' ');
    statements.push(`ALTER TABLE ${table} ADD IF NOT EXISTS ${some}`);
  }
  return { partitions: clauses.length, repair: `MSCK REPAIR TABLE ${table}`, statements };
}

function clauseOf(layout: Layout, key: string): string | null {
  const columns = layout.folderColumns(key);
  if (columns === null) return null;
  const spec = columns.map(({ column, value }) => `${sqlName(column)}=${sqlText(value)}`).join(', ');
  const place = formatLocation({ store: layout.root.store, path: partitionPrefix(layout, key) });
  return `PARTITION (${spec}) LOCATION ${sqlText(place)}`;
}

/** In backticks unless it is plain and no word of the language. */
function sqlName(name: string): string {
  const isPlain = /^[A-Za-z]\w*$/.test(name) && !RESERVED.has(name.toLowerCase());
  return isPlain ? name : `\`${name.replaceAll('`', '``')}\``;
}

/**
 * With `\'` and `\\`, which all of them read; two quotes are one only for some: Hive, and Spark before 4, join the texts around them.
 * Control characters as `\u000a`.
 */
function sqlText(text: string): string {
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}

/** Words that Hive or Athena take as a name only in backticks. */
const RESERVED: ReadonlySet<string> = new Set(
  `all alter and array as authorization between bigint binary boolean both by case cast char column commit conf constraint create cross
  cube current current_date current_timestamp cursor database date dayofweek decimal delete describe distinct div double drop else end
  exchange exists extended external extract false fetch float floor following for foreign from full function grant group grouping having
  if import in inner insert int integer intersect interval into is join lateral left less like local macro map more none not null numeric
  of on only or order out outer over partialscan partition percent preceding precision preserve primary procedure range reads reduce
  references regexp revoke right rlike rollback rollup row rows select set smallint start table tablesample then time timestamp to
  transform trigger true truncate unbounded union uniquejoin update user using values varchar views when where window with`.split(
    /\s+/,
  ),
);
