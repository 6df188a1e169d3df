/** PutObject, GetObject, HeadObject, CopyObject, DeleteObject and object tagging. */
import { createHash, randomBytes } from 'node:crypto';
import { checkCopySource, checkDelete, checkRead, checkWrite } from './conditions.js';
import { checksumOf } from './checksums.js';
import { bytesContent, sliceContent } from './content.js';
import { invalidRequest, S3Error } from './errors.js';
import { bucketOf, objectOf, seconds, type World } from './world.js';
import { document, inner, textOf } from './xml.js';
import type { Bucket } from './bucket.js';
import type { Content } from './content.js';
import type { S3Request, S3Response, StoredObject } from './types.js';

export const COPY_LIMIT = 5 * 1024 ** 3;

const KEPT =
  /^(content-type|content-encoding|cache-control|x-amz-storage-class|x-amz-acl|x-amz-server-side-encryption.*|x-amz-meta-.*)$/;

export function attributesOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
  return Object.fromEntries(
    kept.map(([n, v]) => [n, n === 'content-encoding' ? v.replace(/aws-chunked,?/, '') : v]),
  );
}

/** The MD5, except where KMS encrypts: there the tag says nothing about the bytes. */
export function etagOf(attributes: Readonly<Record<string, string>>, content: Content): string {
  const kms = attributes['x-amz-server-side-encryption']?.startsWith('aws:kms');
  return `"${kms ? randomBytes(16).toString('hex') : content.md5()}"`;
}

export function putObject(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && createHash('md5').update(request.body).digest('base64') !== md5)
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  checkWrite(world, 'put', request.headers, bucket.current(request.key));
  const attributes = attributesOf(request.headers);
  const content = bytesContent(request.body);
  const object: StoredObject = {
    versionId: bucket.newVersionId(),
    etag: etagOf(attributes, content),
    content,
    lastModified: seconds(world.now()),
    attributes,
    tags: request.headers['x-amz-tagging'] ?? '',
    checksum: request.checksum,
  };
  bucket.put(request.key, object);
  return { status: 200, headers: { ...writeHeaders(object), ...checksumHeaders(object, true) }, body: null };
}

export function getObject(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const object = objectOf(world, bucket, request.key, request.query.get('versionId'));
  const unchanged = checkRead(world, request.headers, object);
  if (unchanged) return unchanged;
  const size = object.content.size;
  const range = request.headers['range'] === undefined ? null : parseRange(request.headers['range'], size);
  const [start, end] = range ?? [0, size];
  const whole = start === 0 && end === size;
  const headers = {
    ...object.attributes,
    ...checksumHeaders(object, whole && request.headers['x-amz-checksum-mode'] === 'ENABLED'),
    ...(object.tags === '' ? {} : { 'x-amz-tagging-count': String(object.tags.split('&').length) }),
    ...(object.versionId === 'null' ? {} : { 'x-amz-version-id': object.versionId }),
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': object.attributes['content-type'] ?? 'binary/octet-stream',
    etag: object.etag,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
  };
  delete (headers as Record<string, string>)['x-amz-acl'];
  return { status: range ? 206 : 200, headers, body: sliceContent(object.content, start, end) };
}

/** [start, end) of a Range header. */
function parseRange(header: string, size: number): [number, number] | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size : Math.min(Number(match[2]) + 1, size);
  if (start >= size) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  return [start, end];
}

export function copyObject(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const source = copySourceOf(world, request);
  if (source.content.size > COPY_LIMIT)
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${COPY_LIMIT}`,
    );
  checkWrite(world, 'copy', request.headers, bucket.current(request.key));
  const asked = attributesOf(request.headers);
  const replace = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const kept = Object.entries(source.attributes).filter(
    ([n]) => n.startsWith('x-amz-meta-') || n === 'content-type',
  );
  const attributes = replace ? asked : { ...asked, ...Object.fromEntries(kept) };
  const object: StoredObject = {
    versionId: bucket.newVersionId(),
    etag: etagOf(attributes, source.content),
    content: source.content,
    lastModified: seconds(world.now()),
    attributes,
    tags:
      request.headers['x-amz-tagging-directive'] === 'REPLACE'
        ? (request.headers['x-amz-tagging'] ?? '')
        : source.tags,
    checksum: source.checksum,
  };
  bucket.put(request.key, object);
  const result = { LastModified: new Date(object.lastModified).toISOString(), ETag: object.etag };
  return { status: 200, headers: writeHeaders(object), body: document('CopyObjectResult', result) };
}

/** The object that `x-amz-copy-source` names, with its preconditions checked. */
export function copySourceOf(world: World, request: S3Request): StoredObject {
  const [path, query = ''] = request.headers['x-amz-copy-source']!.split('?');
  const decoded = decodeURIComponent(path!).replace(/^\//, '');
  const cut = decoded.indexOf('/');
  const bucket = bucketOf(world, decoded.slice(0, cut));
  const version = new URLSearchParams(query).get('versionId');
  const source = objectOf(world, bucket, decoded.slice(cut + 1), version);
  checkCopySource(world, request.headers, source);
  return source;
}

export function deleteObject(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const versionId = request.query.get('versionId');
  if (versionId) {
    removedVersion(bucket, request.key, versionId, world);
    return { status: 204, headers: { 'x-amz-version-id': versionId }, body: null };
  }
  checkDelete(world, 'delete-if-match', request.headers['if-match'], bucket.current(request.key));
  return { status: 204, headers: removed(bucket, request.key, world), body: null };
}

/** For good; a delete marker is never locked. */
export function removedVersion(bucket: Bucket, key: string, versionId: string, world: World): void {
  if (world.denied.has('s3:DeleteObjectVersion')) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  if (bucket.version(key, versionId)?.object && bucket.locked(key))
    throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
  bucket.removeVersion(key, versionId);
}

export function removed(bucket: Bucket, key: string, world: World): Record<string, string> {
  const marker = bucket.remove(key, seconds(world.now()));
  return marker === null ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker };
}

export function getTagging(world: World, request: S3Request): S3Response {
  const object = objectOf(world, bucketOf(world, request.bucket), request.key, null);
  const tags = [...new URLSearchParams(object.tags)].map(([Key, Value]) => ({ Key, Value }));
  return { status: 200, headers: {}, body: document('Tagging', { TagSet: { Tag: tags } }) };
}

export function putTagging(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const object = objectOf(world, bucket, request.key, null);
  const tags = new URLSearchParams(
    inner(request.body.toString(), 'Tag').map((tag): [string, string] => [
      textOf(tag, 'Key')!,
      textOf(tag, 'Value')!,
    ]),
  );
  bucket.put(request.key, { ...object, tags: tags.toString() });
  return { status: 200, headers: {}, body: null };
}

function writeHeaders(object: StoredObject): Record<string, string> {
  return {
    etag: object.etag,
    ...(object.versionId === 'null' ? {} : { 'x-amz-version-id': object.versionId }),
    ...Object.fromEntries(
      Object.entries(object.attributes).filter(([n]) => n.startsWith('x-amz-server-side-encryption')),
    ),
  };
}

/** Where the writer sent no checksum, S3 has its own: CRC64NVME over the whole object. */
function checksumHeaders(object: StoredObject, wanted: boolean): Record<string, string> {
  if (!wanted || (!object.checksum && !object.content.real)) return {};
  const { algorithm, value, type } = object.checksum ?? {
    algorithm: 'crc64nvme',
    value: checksumOf('crc64nvme', object.content.read(0, object.content.size)),
    type: 'FULL_OBJECT',
  };
  return { [`x-amz-checksum-${algorithm}`]: value, 'x-amz-checksum-type': type };
}
