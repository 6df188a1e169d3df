/**
 * What is remembered of staged output beside its files, so that a later command can decide about it: `staging/<run>/<key>/staged.json`,
 * written after the files are durable. Output without one (its run was killed in between) is never published; gc removes it.
 */
import pLimit from 'p-limit';
import { z } from 'zod';
import { isLakefillError, LakefillError } from '../core/errors.js';
import { lastSegment } from '../core/location.js';
import type { Instant } from '../core/instant.js';
import type { ControlPaths } from '../journal/control.js';
import type { StagedPartition } from '../publish/content.js';
import { listAll } from '../store/object-store.js';
import type { CallOptions, ObjectInfo, ObjectStore } from '../store/object-store.js';
import type { PartitionOutcome } from './run-document.js';

export const STAGED_FORMAT = 'lakefill.staged/1';

/** Staged output that waits for a decision, and output that was refused, is kept 14 days from the start of its run. */
export const STAGING_KEPT_MS = 14 * 86_400_000;

/** Records read at the same time. */
const READ_AT_ONCE = 32;
const NAME = '/staged.json';

export interface Decision {
  readonly what: 'promoted' | 'discarded';
  readonly run: string;
  readonly by: string;
  /** ISO. */
  readonly at: string;
  /** That was published; null when discarded. */
  readonly generation: number | null;
}

export interface StagedRecord {
  readonly format: typeof STAGED_FORMAT;
  readonly run: string;
  readonly plan: string;
  readonly dataset: string;
  readonly key: string;
  /** ISO. From `expires` on it is not published any more and gc may remove it. */
  readonly stagedAt: string;
  readonly expires: string;
  readonly partition: StagedPartition;
  /** The verdict of its checks. What was refused is kept to be looked at and is never published. */
  readonly passed: boolean;
  /** Digest of the definition and inputs that made it. */
  readonly tried: string;
  /** What readers found when it was staged: it replaces exactly that. */
  readonly base: {
    readonly generation: number | null;
    readonly version: string;
    readonly objects: readonly ObjectInfo[];
  };
  /** The run or the dataset publishes its partitions as a unit. */
  readonly together: boolean;
  readonly outcome: PartitionOutcome;
  /** Null while it waits. */
  readonly decided: Decision | null;
}

/** Durable when it resolves; replaces the record of the key. */
export async function saveStaged(
  store: ObjectStore,
  control: ControlPaths,
  record: StagedRecord,
): Promise<void> {
  await store.put(
    `${stagingPrefix(control, record.run)}${record.key}${NAME}`,
    { bytes: new TextEncoder().encode(JSON.stringify(record)) },
    { kind: 'overwrite' },
  );
}

/** The records of a run in this dataset, ascending by key; empty for a run that staged nothing that was kept. Throws STORE_CORRUPT. */
export async function readStaged(
  store: ObjectStore,
  control: ControlPaths,
  run: string,
  options: CallOptions = {},
): Promise<StagedRecord[]> {
  const objects = await listAll(store, stagingPrefix(control, run), options);
  const paths = objects.map(({ path }) => path).filter((path) => path.endsWith(NAME));
  const records = await pLimit(READ_AT_ONCE).map(paths, (path) => readRecord(store, path, options));
  return records.filter((record) => record !== null).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** When the last of a run's staged output expires; null when nothing of it is recorded, never when a record cannot be read. */
export async function stagedUntil(
  store: ObjectStore,
  control: ControlPaths,
  run: string,
): Promise<Instant | null> {
  const records = await readStaged(store, control, run).catch((error: unknown) => {
    if (isLakefillError(error, 'STORE_CORRUPT')) return null;
    throw error;
  });
  if (records === null) return Infinity;
  return records.length === 0 ? null : Math.max(...records.map(({ expires }) => Date.parse(expires)));
}

function stagingPrefix(control: ControlPaths, run: string): string {
  return `${control.staging}${run}/`;
}

async function readRecord(
  store: ObjectStore,
  path: string,
  options: CallOptions,
): Promise<StagedRecord | null> {
  const found = await store.get(path, options);
  if (found.outcome !== 'found') return null;
  const record = parse(found.bytes);
  if (record !== null) return atHome(record, path);
  throw new LakefillError('STORE_CORRUPT', `${path} is not a record of staged output of this version.`, {
    hint: 'Upgrade lakefill if a newer version wrote it; otherwise remove the folder it stands in and run the partition again.',
    context: { path },
  });
}

/**
 * With its files beside it, where they were staged: a lake that was moved, or copied elsewhere, has records that name the old place, and
 * nothing there is ever touched.
 */
function atHome(record: StagedRecord, path: string): StagedRecord {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const files = record.partition.files.map((file) => ({ ...file, path: folder + lastSegment(file.path) }));
  return { ...record, partition: { ...record.partition, files } };
}

function parse(bytes: Uint8Array): StagedRecord | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return recordShape.safeParse(json).success ? (json as StagedRecord) : null;
  } catch {
    return null;
  }
}

const text = z.string();
const count = z.int().min(0);
const instant = text.refine((value) => !Number.isNaN(Date.parse(value)));
const object = z.looseObject({ path: text, size: count, etag: text, lastModified: z.number() });

/** What a decision rests on; the rest is told as it stands. */
const recordShape = z.looseObject({
  format: z.literal(STAGED_FORMAT),
  run: text,
  plan: text,
  dataset: text,
  key: text.min(1),
  stagedAt: instant,
  expires: instant,
  partition: z.looseObject({
    key: text.min(1),
    files: z.array(z.looseObject({ path: text.min(1), etag: text, size: count, sha256: text })),
    record: z.looseObject({ inputs: z.array(z.looseObject({})), contentHash: text.nullable() }),
  }),
  passed: z.boolean(),
  tried: text,
  base: z.looseObject({ generation: count.nullable(), version: text, objects: z.array(object) }),
  together: z.boolean(),
  outcome: z.looseObject({ key: text, outcome: text, checks: z.array(z.looseObject({})) }),
  decided: z
    .looseObject({ what: z.enum(['promoted', 'discarded']), run: text, by: text, at: text })
    .nullable(),
});
