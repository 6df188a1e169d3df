/** What a plan promises to readers, and what it cannot check, in words. Pure. */
import type { Dataset } from '../dataset/dataset.js';
import { sqlTokens } from '../dataset/sql-text.js';

/** What readers of a plain (Hive) table can rely on while a plan is applied. */
export function guaranteeOf(
  dataset: Pick<Dataset, 'together'>,
  options: { readonly together: boolean },
): string {
  const each =
    'At every instant the objects of each partition contain one whole generation. While a partition is replaced, from the ' +
    'first completed file to the last deletion, a listing shows old and new rows together; a query that listed before and ' +
    'opens after a deletion fails with not-found.';
  return dataset.together || options.together
    ? `${each} All partitions of a batch move forward or none does, and that window is the whole batch's.`
    : `${each} Each partition moves on its own.`;
}

/** What is not checked about the rows of a task. */
export function warningsOf(dataset: Dataset): string[] {
  const { time, values, layout } = dataset;
  const written = new Set(namesIn(dataset.transform?.sql ?? ''));
  const unchecked = [...(time === null ? [] : [time]), ...values].filter(({ name, column }) => {
    const columns = layout.pathColumns.filter(({ variable }) => variable === name);
    const mentioned = columns.length > 0 && columns.every((c) => written.has(c.name.toLowerCase()));
    return column === null && !mentioned;
  });
  if (unchecked.length === 0) return [];
  const names = unchecked.map(({ name }) => name);
  const remedy = names.map((name) => `partition.${name}.column`).join(' and ');
  return [
    `Rows are not checked against the key (${names.join(', ')}): set ${remedy} to an output column, or have the output carry the columns of the path.`,
  ];
}

/** Words and quoted names of the SQL, lower-case; parameters such as `$dt` are none. */
function namesIn(sql: string): string[] {
  return sqlTokens(sql)
    .filter(({ kind }) => kind === 'word' || kind === 'name')
    .map(({ kind, text }) => (kind === 'name' ? text.slice(1, -1) : text).toLowerCase());
}
