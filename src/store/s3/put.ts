/**
 * Writes one object: PutObject, or parts in parallel for a large file. Sent once: a lost race is a value, and after an
 * unknown result the store is asked whether this very try landed. What stays unknown is STORE_UNAVAILABLE.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { randomId } from '../../core/id.js';
import { optionAttributes } from './attributes.js';
import { digester, SHA256_METADATA, WRITE_METADATA } from './checksum.js';
import { storeTime, type S3Context } from './context.js';
import { isUnknown, type Failure } from './failure.js';
import { unquoted } from './list-xml.js';
import { putInParts } from './put-parts.js';
import { urlOf, withHeader } from './read.js';
import { hasMark, landed } from './resolve.js';
import { conditionOf, holdsNow, isEnforced } from './write-mode.js';
import type { Attempt } from './caller.js';
import type { Body, PutMode, PutResult } from '../object-store.js';

export async function putObject(
  context: S3Context,
  path: string,
  body: Body,
  mode: PutMode,
  signal?: AbortSignal,
): Promise<PutResult> {
  throwIfAborted(signal);
  const enforced = isEnforced(context, mode);
  if (!enforced && !(await holdsNow(context, path, mode, signal))) return { outcome: 'lost' };
  const size = 'bytes' in body ? body.bytes.byteLength : (await stat(body.file)).size;
  if ('file' in body && size > context.sizes.single) {
    return putInParts(context, path, { ...body, size }, mode, signal);
  }
  const bytes = 'bytes' in body ? Buffer.from(body.bytes) : await readFile(body.file);
  const hashed = { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  if ('file' in body) refuseOther(body, hashed.sha256);
  const result = await putOnce(context, path, hashed, mode, conditionOf(mode));
  // A store that refuses conditions altogether is written to without, since the look before is all there is.
  if (result === 'refused' && !enforced) return putOnceUnconditionally(context, path, hashed, mode);
  if (result === 'refused') throw refused(context, path, mode);
  return result;
}

/** Throws when the file does not hold what it is known to hold. */
export function refuseOther(body: { readonly file: string; readonly sha256?: string }, found: string): void {
  if (body.sha256 === undefined || body.sha256 === found) return;
  throw new LakefillError(
    'STORE_CORRUPT',
    `${body.file} is not what was written any more: its SHA-256 is ${found} instead of ${body.sha256}. Nothing of it is visible.`,
    { hint: 'Find out what changes files there (or test the disk), and run the command again.' },
  );
}

interface Hashed {
  readonly bytes: Buffer;
  readonly sha256: string;
}

async function putOnceUnconditionally(context: S3Context, path: string, hashed: Hashed, mode: PutMode) {
  const result = await putOnce(context, path, hashed, mode, {});
  if (result === 'refused') throw refused(context, path, mode);
  return result;
}

async function putOnce(
  context: S3Context,
  path: string,
  { bytes, sha256 }: Hashed,
  mode: PutMode,
  condition: { IfNoneMatch?: string; IfMatch?: string },
): Promise<PutResult | 'refused'> {
  const { caller, connection } = context;
  const mark = randomId();
  const command = new PutObjectCommand({
    Bucket: caller.bucket,
    Key: path,
    Body: bytes,
    Metadata: { [SHA256_METADATA]: sha256, [WRITE_METADATA]: mark },
    ...condition,
    ...(connection.checksums ? { ChecksumCRC32: crc32Of(bytes) } : {}),
    ...optionAttributes(context),
  });
  // The signature covers the bytes by this hash, which the SDK would compute once more.
  withHeader(command, 'x-amz-content-sha256', sha256);
  // No signal: a write that is under way is waited for, so that its result is known. Its time is bounded.
  const result = await caller.attempt(command, path);
  if (result.ok && result.output.ETag) {
    const lastModified = storeTime(result.headers, context.clock);
    const etag = unquoted(result.output.ETag);
    return { outcome: 'done', object: { path, size: bytes.length, etag, lastModified } };
  }
  if (!result.ok && result.failure.status === 501) return 'refused';
  return settle(context, path, mode, mark, result);
}

export function crc32Of(bytes: Uint8Array): string {
  const crc = digester('crc32');
  crc.update(bytes);
  return crc.digest();
}

/** What a write that did not end well comes to: lost, landed after all, or an error. */
export async function settle(
  context: S3Context,
  path: string,
  mode: PutMode,
  mark: string,
  result: Attempt<unknown>,
): Promise<PutResult> {
  if (!result.ok && isLost(mode, result.failure)) return { outcome: 'lost' };
  if (result.ok || isUnknown(result.failure)) {
    const object = await landed(context, path, hasMark(mark));
    if (object) return { outcome: 'done', object };
  }
  if (!result.ok) throw result.error();
  throw new LakefillError(
    'STORE_UNAVAILABLE',
    `Writing ${urlOf(context, path)} had an answer without an ETag.`,
    {
      hint: 'Run the command again.',
      context: { url: urlOf(context, path) },
    },
  );
}

/** 404 answers an If-Match on a key that is not there (Ceph says 412). */
function isLost(mode: PutMode, failure: Failure): boolean {
  if (mode.kind === 'overwrite') return false;
  if (failure.status === 412) return true;
  return mode.kind === 'update' && failure.status === 404 && failure.code === 'NoSuchKey';
}

function refused(context: S3Context, path: string, mode: PutMode): LakefillError {
  const what = mode.kind === 'create' ? 'If-None-Match' : mode.kind === 'update' ? 'If-Match' : 'the upload';
  return new LakefillError(
    'STORE_UNSUPPORTED',
    `The store refuses ${what} for ${urlOf(context, path)} (501).`,
    {
      hint: 'Run `lakefill doctor`; without conditional writes only --single-writer can write here.',
      context: { url: urlOf(context, path) },
    },
  );
}
