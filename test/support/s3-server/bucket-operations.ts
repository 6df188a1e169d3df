/** What is asked of a bucket and not of one key: create, versioning, lifecycle, location, batch deletion. */
import { Bucket } from './bucket.js';
import { checkDelete } from './conditions.js';
import { S3Error } from './errors.js';
import { removed, removedVersion } from './objects.js';
import { bucketOf, type World } from './world.js';
import { document, inner, textOf, type XmlNode } from './xml.js';
import type { S3Request, S3Response } from './types.js';

const ok = (body: Buffer | null = null): S3Response => ({ status: 200, headers: {}, body });

export function createBucket(world: World, request: S3Request): S3Response {
  if (world.buckets.has(request.bucket))
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'You already own this bucket.');
  const region = textOf(request.body.toString(), 'LocationConstraint') ?? 'us-east-1';
  world.buckets.set(request.bucket, new Bucket(request.bucket, region));
  return ok();
}

export function deleteBucket(world: World, request: S3Request): S3Response {
  if (bucketOf(world, request.bucket).keys().length > 0)
    throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
  world.buckets.delete(request.bucket);
  return { status: 204, headers: {}, body: null };
}

export function headBucket(world: World, request: S3Request): S3Response {
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': bucketOf(world, request.bucket).region },
    body: null,
  };
}

export function listBuckets(world: World): S3Response {
  const buckets = [...world.buckets.keys()].map((Name) => ({ Name }));
  return ok(document('ListAllMyBucketsResult', { Buckets: { Bucket: buckets } }));
}

export function getLocation(world: World, request: S3Request): S3Response {
  const { region } = bucketOf(world, request.bucket);
  return ok(Buffer.from(`<LocationConstraint>${region === 'us-east-1' ? '' : region}</LocationConstraint>`));
}

export function getVersioning(world: World, request: S3Request): S3Response {
  const status = bucketOf(world, request.bucket).versioning;
  return ok(document('VersioningConfiguration', { Status: status ?? undefined }));
}

export function putVersioning(world: World, request: S3Request): S3Response {
  const status = textOf(request.body.toString(), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error(400, 'MalformedXML');
  bucketOf(world, request.bucket).versioning = status;
  return ok();
}

export function getLifecycle(world: World, request: S3Request): S3Response {
  const { lifecycle } = bucketOf(world, request.bucket);
  if (lifecycle === null)
    throw new S3Error(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
  return ok(Buffer.from(lifecycle));
}

export function putLifecycle(world: World, request: S3Request): S3Response {
  bucketOf(world, request.bucket).lifecycle = request.body.toString();
  return ok();
}

export function getObjectLock(world: World, request: S3Request): S3Response {
  const { objectLock } = bucketOf(world, request.bucket);
  if (objectLock === null)
    throw new S3Error(
      404,
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    );
  return ok(Buffer.from(objectLock));
}

export function putObjectLock(world: World, request: S3Request): S3Response {
  bucketOf(world, request.bucket).objectLock = request.body.toString();
  return ok();
}

export function deleteObjects(world: World, request: S3Request): S3Response {
  const bucket = bucketOf(world, request.bucket);
  const xml = request.body.toString();
  if (request.checksum === null && request.headers['content-md5'] === undefined)
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  const entries = inner(xml, 'Object');
  if (entries.length > 1000) throw new S3Error(400, 'MalformedXML', 'More than 1000 keys');
  const deleted: XmlNode[] = [];
  const errors: XmlNode[] = [];
  for (const entry of entries) {
    const key = textOf(entry, 'Key')!;
    const versionId = textOf(entry, 'VersionId');
    try {
      if (world.denied.has('s3:DeleteObject')) throw new S3Error(403, 'AccessDenied', 'Access Denied');
      if (versionId !== undefined) {
        removedVersion(bucket, key, versionId, world);
        deleted.push({ Key: key, VersionId: versionId });
        continue;
      }
      checkDelete(world, 'delete-objects-etag', textOf(entry, 'ETag'), bucket.current(key));
      const headers = removed(bucket, key, world);
      deleted.push({ Key: key, DeleteMarkerVersionId: headers['x-amz-version-id'] });
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push({ Key: key, Code: error.code, Message: error.message });
    }
  }
  const quiet = textOf(xml, 'Quiet') === 'true';
  return ok(document('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors }));
}
