/** ListObjectsV2, ListObjectVersions, ListMultipartUploads and ListParts. */
import { invalidRequest } from './errors.js';
import { bucketOf, uploadOf, type World } from './world.js';
import { compareKeys } from './bucket.js';
import { document, escapeXml, type XmlNode } from './xml.js';
import type { S3Request, S3Response } from './types.js';

/** As S3 does it: every byte but the unreserved ones and `/`, and a space as `+`. */
export function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/%2F/g, '/')
    .replace(/%20/g, '+')
    .replace(/[!'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function listObjects(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : readToken(token);
  const encode = query.get('encoding-type') === 'url' ? urlEncode : (text: string) => text;

  const contents: string[] = [];
  const prefixes: XmlNode[] = [];
  let last = '';
  let truncated = false;
  const from = compareKeys(after, prefix) >= 0 ? after : prefix;
  const objects = bucket.objects(from);
  let step = objects.next();
  while (!step.done) {
    const [key, object] = step.value;
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? null : key.slice(0, cut + delimiter.length);
    // A token names what the page before ended with: a key, or a common prefix that was answered whole.
    if (compareKeys(key, after) <= 0) {
      step = objects.next();
      continue;
    }
    if (common !== null && token !== null && common === after) {
      step = objects.next(successor(common));
      continue;
    }
    if (contents.length + prefixes.length === limit) {
      truncated = true;
      break;
    }
    if (common !== null) {
      prefixes.push({ Prefix: encode(common) });
      last = common;
      step = objects.next(successor(common));
      continue;
    }
    // As text at once: a listing of a million keys passes here.
    contents.push(
      `<Contents><Key>${escapeXml(encode(key))}</Key><LastModified>${new Date(object.lastModified).toISOString()}</LastModified>` +
        `<ETag>${escapeXml(object.etag)}</ETag><Size>${object.content.size}</Size>` +
        `<StorageClass>${object.attributes['x-amz-storage-class'] ?? 'STANDARD'}</StorageClass></Contents>`,
    );
    last = key;
    step = objects.next();
  }
  const body = document('ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: query.get('encoding-type') ?? undefined,
    KeyCount: contents.length + prefixes.length,
    IsTruncated: truncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: truncated ? makeToken(last) : undefined,
    StartAfter: query.get('start-after') === null ? undefined : encode(query.get('start-after')!),
    CommonPrefixes: prefixes,
  }).toString();
  const end = body.lastIndexOf('</ListBucketResult>');
  const whole = Buffer.from(body.slice(0, end) + contents.join('') + body.slice(end));
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: whole };
}

/** First text after everything that begins with `prefix` (which ends in an ASCII delimiter). */
const successor = (prefix: string) =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
const makeToken = (last: string) => Buffer.from(`1:${last}`).toString('base64');
function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('1:')) throw invalidRequest('The continuation token provided is incorrect');
  return text.slice(2);
}

export function listVersions(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const all = bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((Key) =>
      bucket
        .history(Key)
        .map((v, i, versions) => ({ Key, v, latest: i === versions.length - 1 }))
        .reverse(),
    );
  const marker = [query.get('key-marker'), query.get('version-id-marker')] as const;
  const from =
    marker[0] === null
      ? 0
      : all.findIndex((row) => row.Key === marker[0] && row.v.versionId === marker[1]) + 1;
  const rows = all.slice(from, from + limit);
  const truncated = all.length > from + limit;
  const common = (row: (typeof rows)[number]) => ({
    Key: row.Key,
    VersionId: row.v.versionId,
    IsLatest: row.latest,
    LastModified: new Date(row.v.lastModified).toISOString(),
  });
  const body = document('ListVersionsResult', {
    Name: bucket.name,
    Prefix: prefix,
    MaxKeys: limit,
    IsTruncated: truncated,
    NextKeyMarker: truncated ? rows.at(-1)!.Key : undefined,
    NextVersionIdMarker: truncated ? rows.at(-1)!.v.versionId : undefined,
    Version: rows
      .filter((row) => row.v.object)
      .map((row) => ({ ...common(row), ETag: row.v.object!.etag, Size: row.v.object!.content.size })),
    DeleteMarker: rows.filter((row) => !row.v.object).map(common),
  });
  return { status: 200, headers: {}, body };
}

export function listUploads(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const limit = Math.min(Number(query.get('max-uploads') ?? 1000), 1000);
  const encode = query.get('encoding-type') === 'url' ? urlEncode : (text: string) => text;
  const marker: [string, string] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
  const beyond = (key: string, id: string) => {
    const order = compareKeys(key, marker[0]);
    return order > 0 || (order === 0 && marker[1] !== '' && id > marker[1]);
  };
  const open = [...bucket.uploads.values()]
    .filter((u) => !bucket.finished.has(u.id) && u.key.startsWith(prefix) && beyond(u.key, u.id))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.id < b.id ? -1 : 1));
  const page = open.slice(0, limit);
  const truncated = open.length > limit;
  const body = document('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    Prefix: encode(prefix),
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxUploads: limit,
    IsTruncated: truncated,
    NextKeyMarker: truncated ? encode(page.at(-1)!.key) : undefined,
    NextUploadIdMarker: truncated ? page.at(-1)!.id : undefined,
    Upload: page.map((u) => ({
      Key: encode(u.key),
      UploadId: u.id,
      Initiated: new Date(u.initiated).toISOString(),
      StorageClass: 'STANDARD',
    })),
  });
  return { status: 200, headers: {}, body };
}

export function listParts(world: World, request: S3Request): S3Response {
  const upload = uploadOf(bucketOf(world, request.bucket), request.key, request.query.get('uploadId'));
  const limit = Math.min(Number(request.query.get('max-parts') ?? 1000), 1000);
  const after = Number(request.query.get('part-number-marker') ?? 0);
  const all = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
  const page = all.slice(0, limit);
  const body = document('ListPartsResult', {
    Bucket: request.bucket,
    Key: request.key,
    UploadId: upload.id,
    MaxParts: limit,
    IsTruncated: all.length > limit,
    NextPartNumberMarker: all.length > limit ? page.at(-1)![0] : undefined,
    Part: page.map(([PartNumber, part]) => ({ PartNumber, ETag: part.etag, Size: part.content.size })),
  });
  return { status: 200, headers: {}, body };
}
