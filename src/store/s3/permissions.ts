/** Which IAM actions an S3 operation needs: for messages that name what to grant. From the service authorization reference. */

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ListObjectsV2: ['s3:ListBucket'],
  HeadBucket: ['s3:ListBucket'],
  HeadObject: ['s3:GetObject', 's3:ListBucket'],
  GetObject: ['s3:GetObject'],
  PutObject: ['s3:PutObject'],
  CopyObject: ['s3:GetObject', 's3:PutObject'],
  DeleteObject: ['s3:DeleteObject'],
  DeleteObjects: ['s3:DeleteObject'],
  GetObjectTagging: ['s3:GetObjectTagging'],
  CreateMultipartUpload: ['s3:PutObject'],
  UploadPart: ['s3:PutObject'],
  UploadPartCopy: ['s3:GetObject', 's3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  ListParts: ['s3:ListMultipartUploadParts'],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads'],
  GetBucketVersioning: ['s3:GetBucketVersioning'],
  GetBucketLifecycleConfiguration: ['s3:GetLifecycleConfiguration'],
  GetObjectLockConfiguration: ['s3:GetBucketObjectLockConfiguration'],
  ListObjectVersions: ['s3:ListBucketVersions'],
  DeleteObjectVersion: ['s3:DeleteObjectVersion'],
};

const ON_BUCKET = new Set([
  's3:ListBucket',
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
  's3:GetLifecycleConfiguration',
  's3:GetBucketObjectLockConfiguration',
  's3:ListBucketVersions',
]);

/** Actions that one operation needs; the operation's own name where the table does not have it. */
export function actionsFor(operation: string): readonly string[] {
  return ACTIONS[operation] ?? [`s3:${operation}`];
}

/** `s3:PutObject on arn:aws:s3:::lake/clean/*`: what to write into the policy. */
export function grantText(operation: string, bucket: string, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return actionsFor(operation)
    .map((action) =>
      ON_BUCKET.has(action)
        ? `${action} on arn:aws:s3:::${bucket}`
        : `${action} on arn:aws:s3:::${bucket}/${folder}*`,
    )
    .join(' and ');
}

export interface GrantStatement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** The same as a statement of an IAM policy, for everything in the folder that `path` is in or names. */
export function grantStatement(operation: string, bucket: string, path: string): GrantStatement {
  const actions = actionsFor(operation);
  const arn = `arn:aws:s3:::${bucket}`;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const resources = actions.map((action) => (ON_BUCKET.has(action) ? arn : `${arn}/${folder}*`));
  return { Effect: 'Allow', Action: actions, Resource: [...new Set(resources)] };
}
