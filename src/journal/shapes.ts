/**
 * Shapes of what the journal's objects hold, for reading them back: a damaged or foreign entry is refused with words before
 * anything looks inside. Members that are not named here pass, so that a later version may add some.
 */
import { z } from 'zod';
import { ENTRY_FORMAT } from './entry.js';

const text = z.string();
const count = z.int().min(0);
const nothing = z.null();

const file = z.looseObject({ name: text.min(1), size: count, etag: text, sha256: text.nullable() });

const record = z.looseObject({
  inputs: z.array(
    z.looseObject({ name: text, objects: count, bytes: count, version: text, tracked: z.boolean() }),
  ),
  definition: z.looseObject({ digests: z.record(text, text) }),
  rows: count.nullable(),
  schema: z.array(z.looseObject({ name: text, type: text })).nullable(),
  contentHash: text.nullable(),
  assumed: z.boolean(),
});

const upload = z.looseObject({
  path: text.min(1),
  id: text.min(1),
  size: count,
  sha256: text,
  parts: z
    .array(z.looseObject({ number: z.int().positive(), etag: text, checksum: text.optional() }))
    .optional(),
});

const restores = z.looseObject({
  run: text,
  contentOf: text.nullable(),
  absent: z.boolean(),
  undone: text,
});

const named = { key: text, attempt: text };

const promoting = z.looseObject({
  fact: z.literal('promoting'),
  ...named,
  plan: text,
  generation: z.int().positive(),
  base: z.looseObject({ generation: count.nullable(), version: text }),
  add: z.array(upload),
  remove: z.array(file),
  retained: text.nullable(),
  record,
  tried: text,
  restores: restores.nullable(),
});

const generation = count;

export const factShape = z.discriminatedUnion('fact', [
  promoting,
  z.looseObject({ fact: z.literal('cleaning'), ...named, etags: z.array(text) }),
  z.looseObject({ fact: z.literal('aborting'), ...named, reason: text }),
  z.looseObject({ fact: z.literal('published'), ...named, files: z.array(file), foreign: z.array(text) }),
  z.looseObject({ fact: z.literal('withdrawn'), ...named, revoked: z.array(text), reason: text }),
  z.looseObject({
    fact: z.literal('ended'),
    ...named,
    outcome: text,
    code: text,
    message: text,
    tried: text,
  }),
  z.looseObject({
    fact: z.literal('refreshed'),
    ...named,
    plan: text,
    generation,
    record,
    files: z.array(file).optional(),
  }),
  z.looseObject({ fact: z.literal('adopted'), ...named, generation, files: z.array(file), record }),
  z.looseObject({ fact: z.literal('retained-dropped'), ...named, sequences: z.array(count) }),
]);

export const entryShape = z.looseObject({
  format: z.literal(ENTRY_FORMAT),
  sequence: z.int().positive(),
  run: text,
  at: text,
  by: text,
  dataset: text.optional(),
  nonce: text,
  facts: z.array(factShape),
  factsObject: z.object({ path: text, size: count, sha256: text }).optional(),
  sha256: text.optional(),
});

const retained = z.looseObject({
  generation: count.nullable(),
  prefix: text.nullable(),
  files: z.array(file),
  record: record.nullable(),
  contentOf: text.nullable(),
  replacedBy: text,
  sequence: z.int().positive(),
  at: text,
});

const writer = z.looseObject({ dataset: text, run: text }).nullish();

const attempt = promoting.extend({ run: text, writer, etags: z.array(text).nullable() });

/** One key of a checkpoint. */
export const keyShape = z.looseObject({
  key: text,
  phase: z.enum(['stable', 'promoting', 'aborting', 'cleaning']),
  generation: count.nullable(),
  highest: count,
  files: z.array(file),
  record: record.nullable(),
  contentOf: text.nullable(),
  madeBy: z.looseObject({ run: text, plan: text, at: text }).nullable(),
  writer,
  attempt: z.union([attempt, nothing]),
  settled: z.looseObject({ attempt: text, how: z.enum(['published', 'withdrawn']) }).nullable(),
  retained: z.array(retained),
  revoked: z.array(text),
  foreign: z.array(text),
  lastEnded: z.looseObject({ run: text, at: text, outcome: text, tried: text, times: count }).nullable(),
  undone: z.looseObject({ run: text, tried: text }).nullable(),
});
