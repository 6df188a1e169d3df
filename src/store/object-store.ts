/**
 * The port to storage: bytes at paths, conditional writes, and uploads that stay invisible until completed.
 *
 * Everything that lakefill knows about durability rests on the words of this file; every store and every
 * wrapper passes the same conformance suite. A lost race is a value; exceptions are for faults, always a
 * `LakefillError` with a STORE_* code. A store never retries a conditional write by itself.
 */
import type { LakefillError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { BucketDuties } from './bucket.js';

/** One stored object. Its version is (path, size, etag); `lastModified` is information only. */
export interface ObjectInfo {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Opaque; changes whenever the content at the path is replaced. Local: mtime in ns and inode. S3: the ETag with its quotes removed. */
  readonly etag: string;
  /** By the store's clock. */
  readonly lastModified: Instant;
  /** `STANDARD` and the like where the store has them. */
  readonly storageClass?: string;
}

/**
 * Where the bytes of a write come from: memory, or a local file, which the store neither changes nor moves. The caller
 * does not write to the file afterwards either: a local store may have made a hard link of it.
 *
 * `sha256`, lower-case hex: what the file is known to hold. A store that sends the bytes compares them on the way and refuses others
 * with STORE_CORRUPT, nothing written; one that gives the file another name does not read it.
 */
export type Body = { readonly bytes: Uint8Array } | { readonly file: string; readonly sha256?: string };

export type PutMode =
  | { readonly kind: 'overwrite' }
  /** Only if nothing is at the path (`If-None-Match: *`; link() locally). */
  | { readonly kind: 'create' }
  /** Only if the object there still has this etag. */
  | { readonly kind: 'update'; readonly etag: string };

export type PutResult =
  | { readonly outcome: 'done'; readonly object: ObjectInfo }
  /**
   * The condition did not hold: occupied, changed or absent. Nothing of ours landed, unless an earlier try of the same call
   * did: compare nonces. What made us lose is as durable as what we write after it.
   */
  | { readonly outcome: 'lost' };

export type GetResult =
  | {
      readonly outcome: 'found';
      readonly object: ObjectInfo;
      readonly bytes: Uint8Array;
      /** Milliseconds since the object was last written, both ends by the store's clock. */
      readonly age: number;
    }
  | { readonly outcome: 'absent' }
  /** `ifMatch` did not hold. */
  | { readonly outcome: 'changed' };

/** `composite-checksum`: the only one is about the parts of an upload, and nothing tells where they end. */
export type Unverified = 'no-checksum' | 'composite-checksum';

export type DownloadResult =
  | {
      readonly outcome: 'done';
      readonly object: ObjectInfo;
      /** Why the bytes could not be compared with a checksum of the store; null where they were, or never left this machine. */
      readonly unverified: Unverified | null;
      /** The file is the object itself: what rewrites the object in place is seen through it. */
      readonly linked: boolean;
    }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'changed' };

export interface DeleteItem {
  readonly path: string;
  /** Delete only if the object still has this etag; null deletes whatever is there. */
  readonly etag: string | null;
  /**
   * On a store with `atomicMove`: move the object there instead of destroying it. Nothing else uses that path; where another
   * object stands there all the same, STORE_FAILED, and both stay. Stores without `atomicMove` ignore it (the caller copied before).
   */
  readonly moveTo?: string;
}

/** `deleted` also from stores that cannot tell whether something was there. `changed`: left as it is. */
export type DeleteResult = { readonly path: string; readonly outcome: 'deleted' | 'absent' | 'changed' };

/** An upload that is not visible yet. Plain JSON: journal entries carry it, so that another process can finish or undo it. */
export interface PreparedUpload {
  /** Final path. */
  readonly path: string;
  /** S3: the upload id. Local and memory: the path of the prepared file. */
  readonly id: string;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Lower-case hex SHA-256 of the whole object, as the staging step computed it. */
  readonly sha256: string;
  /** S3: part tags in order, which a completion must present. */
  readonly parts?: readonly { readonly number: number; readonly etag: string; readonly checksum?: string }[];
}

export interface PrepareRequest {
  /** Final path; nothing is visible there until `complete`. */
  readonly path: string;
  /** Staged object in the same store to take the bytes from (server-side copy; a hard link locally). */
  readonly source: string;
  /** The source must still have this etag. */
  readonly sourceEtag: string;
  readonly size: number;
  readonly sha256: string;
  /** Prefix on the dataset's own device for prepared files, where the store needs one. */
  readonly preparedPrefix: string;
  /** Object whose encryption, tags, storage class and owner control the new one takes over. */
  readonly like?: string;
}

export type PrepareResult =
  | { readonly outcome: 'done'; readonly upload: PreparedUpload }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'changed' };

export type CompleteResult =
  | { readonly outcome: 'done'; readonly etag: string }
  /** No such upload (finished or revoked): look at the final path and the journal, then decide. */
  | { readonly outcome: 'gone' }
  /** The store refused and the upload can never be completed (S3: 409). */
  | { readonly outcome: 'spent' };

/** `aborted`: was there, now never completes. `gone`: there was none (finished, or aborted before). */
export type AbortResult = { readonly outcome: 'aborted' | 'gone' };

export interface StoreCapabilities {
  /** put `create` admits exactly one of many racers. False: it looks first, and racers may both be told `done`. */
  readonly putIfAbsent: boolean;
  /** put `update` compares and replaces in one step. False: it looks first, or is refused with STORE_UNSUPPORTED. */
  readonly putIfMatch: boolean;
  /** delete with an etag compares atomically; false: replaced by HEAD before and after. */
  readonly conditionalDelete: boolean;
  /** So do deletions of many objects in one request; absent: as false, they are sent one by one. */
  readonly conditionalBatchDelete?: boolean;
  /** prepare/copy compare the source's etag atomically. */
  readonly conditionalCopy: boolean;
  /** A completion after an abort is always refused. */
  readonly completeAfterAbortRefused: boolean;
  /** delete can move (`moveTo`) in one atomic step, destroying nothing. */
  readonly atomicMove: boolean;
  /** Old versions of overwritten objects stay retrievable. */
  readonly versioned: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A place that a listing came to and could not look into. Nothing is known of what is there or below it. */
export interface UnlistedPlace {
  /** Without a `/` at its end. */
  readonly path: string;
  /** `folder`: it is or leads to one, so objects may be below it. `file`: at most one object. */
  readonly kind: 'file' | 'folder';
  readonly error: LakefillError;
}

export interface ListOptions extends CallOptions {
  /** Only paths after this one in byte order. */
  readonly after?: string;
  /**
   * Told of each place below the prefix that cannot be listed (a symbolic link, a pipe, a folder without permission), perhaps more
   * than once; the listing goes on beside it, and what the callback throws ends it. Without it such a place raises.
   */
  readonly onUnlisted?: (place: UnlistedPlace) => void;
  /** A prefix above the listed one: on stores with folders no symbolic link may stand between the two. */
  readonly within?: string;
}

/** Letters or Unicode forms that a file system takes for the same name. */
export interface Folding {
  /** `a` and `A` are one name. */
  readonly case: boolean;
  /** The composed and decomposed forms of a letter are one name. */
  readonly unicode: boolean;
}

/** What only a store with real folders can be asked. */
export interface FolderDuties {
  /**
   * Throws TARGET_REFUSED unless a rename can reach every prefix from the control prefix: all on one device, and no
   * symbolic link between `root` and any of `prefixes`. Folders that do not exist yet count as their nearest existing one.
   */
  checkOneDevice(request: {
    readonly control: string;
    readonly root: string;
    readonly prefixes: readonly string[];
  }): Promise<void>;
  /** Whether creation is exclusive below the prefix: the file system has hard links. Writes and removes a probe file. */
  probeHardLinks(prefix: string): Promise<boolean>;
  /** Writes and removes a probe file below the prefix. Null: not known without writing. */
  probeFolding(prefix: string): Promise<Folding | null>;
  /**
   * What a listing of this folder shows survives power loss from then on, even where the process that wrote it died before
   * it flushed. An absent folder is fine.
   */
  flush(prefix: string): Promise<void>;
  /**
   * Removes temporary files below the prefix that a write which died left behind and that no listing shows, when nothing
   * touched them for `olderThan` milliseconds; says how many. Prepared uploads are not among them.
   */
  removeLeftovers(prefix: string, olderThan: number): Promise<number>;
  /**
   * Removes the folders below and at the prefix that hold nothing and that nothing touched for `olderThan` milliseconds (0: whatever
   * their age). Never what holds anything; one that a writer makes anew meanwhile is fine. Best effort.
   */
  removeEmpty(prefix: string, olderThan: number): Promise<void>;
}

export interface ObjectStore {
  /** `file:///`, `s3://bucket/` or `memory://name/`. */
  readonly url: string;
  readonly capabilities: StoreCapabilities;
  /** Absent on stores without folders. */
  readonly folders?: FolderDuties;
  /** Absent on stores without buckets. */
  readonly bucket?: BucketDuties;

  /**
   * Every object under the prefix (which ends in `/` or is empty), recursively, in pages, each path once, in ascending order
   * of its UTF-8 bytes. Not a snapshot: what is written meanwhile may or may not show. An absent prefix is empty. A page
   * that cannot be trusted raises; a listing is never silently short.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<readonly ObjectInfo[]>;
  /**
   * The distinct names one level below the prefix: prefixes (full, with `/`) and objects, each ascending. A local folder is
   * reported even when it is empty, which costs a look inside to know; elsewhere a prefix holds something.
   */
  listLevel(prefix: string, options?: CallOptions): Promise<{ prefixes: string[]; objects: ObjectInfo[] }>;
  head(path: string, options?: CallOptions): Promise<ObjectInfo | null>;
  /**
   * Whole object, or `range` (start inclusive, end exclusive, bytes; cut at the object's end, so possibly empty), in memory,
   * all of one version. For small objects and footers.
   */
  get(
    path: string,
    options?: CallOptions & { readonly range?: { start: number; end: number }; readonly ifMatch?: string },
  ): Promise<GetResult>;
  /**
   * Bring the object to a new local file (must not exist): exactly the version `etag`, or `changed`. There is no file unless
   * `done`. A hard link where possible, so never write to it; a program that rewrites the object in place is seen through it.
   */
  download(path: string, etag: string, file: string, options?: CallOptions): Promise<DownloadResult>;
  /** Durable when it returns `done`: the bytes and the name survive power loss. */
  put(path: string, body: Body, mode: PutMode, options?: CallOptions): Promise<PutResult>;
  /** Server-side copy of exactly the version `etag` to a path that nothing else uses; `lost`: the source has another version. Durable. */
  copy(
    source: string,
    etag: string,
    destination: string,
    options?: CallOptions,
  ): Promise<PutResult | { readonly outcome: 'absent' }>;
  /** One result per item, in order. Durable. When it raises, some items may have been deleted: calling it again is safe. */
  delete(items: readonly DeleteItem[], options?: CallOptions): Promise<readonly DeleteResult[]>;

  prepare(request: PrepareRequest, options?: CallOptions): Promise<PrepareResult>;
  /** Makes the upload visible at its final path in one atomic step, replacing what is there. Durable. */
  complete(upload: PreparedUpload, options?: CallOptions): Promise<CompleteResult>;
  abort(upload: Pick<PreparedUpload, 'path' | 'id'>, options?: CallOptions): Promise<AbortResult>;
  /** Uploads that were prepared and neither completed nor aborted, for final paths under the prefix. May be unsupported (STORE_UNSUPPORTED). */
  listPrepared(
    prefix: string,
    preparedPrefix: string,
    options?: CallOptions,
  ): Promise<readonly { path: string; id: string; startedAt: Instant }[]>;

  /** Releases sockets and handles; the store is unusable afterwards. */
  close(): Promise<void>;
}

/** The whole listing as one array. */
export async function listAll(
  store: ObjectStore,
  prefix: string,
  options?: ListOptions,
): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const page of store.list(prefix, options)) all.push(...page);
  return all;
}
