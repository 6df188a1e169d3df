/** The keys of a dataset's YAML file. The reference in the docs and the JSON Schema come from here. */
import { z } from 'zod';
import { inputs } from './inputs.js';
import { partition } from './partition.js';
import { byteSize, duration, positiveDuration, text } from './scalars.js';
import { strict } from './strict.js';
import { target } from './target.js';

const schemaRules = strict({
  policy: z
    .enum(['strict', 'additive', 'any'])
    .optional()
    .describe(
      '`additive` (default): new nullable columns are allowed, dropped or retyped ones refused. `strict`: none changes. `any`: all may. Where nothing is known yet, the first output of a run that passes binds the rest of the run (tasks go one by one until then); with `additive`, a column that an output of the run adds keeps its type for those judged after it, which may lack it.',
    ),
  columns: z
    .record(text, text)
    .optional()
    .describe(
      'Columns and types to compare with. Default: what was published last; nothing yet: what the newest files in the target have; no files either: what the first output of the run has.',
    ),
  rename: z
    .record(text, text)
    .optional()
    .describe(
      'Output columns that get another name, `{ old: new }`; checks and all else use the new one, and readers of the old schema are taken to know it. Default: none.',
    ),
});

const stale = strict({
  on: z
    .array(z.enum(['input', 'definition']))
    .optional()
    .describe('What makes a partition stale. Default: a changed input and a changed definition.'),
  olderThan: positiveDuration.optional().describe('Partitions older than this are stale. Default: none is.'),
  smallFiles: z
    .union([
      byteSize,
      strict({
        below: byteSize.describe('A file with fewer bytes is small.'),
        files: z
          .int()
          .min(2)
          .optional()
          .describe(
            'So many small files make a partition stale. Default 2: the last of several may be short.',
          ),
      }),
    ])
    .optional()
    .describe(
      'Partitions with two or more files below this size are stale, such as `16MiB`. Default: none is.',
    ),
});

const limits = strict({
  partitions: z.int().min(1).optional().describe('Most partitions of one run. Default 400.'),
  inputBytes: byteSize.optional().describe('Most bytes of input of one run. Default: no limit.'),
  memory: byteSize.optional().describe("Memory of one engine process. Default: a share of the project's."),
  timeout: positiveDuration.optional().describe("Longest time of one partition's transform. Default `1h`."),
});

/** Every key but `checks`, whose rules are given to the loader. All are validated one by one. */
export const definitionShape = {
  target,
  partition: partition.optional(),
  inputs: inputs.optional(),
  transform: text
    .optional()
    .describe(
      'File with the SELECT (`sales.sql`, beside the definition), or the SELECT itself. Default: `<dataset>.sql` if it exists, else the only input passes through.',
    ),
  schema: schemaRules.optional().describe('What may change in the columns of the output.'),
  stale: stale.optional().describe('When a partition that exists must be made again.'),
  allowEmpty: z.boolean().optional().describe('Whether no rows is a good result. Default `false`: refused.'),
  together: z
    .boolean()
    .optional()
    .describe('Whether all tasks of a batch are promoted or none. Default `false`: each as it passes.'),
  rollback: strict({
    keep: duration
      .optional()
      .describe('How long the previous generation can be restored; `0`: not at all. Default `7d`.'),
  })
    .optional()
    .describe('What is kept for a rollback.'),
  limits: limits.optional().describe('Bounds of one run.'),
  owner: text.optional().describe('Who to ask.'),
  description: text.optional().describe('What the dataset is.'),
  tags: z.array(text).optional().describe('Words to select datasets by.'),
} as const;

export const DEFINITION_KEYS: readonly string[] = [...Object.keys(definitionShape), 'checks'];

type Shape = typeof definitionShape;
/** The parsed value of each key. */
export type DefinitionValues = { readonly [K in keyof Shape]: z.output<Shape[K]> };
