/** Old versions of objects on a versioned bucket: listed, and removed one by one by their id. */
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type DeleteMarkerEntry,
  type ObjectVersion as SdkVersion,
} from '@aws-sdk/client-s3';
import { compareBytes } from '../../core/byte-order.js';
import { LakefillError } from '../../core/errors.js';
import type { ObjectVersion, VersionRemoval } from '../bucket.js';
import { payer, type S3Context } from './context.js';
import { toError } from './errors.js';
import { severalTries } from './tries.js';

export async function* listVersions(
  context: S3Context,
  prefix: string,
  signal?: AbortSignal,
): AsyncIterable<readonly ObjectVersion[]> {
  const { caller, options, sizes, clock } = context;
  let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const request = {
      Bucket: caller.bucket,
      Prefix: prefix,
      MaxKeys: sizes.page,
      ...markers,
      ...payer(options),
    };
    const { output } = await severalTries(
      clock,
      () => caller.send(new ListObjectVersionsCommand(request), prefix, signal),
      signal,
    );
    const versions = (output.Versions ?? []).map((entry) => versionOf(context, prefix, entry, false));
    const marks = (output.DeleteMarkers ?? []).map((entry) => versionOf(context, prefix, entry, true));
    // The answer has versions and delete markers apart.
    yield [...versions, ...marks].sort((a, b) => compareBytes(a.path, b.path));
    if (output.IsTruncated === undefined) throw invalid(context, prefix);
    if (!output.IsTruncated) return;
    const next = { KeyMarker: output.NextKeyMarker ?? '', VersionIdMarker: output.NextVersionIdMarker ?? '' };
    if (next.KeyMarker === markers.KeyMarker && next.VersionIdMarker === markers.VersionIdMarker)
      throw invalid(context, prefix);
    markers = next;
  }
}

function versionOf(
  context: S3Context,
  prefix: string,
  entry: SdkVersion | DeleteMarkerEntry,
  deleteMarker: boolean,
): ObjectVersion {
  const { Key, VersionId, LastModified } = entry;
  if (!Key?.startsWith(prefix) || !VersionId || !LastModified) throw invalid(context, prefix);
  return {
    path: Key,
    id: VersionId,
    latest: entry.IsLatest === true,
    deleteMarker,
    size: 'Size' in entry ? (entry.Size ?? 0) : 0,
    lastModified: LastModified.getTime(),
  };
}

export function deleteVersion(
  context: S3Context,
  path: string,
  id: string,
  signal?: AbortSignal,
): Promise<VersionRemoval> {
  const { caller, options, clock } = context;
  const once = async (): Promise<VersionRemoval> => {
    const command = new DeleteObjectCommand({
      Bucket: caller.bucket,
      Key: path,
      VersionId: id,
      ...payer(options),
    });
    const result = await caller.attempt(command, path, signal);
    if (result.ok || result.failure.code === 'NoSuchVersion' || result.failure.code === 'NoSuchKey')
      return 'removed';
    // The same status and code as a missing permission; only the text tells.
    if (result.failure.status === 403 && /object lock|legal hold|retention/i.test(result.failure.message))
      return 'locked';
    const { bucket, endpoint } = caller;
    throw toError(result.failure, { operation: 'DeleteObjectVersion', bucket, path, endpoint });
  };
  return severalTries(clock, once, signal);
}

function invalid(context: S3Context, prefix: string): LakefillError {
  return new LakefillError(
    'STORE_LISTING_INVALID',
    `The list of versions under s3://${context.caller.bucket}/${prefix} cannot be trusted. What is there is unknown.`,
    { hint: 'Run the command again.', context: { bucket: context.caller.bucket, prefix } },
  );
}
