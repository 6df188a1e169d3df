/** Which API operation an HTTP request is, which permission it needs, and who handles it. */
import { S3Error } from './errors.js';
import * as buckets from './bucket-operations.js';
import * as listing from './listing.js';
import * as multipart from './multipart.js';
import * as objects from './objects.js';
import type { World } from './world.js';
import type { S3Request, S3Response } from './types.js';

type Handler = (world: World, request: S3Request) => S3Response;

/** Operation -> the IAM actions it needs, and its handler. */
const OPERATIONS: Record<string, { actions: readonly string[]; handle: Handler }> = {
  ListBuckets: { actions: ['s3:ListAllMyBuckets'], handle: buckets.listBuckets },
  CreateBucket: { actions: ['s3:CreateBucket'], handle: buckets.createBucket },
  DeleteBucket: { actions: ['s3:DeleteBucket'], handle: buckets.deleteBucket },
  HeadBucket: { actions: ['s3:ListBucket'], handle: buckets.headBucket },
  GetBucketLocation: { actions: ['s3:GetBucketLocation'], handle: buckets.getLocation },
  GetBucketVersioning: { actions: ['s3:GetBucketVersioning'], handle: buckets.getVersioning },
  PutBucketVersioning: { actions: ['s3:PutBucketVersioning'], handle: buckets.putVersioning },
  GetBucketLifecycleConfiguration: {
    actions: ['s3:GetLifecycleConfiguration'],
    handle: buckets.getLifecycle,
  },
  PutBucketLifecycleConfiguration: {
    actions: ['s3:PutLifecycleConfiguration'],
    handle: buckets.putLifecycle,
  },
  GetObjectLockConfiguration: {
    actions: ['s3:GetBucketObjectLockConfiguration'],
    handle: buckets.getObjectLock,
  },
  PutObjectLockConfiguration: {
    actions: ['s3:PutBucketObjectLockConfiguration'],
    handle: buckets.putObjectLock,
  },
  ListObjectsV2: { actions: ['s3:ListBucket'], handle: listing.listObjects },
  ListObjectVersions: { actions: ['s3:ListBucketVersions'], handle: listing.listVersions },
  ListMultipartUploads: { actions: ['s3:ListBucketMultipartUploads'], handle: listing.listUploads },
  // Denials are per entry, in the answer.
  DeleteObjects: { actions: [], handle: buckets.deleteObjects },
  PutObject: { actions: ['s3:PutObject'], handle: objects.putObject },
  GetObject: { actions: ['s3:GetObject'], handle: objects.getObject },
  HeadObject: { actions: ['s3:GetObject'], handle: objects.getObject },
  CopyObject: { actions: ['s3:GetObject', 's3:PutObject'], handle: objects.copyObject },
  DeleteObject: { actions: ['s3:DeleteObject'], handle: objects.deleteObject },
  GetObjectTagging: { actions: ['s3:GetObjectTagging'], handle: objects.getTagging },
  PutObjectTagging: { actions: ['s3:PutObjectTagging'], handle: objects.putTagging },
  CreateMultipartUpload: { actions: ['s3:PutObject'], handle: multipart.createUpload },
  UploadPart: { actions: ['s3:PutObject'], handle: multipart.uploadPart },
  UploadPartCopy: { actions: ['s3:GetObject', 's3:PutObject'], handle: multipart.uploadPartCopy },
  CompleteMultipartUpload: { actions: ['s3:PutObject'], handle: multipart.completeUpload },
  AbortMultipartUpload: { actions: ['s3:AbortMultipartUpload'], handle: multipart.abortUpload },
  ListParts: { actions: ['s3:ListMultipartUploadParts'], handle: listing.listParts },
};

/** The operation of a request; '' where none is known. */
export function operationOf(
  method: string,
  bucket: string,
  key: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): string {
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : '';
  const sub = (name: string) => query.has(name);
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'DELETE') return 'DeleteBucket';
    if (method === 'POST') return sub('delete') ? 'DeleteObjects' : '';
    const verb = method === 'GET' ? 'Get' : 'Put';
    if (sub('versioning')) return `${verb}BucketVersioning`;
    if (sub('lifecycle')) return `${verb}BucketLifecycleConfiguration`;
    if (sub('object-lock')) return `${verb}ObjectLockConfiguration`;
    if (method === 'PUT') return 'CreateBucket';
    if (sub('location')) return 'GetBucketLocation';
    if (sub('uploads')) return 'ListMultipartUploads';
    if (sub('versions')) return 'ListObjectVersions';
    return query.get('list-type') === '2' ? 'ListObjectsV2' : '';
  }
  const copy = headers['x-amz-copy-source'] !== undefined;
  switch (method) {
    case 'HEAD':
      return 'HeadObject';
    case 'GET':
      return sub('uploadId') ? 'ListParts' : sub('tagging') ? 'GetObjectTagging' : 'GetObject';
    case 'PUT':
      if (sub('uploadId')) return copy ? 'UploadPartCopy' : 'UploadPart';
      return sub('tagging') ? 'PutObjectTagging' : copy ? 'CopyObject' : 'PutObject';
    case 'POST':
      return sub('uploads') ? 'CreateMultipartUpload' : sub('uploadId') ? 'CompleteMultipartUpload' : '';
    case 'DELETE':
      return sub('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return '';
  }
}

export function execute(world: World, request: S3Request): S3Response {
  const operation = OPERATIONS[request.operation];
  if (!operation) throw new S3Error(501, 'NotImplemented', `${request.method} ${request.query.toString()}`);
  if (operation.actions.some((action) => world.denied.has(action)))
    throw new S3Error(403, 'AccessDenied', 'Access Denied');
  return operation.handle(world, request);
}
