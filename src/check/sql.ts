/** Pieces of SQL for rules: names and literals quoted so that nothing in a definition can change a statement. */

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A number or text of a definition as a literal; DuckDB casts texts to the column's type where they are compared. */
export function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? quoteText(value) : String(value);
}

/** `1,234 rows`. Not by toLocaleString: its first call takes 25 ms, in the middle of a run. */
export function count(number: number, thing: string): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ',')} ${thing}${number === 1 ? '' : 's'}`;
}
