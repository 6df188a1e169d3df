/** What every handler needs: the buckets, the clock and the switches of one server. */
import { noSuchUpload, S3Error } from './errors.js';
import type { Bucket } from './bucket.js';
import type { Enforcement } from './conditions.js';
import type { StoredObject, Upload } from './types.js';

export interface World extends Enforcement {
  readonly buckets: Map<string, Bucket>;
  /** Milliseconds since the epoch, as the server believes. */
  now(): number;
  /** Smallest size of a part that is not the last. */
  readonly minPartBytes: number;
  /** IAM actions that the caller does not have, such as `s3:ListBucket`. */
  readonly denied: ReadonlySet<string>;
}

export const seconds = (now: number) => Math.floor(now / 1000) * 1000;

export function bucketOf(world: World, name: string): Bucket {
  const bucket = world.buckets.get(name);
  if (!bucket) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  return bucket;
}

/** The object a read is about; a missing key is 403 to a caller who may not list. */
export function objectOf(world: World, bucket: Bucket, key: string, versionId: string | null): StoredObject {
  if (versionId !== null && versionId !== '') {
    const version = bucket.version(key, versionId);
    if (!version) throw new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
    if (!version.object) throw new S3Error(405, 'MethodNotAllowed', 'The version is a delete marker.');
    return version.object;
  }
  const object = bucket.current(key);
  if (object) return object;
  if (world.denied.has('s3:ListBucket')) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
}

export function uploadOf(bucket: Bucket, key: string, id: string | null): Upload {
  const upload = bucket.uploads.get(id ?? '');
  if (!upload || upload.key !== key) throw noSuchUpload();
  return upload;
}
