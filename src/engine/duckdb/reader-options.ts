/**
 * Options that a definition may give a reader, and what they become in SQL. Dialects are fixed, never sniffed: what a
 * file means must not depend on the rows that it happens to hold.
 */
import { LakefillError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import type { EngineInput, InputFormat } from '../transform-engine.js';
import { name, text, textList } from './literal.js';

type Kind = 'text' | 'number' | 'boolean' | 'texts';

const CSV: Readonly<
  Record<string, { readonly as: string; readonly kind: Kind; readonly default?: unknown }>
> = {
  delimiter: { as: 'delim', kind: 'text', default: ',' },
  quote: { as: 'quote', kind: 'text', default: '"' },
  escape: { as: 'escape', kind: 'text', default: '"' },
  header: { as: 'header', kind: 'boolean', default: true },
  skip: { as: 'skip', kind: 'number' },
  comment: { as: 'comment', kind: 'text' },
  encoding: { as: 'encoding', kind: 'text' },
  nullText: { as: 'nullstr', kind: 'texts' },
  decimalSeparator: { as: 'decimal_separator', kind: 'text' },
  dateFormat: { as: 'dateformat', kind: 'text' },
  timestampFormat: { as: 'timestampformat', kind: 'text' },
  nullPadding: { as: 'null_padding', kind: 'boolean' },
};

const JSON_LINES: typeof CSV = {
  dateFormat: { as: 'dateformat', kind: 'text' },
  timestampFormat: { as: 'timestampformat', kind: 'text' },
  maximumObjectSize: { as: 'maximum_object_size', kind: 'number' },
};

const KNOWN: Readonly<Record<InputFormat, typeof CSV>> = {
  parquet: {},
  csv: CSV,
  json: JSON_LINES,
  ndjson: JSON_LINES,
};

/** Names of the options that a format takes, `columns` among them. */
export function readerOptions(format: InputFormat): string[] {
  return [...Object.keys(KNOWN[format]), 'columns'];
}

export interface ReaderOptions {
  /** `, delim = ','` and so on, ready to follow another argument. */
  readonly sql: string;
  /** Declared types by column name. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Throws TRANSFORM_REFUSED for an option that the format does not take, or a value of the wrong kind. */
export function readOptions({ name: input, format, options }: EngineInput): ReaderOptions {
  const known = KNOWN[format];
  for (const key of Object.keys(options)) {
    if (key === 'columns' || key in known) continue;
    const near = nearest(key, readerOptions(format));
    throw new LakefillError('TRANSFORM_REFUSED', `Input ${input}: ${format} has no reader option '${key}'.`, {
      hint: `${near === null ? '' : `Did you mean ${near}? `}It takes ${readerOptions(format).join(', ')}.`,
    });
  }
  const set = Object.entries(known).flatMap(([key, option]) => {
    const value = options[key] ?? option.default;
    return value === undefined ? [] : [`, ${option.as} = ${valueSql(input, key, option.kind, value)}`];
  });
  return { sql: set.join(''), columns: declaredColumns(input, options['columns']) };
}

function valueSql(input: string, key: string, kind: Kind, value: unknown): string {
  if (kind === 'texts') {
    const values = Array.isArray(value) ? value : [value];
    if (values.every((v) => typeof v === 'string')) return textList(values);
  }
  if (kind === 'text' && typeof value === 'string') return text(value);
  if (kind === 'number' && Number.isSafeInteger(value)) return String(value);
  if (kind === 'boolean' && typeof value === 'boolean') return String(value);
  throw new LakefillError('TRANSFORM_REFUSED', `Input ${input}: reader option ${key} must be a ${kind}.`, {
    hint: 'Correct options of the input.',
  });
}

/** A type is part of the SQL, so it must look like one. */
const TYPE = /^[A-Za-z_][\w ]*(?:[([][\w ,()[\]"]*[)\]])*$/;

function declaredColumns(input: string, columns: unknown): Record<string, string> {
  if (columns === undefined) return {};
  const entries = typeof columns === 'object' && columns !== null ? Object.entries(columns) : [['', null]];
  for (const [column, type] of entries) {
    if (typeof type === 'string' && TYPE.test(type)) continue;
    throw new LakefillError(
      'TRANSFORM_REFUSED',
      `Input ${input}: options.columns gives '${column}' no type.`,
      {
        hint: 'Write columns as {name: TYPE}, such as {qty: INTEGER}.',
      },
    );
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

/** `{'a': 'VARCHAR', ...}` as SQL. */
export function columnMap(columns: Readonly<Record<string, string>>): string {
  return `{${Object.entries(columns)
    .map(([column, type]) => `${name(column)}: ${text(type)}`)
    .join(', ')}}`;
}
