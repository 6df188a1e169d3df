/**
 * Server-side copies of exactly one version: CopyObject up to its limit, UploadPartCopy by ranges beyond it and for
 * uploads that stay invisible. The source's version is a condition of each request; where the store ignores that, it is
 * looked at before and after.
 */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { attributesLike, takenOver } from './attributes.js';
import { payer, quoted, TRANSFER_LANES, type S3Context } from './context.js';
import { unquoted } from './list-xml.js';
import { inPool } from './pool.js';
import { headObject, infoOf, isAbsent, urlOf } from './read.js';
import { severalTries } from './tries.js';
import { abortQuietly, createUpload, partsOf, withoutTag } from './upload-calls.js';
import type { PutResult } from '../object-store.js';

export type SourceState = 'absent' | 'changed';

/** The source of a copy as it stands; a differing version is found here only where the store would not find it. */
export async function lookAtSource(
  context: S3Context,
  path: string,
  etag: string,
  signal?: AbortSignal,
): Promise<HeadObjectCommandOutput | SourceState> {
  const head = await headObject(context, path, signal);
  if (head === null) return 'absent';
  if (!context.capabilities.conditionalCopy && unquoted(head.output.ETag ?? '') !== etag) return 'changed';
  return head.output;
}

export async function copyObject(
  context: S3Context,
  source: string,
  etag: string,
  destination: string,
  signal?: AbortSignal,
): Promise<PutResult | { readonly outcome: 'absent' }> {
  const from = await lookAtSource(context, source, etag, signal);
  if (typeof from === 'string') return { outcome: from === 'absent' ? 'absent' : 'lost' };
  const size = from.ContentLength ?? 0;
  throwIfAborted(signal);
  const copied =
    size <= context.sizes.copy
      ? await copyAtOnce(context, source, etag, destination, from)
      : await copyInParts(context, source, etag, destination, from, signal);
  if (copied !== 'copied') return { outcome: copied === 'absent' ? 'absent' : 'lost' };
  if (!context.capabilities.conditionalCopy) {
    const after = await lookAtSource(context, source, etag, signal);
    if (typeof after === 'string') return { outcome: after === 'absent' ? 'absent' : 'lost' };
  }
  const made = await headObject(context, destination, signal);
  if (made?.output.ContentLength !== size)
    throw notWhole(context, destination, size, made?.output.ContentLength);
  return { outcome: 'done', object: infoOf(destination, made.output, size) };
}

async function copyAtOnce(
  context: S3Context,
  source: string,
  etag: string,
  destination: string,
  from: HeadObjectCommandOutput,
): Promise<'copied' | SourceState> {
  const { caller } = context;
  // Metadata and tags come along by themselves; encryption and storage class do not.
  const command = new CopyObjectCommand({
    Bucket: caller.bucket,
    Key: destination,
    CopySource: copySource(caller.bucket, source),
    CopySourceIfMatch: quoted(etag),
    ...attributesLike(context, from),
  });
  const result = await caller.attempt(command, destination);
  if (result.ok && result.output.CopyObjectResult?.ETag) return 'copied';
  if (!result.ok && isAbsent(result.failure)) return 'absent';
  if (!result.ok && result.failure.status === 412) return 'changed';
  throw result.ok ? withoutTag(context, destination) : result.error();
}

async function copyInParts(
  context: S3Context,
  source: string,
  etag: string,
  destination: string,
  from: HeadObjectCommandOutput,
  signal?: AbortSignal,
): Promise<'copied' | SourceState> {
  const { caller } = context;
  const attributes = await takenOver(context, source, signal);
  const id = await createUpload(context, destination, { Metadata: from.Metadata ?? {}, ...attributes });
  let copied: 'copied' | SourceState | null = null;
  try {
    const parts = await copyParts(
      context,
      { source, etag, size: from.ContentLength ?? 0, destination, id },
      signal,
    );
    if (typeof parts === 'string') return parts;
    const command = new CompleteMultipartUploadCommand({
      Bucket: caller.bucket,
      Key: destination,
      UploadId: id,
      MultipartUpload: { Parts: parts },
      ...payer(context.options),
    });
    await caller.send(command, destination);
    copied = 'copied';
    return copied;
  } finally {
    if (copied === null) await abortQuietly(context, destination, id);
  }
}

export interface PartsCopy {
  readonly source: string;
  readonly etag: string;
  readonly size: number;
  readonly destination: string;
  readonly id: string;
}

/** Copies the whole source into an upload, a few ranges at a time. */
export async function copyParts(
  context: S3Context,
  copy: PartsCopy,
  signal?: AbortSignal,
): Promise<CompletedPart[] | SourceState> {
  const ranges = partsOf(copy.size, context.sizes.copyPart);
  let state: SourceState | null = null;
  const parts = await inPool(ranges, TRANSFER_LANES, async (range, i) => {
    if (state !== null) return { PartNumber: i + 1 };
    throwIfAborted(signal);
    const tag = await severalTries(
      context.clock,
      () => copyPart(context, copy, i + 1, range, ranges.length),
      signal,
    );
    if (tag === 'absent' || tag === 'changed') state = tag;
    return { PartNumber: i + 1, ETag: tag };
  });
  return state ?? parts;
}

async function copyPart(
  context: S3Context,
  copy: PartsCopy,
  number: number,
  range: { readonly start: number; readonly end: number },
  count: number,
): Promise<string | SourceState> {
  const { caller } = context;
  const command = new UploadPartCopyCommand({
    Bucket: caller.bucket,
    Key: copy.destination,
    UploadId: copy.id,
    PartNumber: number,
    CopySource: copySource(caller.bucket, copy.source),
    CopySourceIfMatch: quoted(copy.etag),
    // An empty object has no range.
    ...(count > 1 ? { CopySourceRange: `bytes=${range.start}-${range.end - 1}` } : {}),
    ...payer(context.options),
  });
  const result = await caller.attempt(command, copy.destination);
  const tag = result.ok ? result.output.CopyPartResult?.ETag : undefined;
  if (tag !== undefined) return tag;
  if (result.ok) throw withoutTag(context, copy.destination);
  if (isAbsent(result.failure)) return 'absent';
  if (result.failure.status === 412) return 'changed';
  throw result.error();
}

/** Each segment encoded by itself: a `?` in a key would begin a version id. */
export function copySource(bucket: string, path: string): string {
  return `${bucket}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function notWhole(context: S3Context, path: string, size: number, found: number | undefined): LakefillError {
  const what = found === undefined ? 'is not there' : `has ${found} bytes instead of ${size}`;
  return new LakefillError('STORE_UNAVAILABLE', `The copy ${urlOf(context, path)} ${what}.`, {
    hint: 'Run the command again.',
    context: { url: urlOf(context, path) },
  });
}
