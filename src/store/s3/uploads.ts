/**
 * Uploads that stay invisible at their final key until completed: the revocable step that a publication rests on.
 * A completion carries no condition: the name is never used twice, and the upload works once.
 */
import {
  CompleteMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { takenOver } from './attributes.js';
import { SHA256_METADATA } from './checksum.js';
import { copyParts, lookAtSource } from './copy.js';
import { payer, type S3Context } from './context.js';
import { isUnknown } from './failure.js';
import { landed } from './resolve.js';
import { unquoted } from './list-xml.js';
import { abortQuietly, createUpload, withoutTag } from './upload-calls.js';
import type { CompleteResult, PreparedUpload, PrepareRequest, PrepareResult } from '../object-store.js';

export async function prepareUpload(
  context: S3Context,
  request: PrepareRequest,
  signal?: AbortSignal,
): Promise<PrepareResult> {
  const { path, source, sourceEtag, size, sha256 } = request;
  if (!context.capabilities.conditionalCopy) {
    const before = await lookAtSource(context, source, sourceEtag, signal);
    if (typeof before === 'string') return { outcome: before };
    if (before.ContentLength !== size) return { outcome: 'changed' };
  }
  const attributes = await takenOver(context, request.like, signal);
  throwIfAborted(signal);
  const id = await createUpload(context, path, { Metadata: { [SHA256_METADATA]: sha256 }, ...attributes });
  let prepared = false;
  try {
    const copy = { source, etag: sourceEtag, size, destination: path, id };
    const parts = await copyParts(context, copy, signal);
    if (typeof parts === 'string') return { outcome: parts };
    if (!context.capabilities.conditionalCopy) {
      const after = await lookAtSource(context, source, sourceEtag, signal);
      if (typeof after === 'string') return { outcome: after };
    }
    prepared = true;
    const tags = parts.map((part) => ({ number: part.PartNumber!, etag: unquoted(part.ETag!) }));
    return { outcome: 'done', upload: { path, id, size, sha256, parts: tags } };
  } finally {
    if (!prepared) await abortQuietly(context, path, id);
  }
}

const COMPLETE_TRIES = 3;

/** Repeated after an unknown result: the upload works once, so a second try can only find it done or gone. */
export async function completeUpload(
  context: S3Context,
  upload: PreparedUpload,
  signal?: AbortSignal,
): Promise<CompleteResult> {
  throwIfAborted(signal);
  const ours = (head: HeadObjectCommandOutput) =>
    head.ContentLength === upload.size && head.Metadata?.[SHA256_METADATA] === upload.sha256;
  for (let tries = 1; ; tries += 1) {
    const result = await completeOnce(context, upload);
    if (result.ok && result.output.ETag) return { outcome: 'done', etag: unquoted(result.output.ETag) };
    if (!result.ok && !isUnknown(result.failure) && result.failure.status !== 503) {
      const ending = refusal(result.failure.status, result.failure.code);
      // After an unknown try, "no such upload" may be the trace of our own success.
      const object = ending === 'gone' && tries > 1 ? await landed(context, upload.path, ours) : null;
      if (object) return { outcome: 'done', etag: object.etag };
      if (ending !== null) return { outcome: ending };
      throw result.error();
    }
    const object = await landed(context, upload.path, ours);
    if (object) return { outcome: 'done', etag: object.etag };
    if (tries >= COMPLETE_TRIES) throw result.ok ? withoutTag(context, upload.path) : result.error();
    await context.clock.sleep(Math.random() * 200 * 2 ** tries);
  }
}

function completeOnce(context: S3Context, upload: PreparedUpload) {
  const { caller, options } = context;
  const command = new CompleteMultipartUploadCommand({
    Bucket: caller.bucket,
    Key: upload.path,
    UploadId: upload.id,
    MultipartUpload: { Parts: (upload.parts ?? []).map((p) => ({ PartNumber: p.number, ETag: p.etag })) },
    MpuObjectSize: upload.size,
    ...payer(options),
  });
  // No signal: the commit point of a file is waited for, and its time is bounded.
  return caller.attempt(command, upload.path);
}

/** 409: S3 demands a new upload. Refused parts cannot become right either. */
function refusal(status: number | null, code: string): 'gone' | 'spent' | null {
  if (code === 'NoSuchUpload' || (status === 404 && code !== 'NoSuchBucket')) return 'gone';
  const never = ['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'InvalidRequest', 'BadDigest'];
  return status === 409 || never.includes(code) ? 'spent' : null;
}

/** MinIO answers an empty list to any prefix; nothing can be told from it there. */
export async function listUploads(
  context: S3Context,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly { path: string; id: string; startedAt: number }[]> {
  const { caller, options } = context;
  const found: { path: string; id: string; startedAt: number }[] = [];
  let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const command = new ListMultipartUploadsCommand({
      Bucket: caller.bucket,
      Prefix: prefix,
      ...markers,
      ...payer(options),
    });
    const { output } = await caller.send(command, prefix, signal);
    for (const upload of output.Uploads ?? []) {
      const { Key, UploadId, Initiated } = upload;
      if (!Key?.startsWith(prefix) || !UploadId || !Initiated) throw invalid(context, prefix);
      found.push({ path: Key, id: UploadId, startedAt: Initiated.getTime() });
    }
    if (output.IsTruncated === undefined) throw invalid(context, prefix);
    if (!output.IsTruncated) return found;
    const next = { KeyMarker: output.NextKeyMarker ?? '', UploadIdMarker: output.NextUploadIdMarker ?? '' };
    if (next.KeyMarker === markers.KeyMarker && next.UploadIdMarker === markers.UploadIdMarker)
      throw invalid(context, prefix);
    markers = next;
  }
}

function invalid(context: S3Context, prefix: string): LakefillError {
  return new LakefillError(
    'STORE_LISTING_INVALID',
    `The list of uploads under s3://${context.caller.bucket}/${prefix} cannot be trusted. What is there is unknown.`,
    { hint: 'Run the command again.', context: { bucket: context.caller.bucket, prefix } },
  );
}
