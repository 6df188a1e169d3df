/** Settings of the bucket: versioning, lifecycle rules, Object Lock. Only reads. */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule as SdkRule,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { LifecycleRule, ObjectLock, Versioning } from '../bucket.js';
import type { AnyCommand } from './caller.js';
import type { S3Context } from './context.js';
import { severalTries } from './tries.js';

/** Storage classes whose objects must be restored before they can be read. */
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** What stores answer that have the setting, and nothing set. */
const UNSET = ['NoSuchLifecycleConfiguration', 'ObjectLockConfigurationNotFoundError'];

export async function readVersioning(context: S3Context, signal?: AbortSignal): Promise<Versioning | null> {
  const output = await ask(
    context,
    () => new GetBucketVersioningCommand({ Bucket: context.caller.bucket }),
    signal,
  );
  if (output === null || output === 'unset') return null;
  return output.Status === 'Enabled' ? 'enabled' : output.Status === 'Suspended' ? 'suspended' : 'off';
}

export async function readLifecycle(
  context: S3Context,
  signal?: AbortSignal,
): Promise<readonly LifecycleRule[] | null> {
  const output = await ask(
    context,
    () => new GetBucketLifecycleConfigurationCommand({ Bucket: context.caller.bucket }),
    signal,
  );
  if (output === null) return null;
  if (output === 'unset') return [];
  return (output.Rules ?? []).filter((rule) => rule.Status !== 'Disabled').map(ruleOf);
}

export async function readObjectLock(context: S3Context, signal?: AbortSignal): Promise<ObjectLock | null> {
  const output = await ask(
    context,
    () => new GetObjectLockConfigurationCommand({ Bucket: context.caller.bucket }),
    signal,
  );
  if (output === null || output === 'unset') return null;
  const { ObjectLockEnabled, Rule } = output.ObjectLockConfiguration ?? {};
  if (ObjectLockEnabled !== 'Enabled') return null;
  const { Mode, Days, Years } = Rule?.DefaultRetention ?? {};
  if (Mode === undefined) return { defaultRetention: null };
  return {
    defaultRetention: `${Mode}, ${Days === undefined ? `${Years ?? 0} years` : `${Days} days`}`,
  };
}

/** Null: the store does not know this request. */
async function ask<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  context: S3Context,
  command: () => AnyCommand<I, O>,
  signal?: AbortSignal,
): Promise<O | 'unset' | null> {
  return severalTries(
    context.clock,
    async () => {
      const result = await context.caller.attempt(command(), '', signal);
      if (result.ok) return result.output;
      const { status, code } = result.failure;
      if (UNSET.includes(code)) return 'unset';
      if (status === 501 || status === 405 || code === 'NotImplemented') return null;
      throw result.error();
    },
    signal,
  );
}

function ruleOf(rule: SdkRule): LifecycleRule {
  const { Filter: filter, Expiration: expiration } = rule;
  const archives = (rule.Transitions ?? []).map((t) => t.StorageClass ?? '').filter((c) => ARCHIVES.has(c));
  const expires =
    expiration?.Days !== undefined
      ? `Expiration.Days = ${expiration.Days}`
      : expiration?.Date !== undefined
        ? `Expiration.Date = ${expiration.Date.toISOString().slice(0, 10)}`
        : null;
  return {
    id: rule.ID ?? '',
    // Rules of the first version of the API have their prefix outside of a filter.
    prefix: filter?.Prefix ?? filter?.And?.Prefix ?? rule.Prefix ?? '',
    needsTags: filter?.Tag !== undefined || (filter?.And?.Tags?.length ?? 0) > 0,
    expires,
    abortsUploadsAfterDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
    archives: archives.length === 0 ? null : `Transitions: ${archives.join(', ')}`,
  };
}
