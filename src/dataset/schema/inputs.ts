/** `inputs`: what the SQL reads, each as a view. */
import { z } from 'zod';
import { GRAINS } from '../../core/grain.js';
import { parquetOptions, readerOptions } from './reader-options.js';
import { identifier, positiveDuration, text } from './scalars.js';
import { strict } from './strict.js';

const template = text.describe(
  'Template of the objects to read, with globs: `s3://lake/raw/dt={dt}/*.parquet`. The view has a column of the path where the template writes its name: `region=*/`, not `*/`. A relative path is taken from the project folder.',
);

const reading = {
  window: z
    .string()
    .regex(/^(-\d{1,4}|0)\.\.\d{1,4}$/, 'must be a range such as -2..0 that includes 0')
    .optional()
    .describe(
      'Input units read before the first and after the last, for late data: `-2..0`. Default `0..0`.',
    ),
  require: z
    .enum(['all', 'any', 'none', 'window'])
    .optional()
    .describe(
      'Which input units must have data before a partition can be made; `window`: its neighbours too. Default `all`.',
    ),
  onChange: z
    .enum(['stale', 'ignore'])
    .optional()
    .describe(
      'Whether a change of this input makes partitions stale. Default `stale` where a partition variable cuts the input, else `ignore`.',
    ),
};

export const lakeInput = strict({
  url: template,
  grain: z.enum(GRAINS).optional().describe("How the input is cut in time. Default: the target's grain."),
  timezone: text.optional().describe("IANA zone in which the input is cut. Default: the target's."),
  ...reading,
  format: z
    .enum(['parquet', 'csv', 'json', 'ndjson'])
    .optional()
    .describe('Format of the objects. Default: from the extension (also with `.gz` or `.zst`).'),
  options: readerOptions.optional().describe('How CSV and JSON are read.'),
  marker: z
    .string()
    .regex(/^[^/]+$/, 'must be the name of a file, such as _SUCCESS')
    .optional()
    .describe(
      'File that the source writes last into the folder of each unit, such as `_SUCCESS`: without it the unit does not exist yet. Default: none.',
    ),
  keeps: positiveDuration
    .optional()
    .describe(
      'How long the source keeps its data: partitions that read anything older are never written again. Default: for ever.',
    ),
});

export const datasetInput = strict({
  dataset: text.describe('Another dataset of the project: its target is read, cut as that dataset cuts it.'),
  ...reading,
  options: parquetOptions.optional(),
});

export const selfInput = strict({
  self: z
    .literal([-1, 0])
    .describe(
      '`-1`: the previous partition of this dataset (the first has none: an empty view). `0`: this partition as it stands.',
    ),
  require: z
    .enum(['all', 'none'])
    .optional()
    .describe(
      'Whether there must be data before a partition can be made. Default `all` for `-1` and where it is the only input, else `none`.',
    ),
  onChange: reading.onChange.describe(
    'Whether a change of the previous partition makes this one stale. Default `stale`; for `0` nothing does.',
  ),
  options: parquetOptions.optional(),
});

export const input = z
  .union([template, lakeInput, datasetInput, selfInput])
  .describe('A template, an object with the template as `url`, `{ dataset: name }`, or `{ self: -1 }`.');

export const inputs = z
  .record(identifier, input)
  .describe('What the SQL reads: each input is a view of that name.');

export type LakeInputDefinition = z.output<typeof lakeInput>;
export type DatasetInputDefinition = z.output<typeof datasetInput>;
export type SelfInputDefinition = z.output<typeof selfInput>;
export type InputDefinition = z.output<typeof input>;
