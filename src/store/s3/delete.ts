/**
 * Deletes objects, each only if it is still the version that was named. In batches where the store compares the ETag of
 * each entry, one by one where it compares only there, and with a look before and after where it compares nowhere.
 * Deleting a named version twice is as good as once, so a broken request is sent again.
 */
import { DeleteObjectCommand, DeleteObjectsCommand, type _Error } from '@aws-sdk/client-s3';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { payer, quoted, type S3Context } from './context.js';
import { toError } from './errors.js';
import { unquoted } from './list-xml.js';
import { inPool } from './pool.js';
import { headObject, isAbsent, urlOf } from './read.js';
import { severalTries } from './tries.js';
import type { DeleteItem, DeleteResult } from '../object-store.js';

type Outcome = DeleteResult['outcome'];

/** A limit of S3. */
const BATCH = 1000;
const LANES = 16;

export async function deleteObjects(
  context: S3Context,
  items: readonly DeleteItem[],
  signal?: AbortSignal,
): Promise<readonly DeleteResult[]> {
  const outcomes = new Map<DeleteItem, Outcome>();
  const batched = items.filter((item) => item.etag === null || context.capabilities.conditionalBatchDelete);
  const single = items.filter((item) => !batched.includes(item));
  for (let i = 0; i < batched.length; i += BATCH) {
    throwIfAborted(signal);
    await deleteBatch(context, batched.slice(i, i + BATCH), outcomes, signal);
  }
  await inPool(single, LANES, async (item) => {
    throwIfAborted(signal);
    outcomes.set(item, await severalTries(context.clock, () => deleteOne(context, item), signal));
  });
  return items.map((item) => ({ path: item.path, outcome: outcomes.get(item)! }));
}

/** One request for many. A store that wants a Content-MD5 for it (and gets a CRC32 from the SDK) is asked one by one. */
async function deleteBatch(
  context: S3Context,
  items: readonly DeleteItem[],
  outcomes: Map<DeleteItem, Outcome>,
  signal?: AbortSignal,
): Promise<void> {
  const answered = await severalTries(context.clock, () => askBatch(context, items), signal);
  if (answered === 'unsupported') {
    await inPool(items, LANES, async (item) => {
      throwIfAborted(signal);
      outcomes.set(item, await severalTries(context.clock, () => deleteOne(context, item), signal));
    });
    return;
  }
  for (const item of items) outcomes.set(item, answered.get(item.path)!);
}

async function askBatch(
  context: S3Context,
  items: readonly DeleteItem[],
): Promise<Map<string, Outcome> | 'unsupported'> {
  const { caller, options } = context;
  const command = new DeleteObjectsCommand({
    Bucket: caller.bucket,
    Delete: {
      Objects: items.map(({ path, etag }) => ({
        Key: path,
        ...(etag === null ? {} : { ETag: quoted(etag) }),
      })),
    },
    ...payer(options),
  });
  const result = await caller.attempt(command, items[0]!.path);
  if (!result.ok) {
    const { status, code } = result.failure;
    const refused =
      status === 501 || status === 405 || code === 'MissingContentMD5' || code === 'InvalidDigest';
    if (refused || (status === 400 && code === 'InvalidRequest')) return 'unsupported';
    throw result.error();
  }
  const outcomes = new Map<string, Outcome>();
  for (const { Key } of result.output.Deleted ?? []) if (Key !== undefined) outcomes.set(Key, 'deleted');
  for (const error of result.output.Errors ?? []) {
    if (error.Key !== undefined) outcomes.set(error.Key, entryOutcome(context, error));
  }
  const silent = items.find((item) => !outcomes.has(item.path));
  if (silent) {
    const what = `The answer to a batch deletion says nothing about ${urlOf(context, silent.path)}.`;
    throw new LakefillError('STORE_UNAVAILABLE', what, {
      hint: 'Run the command again.',
      context: { path: silent.path },
    });
  }
  return outcomes;
}

function entryOutcome(context: S3Context, error: _Error): Outcome {
  const code = error.Code ?? 'Unknown';
  if (code === 'PreconditionFailed') return 'changed';
  if (code === 'NoSuchKey') return 'absent';
  const { bucket, endpoint } = context.caller;
  throw toError(
    {
      status: null,
      code: code === 'InternalError' ? 'ServiceUnavailable' : code,
      message: error.Message ?? code,
      headers: {},
      sent: true,
      cause: error,
    },
    { operation: 'DeleteObjects', bucket, path: error.Key ?? '', endpoint },
  );
}

async function deleteOne(context: S3Context, item: DeleteItem): Promise<Outcome> {
  if (item.etag !== null && !context.capabilities.conditionalDelete) return deleteLooking(context, item);
  const result = await askOne(context, item.path, item.etag);
  if (result.ok) return 'deleted';
  if (isAbsent(result.failure)) return 'absent';
  if (result.failure.status === 412) return 'changed';
  if (result.failure.status === 501 && item.etag !== null) {
    // The claim is taken back: this store refuses the condition even where it holds (LocalStack).
    context.capabilities.conditionalDelete = false;
    return deleteLooking(context, item);
  }
  throw result.error();
}

/** For stores without conditional deletion: what slips in between the look and the deletion is lost, and only there. */
async function deleteLooking(context: S3Context, item: DeleteItem): Promise<Outcome> {
  const before = await headObject(context, item.path);
  if (before === null) return 'absent';
  if (unquoted(before.output.ETag ?? '') !== item.etag) return 'changed';
  const result = await askOne(context, item.path, null);
  if (!result.ok && !isAbsent(result.failure)) throw result.error();
  const after = await headObject(context, item.path);
  return after === null ? 'deleted' : 'changed';
}

function askOne(context: S3Context, path: string, etag: string | null) {
  const { caller, options } = context;
  const command = new DeleteObjectCommand({
    Bucket: caller.bucket,
    Key: path,
    ...(etag === null ? {} : { IfMatch: quoted(etag) }),
    ...payer(options),
  });
  return caller.attempt(command, path);
}
