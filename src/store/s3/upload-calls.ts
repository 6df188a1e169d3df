/** The calls of a multipart upload that several writers share: create, abort for certain, and how many parts there are. */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { LakefillError } from '../../core/errors.js';
import { MAX_PARTS, payer, type S3Context } from './context.js';
import { urlOf } from './read.js';
import type { AbortResult } from '../object-store.js';

const MiB = 1024 * 1024;

/** [start, end) of each part; at least one. Parts grow where there would be too many of them. */
export function partsOf(size: number, preferred: number): { readonly start: number; readonly end: number }[] {
  const length = size > preferred * MAX_PARTS ? Math.ceil(size / MAX_PARTS / MiB) * MiB : preferred;
  const count = Math.max(1, Math.ceil(size / length));
  return Array.from({ length: count }, (_, i) => ({
    start: i * length,
    end: Math.min((i + 1) * length, size),
  }));
}

/** The id of a new upload. What cannot be seen when the answer is lost is an upload without parts: gc's and lifecycle rules' work. */
export async function createUpload(
  context: S3Context,
  path: string,
  input: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>,
): Promise<string> {
  const { caller } = context;
  const command = new CreateMultipartUploadCommand({ ...input, Bucket: caller.bucket, Key: path });
  const { output } = await caller.send(command, path);
  if (output.UploadId) return output.UploadId;
  throw new LakefillError(
    'STORE_UNAVAILABLE',
    `An upload to ${urlOf(context, path)} was begun without an id.`,
    {
      hint: 'Run the command again.',
      context: { url: urlOf(context, path) },
    },
  );
}

/** An answer of 2xx that does not say what was stored: as good as none. */
export function withoutTag(context: S3Context, path: string): LakefillError {
  return new LakefillError(
    'STORE_UNAVAILABLE',
    `The store took a part of ${urlOf(context, path)} and gave no tag for it.`,
    {
      hint: 'Run the command again.',
      context: { url: urlOf(context, path) },
    },
  );
}

const ABORT_TRIES = 5;

/**
 * Ends an upload so that it can never complete: a part that was on its way can outlive an abort, so the store is asked
 * until it no longer knows the upload. MinIO answers 204 also for an upload that is long gone, and says `aborted` here.
 */
export async function abortUpload(context: S3Context, path: string, id: string): Promise<AbortResult> {
  const { caller, options } = context;
  const upload = { Bucket: caller.bucket, Key: path, UploadId: id, ...payer(options) };
  let outcome: AbortResult['outcome'] = 'gone';
  for (let tries = 1; tries <= ABORT_TRIES; tries += 1) {
    const aborted = await caller.attempt(new AbortMultipartUploadCommand(upload), path);
    if (aborted.ok) outcome = 'aborted';
    else if (aborted.failure.status === 404 && aborted.failure.code !== 'NoSuchBucket') return { outcome };
    else throw aborted.error();
    const parts = await caller.attempt(new ListPartsCommand({ ...upload, MaxParts: 1 }), path);
    if (!parts.ok && parts.failure.status === 404) return { outcome };
    if (!parts.ok) throw parts.error();
    await context.clock.sleep(Math.random() * 100 * 2 ** tries);
  }
  throw new LakefillError(
    'STORE_UNAVAILABLE',
    `The upload to ${urlOf(context, path)} was aborted ${ABORT_TRIES} times and the store still has it.`,
    {
      hint: 'Run the command again; until then it may complete.',
      context: { url: urlOf(context, path), uploadId: id, stillThere: true },
    },
  );
}

/** For an upload that nothing refers to yet: what stays behind costs storage, nothing else. */
export async function abortQuietly(context: S3Context, path: string, id: string): Promise<void> {
  await abortUpload(context, path, id).catch(() => undefined);
}
