/** Types that Parquet cannot hold exactly, refused with the cast to write; and types that it holds under another name. */
import { LakefillError } from '../../core/errors.js';
import type { Column } from '../transform-engine.js';

/** What to cast a column of such a type to, and what happens to its values in Parquet. */
const INEXACT: readonly { readonly type: string; readonly why: string; readonly cast: string }[] = [
  { type: 'HUGEINT', why: 'Parquet would hold it as DOUBLE and round large values', cast: 'BIGINT' },
  { type: 'UHUGEINT', why: 'Parquet would hold it as DOUBLE and round large values', cast: 'UBIGINT' },
  { type: 'BIGNUM', why: 'Parquet has no such type', cast: 'VARCHAR' },
  { type: 'BIT', why: 'Parquet has no such type', cast: 'VARCHAR' },
  { type: 'INTERVAL', why: 'Parquet cuts it to milliseconds', cast: 'VARCHAR' },
  { type: 'TIME WITH TIME ZONE', why: 'Parquet drops its offset', cast: 'VARCHAR' },
  { type: 'GEOMETRY', why: 'it would be read back as BLOB', cast: 'VARCHAR' },
];

/** A type's name at the end of a column's type or of a part of it; not the name of a struct's field. */
const ending = (type: string) => new RegExp(`(?:^|[ (\\[,])${type}(?=$|[\\[\\],)])`);

/** Throws TRANSFORM_REFUSED for two columns of one name, and for a column whose values Parquet would change. */
export function refuseInexact(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name, type } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw new LakefillError('TRANSFORM_REFUSED', `The output has two columns named ${name}.`, {
        hint: 'Give one of them another name with AS (many readers ignore case).',
        context: { column: name },
      });
    }
    seen.add(name.toLowerCase());
    const unquoted = type.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "''");
    const inexact = INEXACT.find((entry) => ending(entry.type).test(unquoted));
    const union = ending('UNION').test(unquoted.replace(/UNION\(.*\)/, 'UNION'));
    if (inexact === undefined && !union) continue;
    throw refused(name, type, inexact?.why ?? 'Parquet has no such type', inexact?.cast ?? 'VARCHAR');
  }
}

/** Throws TRANSFORM_REFUSED when a file gives a column back as another type than the query's. */
export function refuseChanged(query: readonly Column[], files: readonly Column[]): void {
  for (const [i, { name, type }] of query.entries()) {
    const back = files[i];
    if (back?.name === name && back.type === asHeld(type)) continue;
    throw refused(
      name,
      type,
      `it is read back as ${back === undefined ? 'nothing' : `${back.name} ${back.type}`}`,
      'VARCHAR',
    );
  }
}

/** The type as which Parquet gives a column back, for types that keep every value: labels become text, lists lose their fixed length. */
export function asHeld(type: string): string {
  return type
    .replace(/ENUM\((?:'(?:[^']|'')*'(?:, )?)*\)/g, 'VARCHAR')
    .replace(/TIMESTAMP_(?:S|MS)\b/g, 'TIMESTAMP')
    .replace(/\[\d+\]/g, '[]');
}

function refused(column: string, type: string, why: string, cast: string): LakefillError {
  return new LakefillError('TRANSFORM_REFUSED', `Column ${column} of the output is ${type}: ${why}.`, {
    hint: `Write CAST(... AS ${cast}) AS ${column}.`,
    context: { column, type },
  });
}
