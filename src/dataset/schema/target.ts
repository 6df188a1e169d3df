/** `target`: where the partitions go and how their files are written. */
import { z } from 'zod';
import { byteSize, text } from './scalars.js';
import { strict } from './strict.js';

const template = text.describe(
  'Template of the partition prefixes: `s3://lake/sales/dt={dt}/`. `{var}` formats a partition variable with its default format, `{var:yyyy}` with a pattern. It must tell every key apart. A relative path is taken from the project folder.',
);

const COMPRESSIONS = ['zstd', 'snappy', 'gzip', 'lz4', 'uncompressed'] as const;

export const targetObject = strict({
  url: template,
  table: z
    .enum(['hive'])
    .optional()
    .describe('`hive` (default): plain Parquet files under one prefix per partition.'),
  compression: z.enum(COMPRESSIONS).optional().describe('Compression of the Parquet files. Default `zstd`.'),
  compressionLevel: z.int().min(1).max(22).optional().describe('Level of zstd, 1 to 22. Default 3.'),
  rowGroupRows: z.int().min(1).optional().describe("Rows per row group. Default: the engine's own."),
  maxFileBytes: byteSize.optional().describe('Files are split near this size. Default `512MiB`.'),
  sortBy: z
    .array(text)
    .min(1)
    .optional()
    .describe('Order of the rows in the files: `column` or `column desc`. Default: as the SQL gives them.'),
  partitionColumns: z
    .enum(['drop', 'keep'])
    .optional()
    .describe('Whether columns that the path shows stay in the files too. Default `drop`.'),
});

export const target = z
  .union([template, targetObject])
  .describe('Where the partitions are written: a template, or an object with the template as `url`.');

export type TargetObject = z.output<typeof targetObject>;
export type Target = z.output<typeof target>;
