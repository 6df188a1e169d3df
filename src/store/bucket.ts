/**
 * What only a store with buckets can be asked: settings of the bucket that act on objects behind everybody's back, and
 * the old versions that a versioned bucket keeps. Reading a setting needs a permission of its own, which may be missing.
 */
import type { Instant } from '../core/instant.js';

/** One enabled lifecycle rule, in the words of its configuration. */
export interface LifecycleRule {
  /** Empty: it has none. */
  readonly id: string;
  /** Paths that it is about begin with this; empty: all. */
  readonly prefix: string;
  /** It asks for tags as well: objects without them are spared. */
  readonly needsTags: boolean;
  /** `Expiration.Days = 30`; null: it expires no current object. */
  readonly expires: string | null;
  /** AbortIncompleteMultipartUpload.DaysAfterInitiation. */
  readonly abortsUploadsAfterDays: number | null;
  /** `Transitions: GLACIER`; null: objects stay readable at once. */
  readonly archives: string | null;
}

export type Versioning = 'enabled' | 'suspended' | 'off';

/** New objects are locked for this long unless their writer says otherwise: `GOVERNANCE, 30 days`; null: only where a writer asks. */
export interface ObjectLock {
  readonly defaultRetention: string | null;
}

/** One version of an object, or a mark that it was deleted. */
export interface ObjectVersion {
  readonly path: string;
  readonly id: string;
  readonly latest: boolean;
  readonly deleteMarker: boolean;
  /** Bytes; 0 for a delete marker. */
  readonly size: number;
  /** When it was written, by the store's clock. */
  readonly lastModified: Instant;
}

/** `locked`: a retention or a legal hold keeps it. */
export type VersionRemoval = 'removed' | 'locked';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Settings are null where the store has no such thing; STORE_DENIED where they may not be read. */
export interface BucketDuties {
  /** When the credentials in use end, renewed first where they can be; null where they do not say, or cannot be found. */
  credentialsEnd(): Promise<Instant | null>;
  versioning(options?: CallOptions): Promise<Versioning | null>;
  /** Enabled rules. */
  lifecycle(options?: CallOptions): Promise<readonly LifecycleRule[] | null>;
  objectLock(options?: CallOptions): Promise<ObjectLock | null>;
  /** Versions under the prefix, in pages, all of one path together. A page that cannot be trusted raises. */
  listVersions(prefix: string, options?: CallOptions): AsyncIterable<readonly ObjectVersion[]>;
  /** Destroys this version for good; again is as good as once. */
  deleteVersion(path: string, id: string, options?: CallOptions): Promise<VersionRemoval>;
}
