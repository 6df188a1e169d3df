/** Writes a large file as a multipart upload: a few parts at a time, the file read once, visible only when whole. */
import { open, type FileHandle } from 'node:fs/promises';
import { CompleteMultipartUploadCommand, UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { randomId } from '../../core/id.js';
import { optionAttributes } from './attributes.js';
import { digester, SHA256_METADATA, WRITE_METADATA } from './checksum.js';
import { payer, storeTime, TRANSFER_LANES, type S3Context } from './context.js';
import { unquoted } from './list-xml.js';
import { crc32Of, refuseOther, settle } from './put.js';
import { inPool } from './pool.js';
import { severalTries } from './tries.js';
import { abortQuietly, createUpload, partsOf, withoutTag } from './upload-calls.js';
import { conditionOf } from './write-mode.js';
import type { PutMode, PutResult } from '../object-store.js';

interface FileBody {
  readonly file: string;
  readonly size: number;
  /** Hex, where it is known. */
  readonly sha256?: string;
}

export async function putInParts(
  context: S3Context,
  path: string,
  body: FileBody,
  mode: PutMode,
  signal?: AbortSignal,
): Promise<PutResult> {
  const { caller, connection } = context;
  const mark = randomId();
  const checksums = connection.checksums
    ? { ChecksumAlgorithm: 'CRC32' as const, ChecksumType: 'FULL_OBJECT' as const }
    : {};
  const id = await createUpload(context, path, {
    Metadata: {
      [WRITE_METADATA]: mark,
      ...(body.sha256 === undefined ? {} : { [SHA256_METADATA]: body.sha256 }),
    },
    ...checksums,
    ...optionAttributes(context),
  });
  let result: PutResult | null = null;
  try {
    const { parts, crc32 } = await sendParts(context, path, id, body, signal);
    throwIfAborted(signal);
    const command = new CompleteMultipartUploadCommand({
      Bucket: caller.bucket,
      Key: path,
      UploadId: id,
      MultipartUpload: { Parts: parts },
      MpuObjectSize: body.size,
      ...(connection.checksums ? { ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' as const } : {}),
      ...conditionOf(mode),
      ...payer(context.options),
    });
    const answer = await caller.attempt(command, path);
    if (answer.ok && answer.output.ETag) {
      const etag = unquoted(answer.output.ETag);
      const lastModified = storeTime(answer.headers, context.clock);
      result = { outcome: 'done', object: { path, size: body.size, etag, lastModified } };
      return result;
    }
    result = await settle(context, path, mode, mark, answer);
    return result;
  } finally {
    // A lost race leaves the upload open, and so does any failure before the completion.
    if (result?.outcome !== 'done') await abortQuietly(context, path, id);
  }
}

async function sendParts(
  context: S3Context,
  path: string,
  id: string,
  body: FileBody,
  signal?: AbortSignal,
): Promise<{ parts: CompletedPart[]; crc32: string }> {
  const crc = digester('crc32');
  const sha256 = body.sha256 === undefined ? null : digester('sha256');
  const handle = await open(body.file, 'r');
  // Parts are read in order, one at a time, so that the checksum of the whole can be computed on the way.
  let reading: Promise<unknown> = Promise.resolve();
  const nextBytes = (start: number, end: number): Promise<Buffer> => {
    const read = reading.then(async () => {
      const bytes = await readExactly(handle, body.file, start, end);
      crc.update(bytes);
      sha256?.update(bytes);
      return bytes;
    });
    reading = read;
    return read;
  };
  try {
    const parts = await inPool(
      partsOf(body.size, context.sizes.part),
      TRANSFER_LANES,
      async ({ start, end }, i) => {
        throwIfAborted(signal);
        const bytes = await nextBytes(start, end);
        return severalTries(context.clock, () => sendPart(context, path, id, i + 1, bytes, signal), signal);
      },
    );
    if (sha256 !== null) refuseOther(body, Buffer.from(sha256.digest(), 'base64').toString('hex'));
    return { parts, crc32: crc.digest() };
  } finally {
    await handle.close();
  }
}

/** A part replaces the one of its number, so sending it again is safe whatever became of the first. */
async function sendPart(
  context: S3Context,
  path: string,
  id: string,
  number: number,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<CompletedPart> {
  const { caller, connection } = context;
  const checksum = connection.checksums ? { ChecksumCRC32: crc32Of(bytes) } : {};
  const command = new UploadPartCommand({
    Bucket: caller.bucket,
    Key: path,
    UploadId: id,
    PartNumber: number,
    Body: bytes,
    ...checksum,
    ...payer(context.options),
  });
  const { output } = await caller.send(command, path, signal);
  if (output.ETag) return { PartNumber: number, ETag: output.ETag, ...checksum };
  throw withoutTag(context, path);
}

async function readExactly(handle: FileHandle, file: string, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, start + read);
    if (bytesRead === 0) {
      throw new LakefillError(
        'STORE_FAILED',
        `${file} became shorter while it was uploaded. Nothing is visible.`,
        {
          hint: 'Find out what changes the file, and run the command again.',
          context: { file },
        },
      );
    }
    read += bytesRead;
  }
  return bytes;
}
