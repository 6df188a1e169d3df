/** SQL that takes its time: for tests that act while a transform runs. */

/** The same rows after a second or more of work on an idle machine. The query must select `version` last. */
export function slow(sql: string): string {
  return sql.replace(
    /version\nFROM/,
    'version + (SELECT (max(hash(i)) % 1)::INTEGER FROM range(250000000) t(i)) AS version\nFROM',
  );
}
