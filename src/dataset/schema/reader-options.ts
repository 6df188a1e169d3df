/** `inputs.*.options`: how CSV and JSON are read. Which of them a format takes is in the table below. */
import { z } from 'zod';
import type { InputFormat } from '../../engine/transform-engine.js';
import { text } from './scalars.js';
import { strict } from './strict.js';

/** The type becomes part of the SQL, so it must look like one. */
const type = z
  .string()
  .regex(/^[A-Za-z_][\w ]*(?:[([][\w ,()[\]"]*[)\]])*$/, 'must be the name of a type, such as INTEGER');

const shape = {
  columns: z
    .record(text, type)
    .optional()
    .describe(
      'Types of columns by name, `{ qty: INTEGER }`. Columns of CSV and JSON are text unless typed here.',
    ),
  delimiter: text.optional().describe('CSV: what separates columns. Default `,`.'),
  quote: z.string().optional().describe('CSV: what surrounds a value that holds the delimiter. Default `"`.'),
  escape: z.string().optional().describe('CSV: what stands before a quote within quotes. Default `"`.'),
  header: z.boolean().optional().describe('CSV: whether the first line names the columns. Default `true`.'),
  skip: z.int().min(0).optional().describe('CSV: lines to leave out at the beginning. Default 0.'),
  comment: text.optional().describe('CSV: what begins a line that is left out. Default: none.'),
  encoding: text.optional().describe('CSV: encoding of the text. Default `utf-8`.'),
  nullText: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('CSV: texts that mean NULL. Default: the empty text.'),
  decimalSeparator: text.optional().describe('CSV: what stands before the decimals. Default `.`.'),
  nullPadding: z
    .boolean()
    .optional()
    .describe('CSV: whether short lines are filled up with NULL. Default `false`.'),
  dateFormat: text.optional().describe('How dates are written, such as `%d.%m.%Y`. Default: ISO.'),
  timestampFormat: text
    .optional()
    .describe('How timestamps are written, such as `%d.%m.%Y %H:%M`. Default: ISO.'),
  maximumObjectSize: z.int().min(1).optional().describe('JSON: bytes of the largest object.'),
};

type Option = keyof typeof shape;

const JSON_OPTIONS: readonly Option[] = ['columns', 'dateFormat', 'timestampFormat', 'maximumObjectSize'];

/** Names of the options that each format takes. */
export const OPTIONS_OF_FORMAT: Readonly<Record<InputFormat, readonly Option[]>> = {
  parquet: ['columns'],
  csv: (Object.keys(shape) as Option[]).filter((name) => name !== 'maximumObjectSize'),
  json: JSON_OPTIONS,
  ndjson: JSON_OPTIONS,
};

export const readerOptions = strict(shape);

/** Of inputs that are always Parquet. */
export const parquetOptions = strict({
  columns: shape.columns.describe(
    'Types of columns by name: of a view without files, and casts otherwise. Default: as the files have them.',
  ),
}).describe('How the files are read.');
