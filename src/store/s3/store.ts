/**
 * The S3 store behind the port: one bucket of AWS or of an S3-compatible store. Each operation is in a file of its own;
 * this one puts them together and says what the store claims.
 */
import { systemClock, type Clock } from '../../clock.js';
import { LakefillError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import { checkPrefix } from '../paths.js';
import { createCaller } from './caller.js';
import { createClient } from './client.js';
import { profileName, resolveConnection } from './connection.js';
import { SIZES, type S3Context, type Sizes } from './context.js';
import { readLifecycle, readObjectLock, readVersioning } from './bucket-settings.js';
import { copyObject } from './copy.js';
import { deleteObjects } from './delete.js';
import { downloadObject } from './download.js';
import { listObjects, listOneLevel } from './list.js';
import { s3OptionsSchema, type S3Options } from './options.js';
import { putObject } from './put.js';
import { getObject, headObject, infoOf } from './read.js';
import { profileSettings, type Environment } from './shared-config.js';
import { abortUpload } from './upload-calls.js';
import { completeUpload, listUploads, prepareUpload } from './uploads.js';
import { deleteVersion, listVersions } from './versions.js';
import type { S3Client } from '@aws-sdk/client-s3';
import type { BucketDuties } from '../bucket.js';
import type {
  Body,
  CallOptions,
  DeleteItem,
  ListOptions,
  ObjectStore,
  PreparedUpload,
  PrepareRequest,
  PutMode,
  StoreCapabilities,
} from '../object-store.js';

/**
 * What a store is asked to show in a probe. Batches are not among it: nobody tries them, so there the default of the
 * endpoint stands.
 */
export const TO_PROBE: StoreCapabilities = {
  putIfAbsent: true,
  putIfMatch: true,
  conditionalDelete: true,
  conditionalCopy: true,
  completeAfterAbortRefused: true,
  atomicMove: false,
  versioned: false,
};

/** What the documentation of AWS promises. */
export const ALL_CLAIMED: StoreCapabilities = { ...TO_PROBE, conditionalBatchDelete: true };

/** What is believed of a compatible store before it was probed. */
export const NONE_CLAIMED: StoreCapabilities = {
  putIfAbsent: false,
  putIfMatch: false,
  conditionalDelete: false,
  conditionalBatchDelete: false,
  conditionalCopy: false,
  completeAfterAbortRefused: false,
  atomicMove: false,
  versioned: false,
};

export interface S3StoreRequest {
  readonly bucket: string;
  readonly options?: S3Options;
  readonly env?: Environment;
  readonly clock?: Clock;
  /** What a probe found; over the defaults (AWS: all, another endpoint: none). */
  readonly capabilities?: Partial<StoreCapabilities>;
  /** For tests: at which sizes a transfer changes its way. */
  readonly sizes?: Partial<Sizes>;
}

/** Sends nothing yet. Throws STORE_WRONG_REGION without a region, STORE_UNSUPPORTED for a directory bucket. */
export async function createS3Store(request: S3StoreRequest): Promise<ObjectStore> {
  const { bucket, options = {}, env = process.env, clock = systemClock } = request;
  if (bucket.endsWith('--x-s3')) {
    // Their listings are not in order of keys, on which every reader of a listing here rests.
    throw new LakefillError('STORE_UNSUPPORTED', `s3://${bucket}/ is a directory bucket. Nothing was sent.`, {
      hint: 'Use a general purpose bucket.',
      context: { bucket },
    });
  }
  const connection = resolveConnection(options, env, await profileSettings(profileName(options, env), env));
  const client = await createClient(connection, bucket);
  const claimed = connection.endpoint === null ? ALL_CLAIMED : NONE_CLAIMED;
  const context: S3Context = {
    caller: createCaller(client, bucket, connection.endpoint),
    connection,
    options,
    capabilities: { ...claimed, ...request.capabilities },
    clock,
    sizes: { ...SIZES, ...request.sizes },
  };
  return new S3Store(client, context);
}

/** A chain that finds none fails at the first request, with its own words. */
async function credentialsEnd({ config }: S3Client): Promise<Instant | null> {
  const { expiration } = await config.credentials().catch(() => ({ expiration: undefined }));
  return expiration?.getTime() ?? null;
}

/** Options of a project file, checked. Throws DEFINITION_INVALID that names each wrong one. */
export function parseS3Options(options: unknown): S3Options {
  const parsed = s3OptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
  throw new LakefillError(
    'DEFINITION_INVALID',
    `The options of an S3 store are wrong: ${problems.join('; ')}.`,
    {
      hint: `Correct \`stores\` in lakefill.yaml. Known options: ${Object.keys(s3OptionsSchema.shape).join(', ')}.`,
    },
  );
}

class S3Store implements ObjectStore {
  readonly url: string;
  readonly bucket: BucketDuties;

  constructor(
    private readonly client: S3Client,
    private readonly context: S3Context,
  ) {
    this.url = `s3://${context.caller.bucket}/`;
    this.bucket = {
      credentialsEnd: () => credentialsEnd(client),
      versioning: (options = {}) => readVersioning(context, options.signal),
      lifecycle: (options = {}) => readLifecycle(context, options.signal),
      objectLock: (options = {}) => readObjectLock(context, options.signal),
      listVersions: (prefix, options = {}) => listVersions(context, prefix, options.signal),
      deleteVersion: (path, id, options = {}) => deleteVersion(context, path, id, options.signal),
    };
  }

  get capabilities(): StoreCapabilities {
    return this.context.capabilities;
  }

  list(prefix: string, options: ListOptions = {}) {
    checkPrefix(prefix);
    const { after = '', ...rest } = options;
    return listObjects(this.context, { prefix, after, ...rest });
  }

  async listLevel(prefix: string, options: CallOptions = {}) {
    checkPrefix(prefix);
    return listOneLevel(this.context, prefix, '', Infinity, options.signal);
  }

  async head(path: string, options: CallOptions = {}) {
    const head = await headObject(this.context, path, options.signal);
    return head && infoOf(path, head.output, head.output.ContentLength ?? 0);
  }

  get(path: string, options: Parameters<ObjectStore['get']>[1] = {}) {
    return getObject(this.context, path, options);
  }

  download(path: string, etag: string, file: string, options: CallOptions = {}) {
    return downloadObject(this.context, path, etag, file, options.signal);
  }

  put(path: string, body: Body, mode: PutMode, options: CallOptions = {}) {
    return putObject(this.context, path, body, mode, options.signal);
  }

  copy(source: string, etag: string, destination: string, options: CallOptions = {}) {
    return copyObject(this.context, source, etag, destination, options.signal);
  }

  delete(items: readonly DeleteItem[], options: CallOptions = {}) {
    return deleteObjects(this.context, items, options.signal);
  }

  prepare(request: PrepareRequest, options: CallOptions = {}) {
    return prepareUpload(this.context, request, options.signal);
  }

  complete(upload: PreparedUpload, options: CallOptions = {}) {
    return completeUpload(this.context, upload, options.signal);
  }

  abort(upload: Pick<PreparedUpload, 'path' | 'id'>) {
    return abortUpload(this.context, upload.path, upload.id);
  }

  listPrepared(prefix: string, _preparedPrefix: string, options: CallOptions = {}) {
    return listUploads(this.context, prefix, options.signal);
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }
}
