/** What a new object is given besides its bytes: by the store's options, or taken over from the object that it stands in for. */
import {
  GetObjectTaggingCommand,
  type HeadObjectCommandOutput,
  type ObjectCannedACL,
  type ServerSideEncryption,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { payer, type S3Context } from './context.js';
import { headObject } from './read.js';

export interface Attributes {
  readonly ServerSideEncryption?: ServerSideEncryption;
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
  readonly StorageClass?: StorageClass;
  readonly ACL?: ObjectCannedACL;
  readonly RequestPayer?: 'requester';
}

/** By the project's settings for this store. */
export function optionAttributes(context: S3Context): Attributes {
  const { kmsKey, storageClass, bucketOwnerFullControl } = context.options;
  return {
    ...(kmsKey === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
    ...(bucketOwnerFullControl ? { ACL: 'bucket-owner-full-control' as const } : {}),
    ...payer(context.options),
  };
}

/** Encryption and storage class of an object, under what the settings say. */
export function attributesLike(context: S3Context, like: HeadObjectCommandOutput): Attributes {
  const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, StorageClass } = like;
  return {
    ...(ServerSideEncryption === undefined ? {} : { ServerSideEncryption }),
    ...(SSEKMSKeyId === undefined ? {} : { SSEKMSKeyId }),
    ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
    ...(StorageClass === undefined ? {} : { StorageClass }),
    ...optionAttributes(context),
  };
}

/** Attributes and tags of the object at `path`, as a creation takes them; the settings' where there is none. */
export async function takenOver(
  context: S3Context,
  path: string | undefined,
  signal?: AbortSignal,
): Promise<Attributes & { readonly Tagging?: string }> {
  const like = path === undefined ? null : await headObject(context, path, signal);
  if (like === null) return optionAttributes(context);
  const tags = (like.output.TagCount ?? 0) > 0 ? await tagsOf(context, path!, signal) : '';
  return { ...attributesLike(context, like.output), ...(tags === '' ? {} : { Tagging: tags }) };
}

async function tagsOf(context: S3Context, path: string, signal?: AbortSignal): Promise<string> {
  const { caller, options } = context;
  const command = new GetObjectTaggingCommand({ Bucket: caller.bucket, Key: path, ...payer(options) });
  const { output } = await caller.send(command, path, signal);
  return new URLSearchParams(
    (output.TagSet ?? []).map((t): [string, string] => [t.Key!, t.Value!]),
  ).toString();
}
