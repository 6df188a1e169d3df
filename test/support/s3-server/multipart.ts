/** Multipart uploads: create, parts by upload or copy, complete, abort. Nothing is visible before complete. */
import { randomUUID } from 'node:crypto';
import { checkWrite } from './conditions.js';
import { checksumOf, CHECKSUM_ALGORITHMS, compositeOf, type Checksum } from './checksums.js';
import { bytesContent, concatContent, sliceContent } from './content.js';
import { invalidRequest, noSuchUpload, S3Error } from './errors.js';
import { attributesOf, COPY_LIMIT, copySourceOf } from './objects.js';
import { bucketOf, seconds, uploadOf, type World } from './world.js';
import { document, inner, textOf } from './xml.js';
import type { Content } from './content.js';
import type { S3Request, S3Response, Upload } from './types.js';

export function createUpload(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const algorithm = request.headers['x-amz-checksum-algorithm']?.toLowerCase() as
    Checksum['algorithm'] | undefined;
  const upload: Upload = {
    id: randomUUID(),
    key: request.key,
    initiated: seconds(world.now()),
    attributes: attributesOf(request.headers),
    tags: request.headers['x-amz-tagging'] ?? '',
    algorithm: algorithm ?? null,
    checksumType: request.headers['x-amz-checksum-type'] === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE',
    parts: new Map(),
  };
  bucket.uploads.set(upload.id, upload);
  const body = document('InitiateMultipartUploadResult', {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
  });
  return { status: 200, headers: {}, body };
}

export function uploadPart(world: World, request: S3Request): S3Response {
  const etag = addPart(world, request, bytesContent(request.body), request.checksum);
  return { status: 200, headers: { etag }, body: null };
}

export function uploadPartCopy(world: World, request: S3Request): S3Response {
  const source = copySourceOf(world, request);
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers['x-amz-copy-source-range'] ?? '');
  const [start, end] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, source.content.size];
  if (end > source.content.size || start >= Math.max(end, 1))
    throw new S3Error(400, 'InvalidArgument', 'bad range');
  if (end - start > COPY_LIMIT) throw invalidRequest('The specified copy range is larger than 5 GiB');
  const etag = addPart(world, request, sliceContent(source.content, start, end), null);
  const result = { LastModified: new Date(seconds(world.now())).toISOString(), ETag: etag };
  return { status: 200, headers: {}, body: document('CopyPartResult', result) };
}

function addPart(world: World, request: S3Request, content: Content, checksum: Checksum | null): string {
  const upload = uploadOf(bucketOf(world, request.bucket), request.key, request.query.get('uploadId'));
  const number = Number(request.query.get('partNumber'));
  if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, 'InvalidArgument', 'Part number');
  const own =
    checksum ??
    (upload.algorithm && content.real
      ? {
          algorithm: upload.algorithm,
          value: checksumOf(upload.algorithm, content.read(0, content.size)),
          type: 'FULL_OBJECT' as const,
        }
      : null);
  const etag = `"${content.md5()}"`;
  upload.parts.set(number, { etag, content, checksum: own, lastModified: seconds(world.now()) });
  return etag;
}

export function completeUpload(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const upload = uploadOf(bucket, request.key, request.query.get('uploadId'));
  const ended = bucket.finished.get(upload.id);
  if (ended !== undefined && !world.ignored.has('complete-after-abort')) throw noSuchUpload();
  const parts = partsOf(upload, request.body.toString(), world.minPartBytes);
  const content = concatContent(parts.map((p) => p.content));
  const size = request.headers['x-amz-mp-object-size'];
  if (size !== undefined && Number(size) !== content.size)
    throw invalidRequest('The provided MPU object size header value does not match what was computed.');
  const checksum = completedChecksum(
    upload,
    parts.map((p) => p.checksum),
    content,
    request,
  );
  checkWrite(world, 'complete', request.headers, bucket.current(upload.key));
  const etag = `"${content.md5()}-${parts.length}"`;
  bucket.put(upload.key, {
    versionId: bucket.newVersionId(),
    etag,
    content,
    lastModified: seconds(world.now()),
    attributes: upload.attributes,
    tags: upload.tags,
    checksum,
  });
  finish(world, request, 'completed');
  const body = document('CompleteMultipartUploadResult', {
    Bucket: bucket.name,
    Key: upload.key,
    ETag: etag,
  });
  return { status: 200, headers: {}, body };
}

type Part = Upload['parts'] extends Map<number, infer P> ? P : never;

function partsOf(upload: Upload, xml: string, minPartBytes: number): Part[] {
  const named = inner(xml, 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: textOf(part, 'ETag') ?? '',
  }));
  if (named.length === 0) throw new S3Error(400, 'MalformedXML', 'You must specify at least one part');
  if (named.some((p, i) => i > 0 && p.number <= named[i - 1]!.number))
    throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
  return named.map(({ number, etag }, i) => {
    const part = upload.parts.get(number);
    if (!part || part.etag.replaceAll('"', '') !== etag.replaceAll('"', ''))
      throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
    if (i < named.length - 1 && part.content.size < minPartBytes)
      throw new S3Error(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
      );
    return part;
  });
}

function completedChecksum(
  upload: Upload,
  parts: readonly (Checksum | null)[],
  content: Content,
  request: S3Request,
): Checksum | null {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const claimed = request.headers[`x-amz-checksum-${algorithm}`];
    if (claimed === undefined || claimed.includes('-') || !content.real) continue;
    const value = checksumOf(algorithm, content.read(0, content.size));
    if (value !== claimed)
      throw new S3Error(400, 'BadDigest', `The ${algorithm} you specified did not match`);
  }
  const algorithm = upload.algorithm;
  if (!algorithm || !content.real) return null;
  if (upload.checksumType === 'FULL_OBJECT')
    return { algorithm, value: checksumOf(algorithm, content.read(0, content.size)), type: 'FULL_OBJECT' };
  const values = parts.map((c) => c?.value ?? '');
  return { algorithm, value: compositeOf(algorithm, values), type: 'COMPOSITE' };
}

export function abortUpload(world: World, request: S3Request): S3Response {
  uploadOf(bucketOf(world, request.bucket), request.key, request.query.get('uploadId'));
  finish(world, request, 'aborted');
  return { status: 204, headers: {}, body: null };
}

/** A store that completes aborted uploads keeps the parts. */
function finish(world: World, request: S3Request, how: 'completed' | 'aborted'): void {
  const bucket = bucketOf(world, request.bucket);
  const id = request.query.get('uploadId')!;
  bucket.finished.set(id, how);
  if (how === 'completed' || !world.ignored.has('complete-after-abort')) bucket.uploads.delete(id);
}
