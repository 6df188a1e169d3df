/**
 * Hive's escaping of partition names and values in paths.
 *
 * Writing follows Hive and Spark: ASCII control characters and `" # % ' * / : = ? \ { [ ] ^` become `%XX`, everything
 * else stays, spaces and non-ASCII too. Reading also takes what DuckDB and Arrow write: every byte of the UTF-8 text
 * outside `A-Za-z0-9_.~-` as `%XX`. The raw text in the path is what identifies a partition; decoding serves display
 * and SQL.
 */

/** What Hive writes for NULL. */
export const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__';

const ESCAPED = /[\x01-\x1f\x7f"#%'*/:=?\\{[\]^]/g;
const PLAIN = /^[A-Za-z0-9_.~ -]*$/;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
/** What every known writer leaves as it is. */
const NEVER_ESCAPED = /^[A-Za-z0-9_.~-]*/;

/** Escapes a column name or value as Hive does. Null characters are not in Hive's set and stay. */
export function escapeHive(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(ESCAPED, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** Undoes every known escaping: runs of `%XX` are UTF-8 or, where they are not, one character per byte (as Hive reads them). Other `%` stay. */
export function unescapeHive(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ESCAPES, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    }
  });
}

/** The raw text of a value in a path; NULL is `__HIVE_DEFAULT_PARTITION__`. */
export function encodeHiveValue(value: string | null): string {
  return value === null ? HIVE_NULL : escapeHive(value);
}

/** The value of the raw text in a path. */
export function decodeHiveValue(raw: string): string | null {
  return raw === HIVE_NULL ? null : unescapeHive(raw);
}

/** The first part of a value that has the same raw text under every known escaping; the whole value when nothing in it is ever escaped. */
export function unescapedPrefix(value: string): string {
  return NEVER_ESCAPED.exec(value)![0];
}

/** True for text that cannot be a value in any path: empty (Spark refuses to read `col=`), the text that means NULL, a null character, half of a surrogate pair. */
export function isUnwritableValue(value: string): boolean {
  return value === '' || value === HIVE_NULL || value.includes('\0') || /\p{Surrogate}/u.test(value);
}
