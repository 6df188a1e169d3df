/** Looking at one object and reading it: HeadObject, GetObject. */
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type GetObjectCommandOutput,
  type HeadObjectCommandOutput,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { LakefillError } from '../../core/errors.js';
import { cutRange } from '../range.js';
import { collectBody, discard } from './body.js';
import { digester, expectedChecksum, type Expected } from './checksum.js';
import { payer, quoted, storeTime, type S3Context } from './context.js';
import { unquoted } from './list-xml.js';
import type { GetResult, ObjectInfo } from '../object-store.js';
import type { Answer, AnyCommand, Attempt } from './caller.js';
import type { Failure } from './failure.js';

export const isAbsent = (failure: Failure): boolean =>
  failure.status === 404 && failure.code !== 'NoSuchBucket' && failure.code !== 'NoSuchUpload';

export const urlOf = (context: S3Context, path: string): string => `s3://${context.caller.bucket}/${path}`;

/** The object as the answer to HEAD or GET describes it; `size` of the whole, also for a range. */
export function infoOf(
  path: string,
  output: HeadObjectCommandOutput | GetObjectCommandOutput,
  size: number,
): ObjectInfo {
  return {
    path,
    size,
    etag: unquoted(output.ETag ?? ''),
    lastModified: output.LastModified?.getTime() ?? 0,
    storageClass: output.StorageClass ?? 'STANDARD',
  };
}

export async function headObject(
  context: S3Context,
  path: string,
  signal?: AbortSignal,
): Promise<Answer<HeadObjectCommandOutput> | null> {
  const { caller, options } = context;
  const command = new HeadObjectCommand({ Bucket: caller.bucket, Key: path, ...payer(options) });
  const result = await caller.attempt(command, path, signal);
  if (result.ok) return result;
  if (isAbsent(result.failure)) {
    await checkBucket(context, signal);
    return null;
  }
  throw await explained(context, path, result, signal);
}

const knownBuckets = new WeakSet<S3Context>();

/** The 404 of a HEAD has no body: it may be the bucket that is missing, and then nothing is known about the object. */
async function checkBucket(context: S3Context, signal?: AbortSignal): Promise<void> {
  if (knownBuckets.has(context)) return;
  const { caller } = context;
  const result = await caller.attempt(new HeadBucketCommand({ Bucket: caller.bucket }), '', signal);
  if (!result.ok && result.failure.status === 404) {
    throw new LakefillError('STORE_NOT_FOUND', `There is no bucket ${caller.bucket}. Nothing was read.`, {
      hint: `Create it, or correct its name${caller.endpoint === null ? '' : ` or the endpoint ${caller.endpoint}`}.`,
      context: { bucket: caller.bucket },
    });
  }
  knownBuckets.add(context);
}

/** The answer to a HEAD has no body that could say why (expired token, wrong region): ask again with a GET of one byte. */
async function explained(
  context: S3Context,
  path: string,
  result: Attempt<unknown> & { ok: false },
  signal?: AbortSignal,
): Promise<LakefillError> {
  const { status } = result.failure;
  if (status === null || status < 300 || status >= 500) return result.error();
  const { caller, options } = context;
  const probe = new GetObjectCommand({
    Bucket: caller.bucket,
    Key: path,
    Range: 'bytes=0-0',
    ...payer(options),
  });
  const why = await caller.attempt(probe, path, signal);
  if (why.ok) {
    discard(why.output.Body as Readable);
    return result.error();
  }
  return why.failure.status === status || why.failure.status === 403 ? why.error() : result.error();
}

interface GetOptions {
  readonly range?: { start: number; end: number };
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

/** A whole object is compared with the checksum that it carries; one mismatch is read again, two are STORE_CORRUPT. */
export async function getObject(context: S3Context, path: string, options: GetOptions): Promise<GetResult> {
  const first = await getOnce(context, path, options);
  if (first.outcome !== 'corrupt') return first;
  const second = await getOnce(context, path, options);
  if (second.outcome !== 'corrupt') return second;
  throw corrupt(context, path, second.algorithm);
}

type Once = GetResult | { readonly outcome: 'corrupt'; readonly algorithm: string };

async function getOnce(context: S3Context, path: string, options: GetOptions): Promise<Once> {
  const { range, ifMatch, signal } = options;
  if (range) cutRange(range, Number.MAX_SAFE_INTEGER);
  // HTTP has no empty range.
  if (range && range.start === range.end) return emptyRange(context, path, options);
  const { caller } = context;
  const command = new GetObjectCommand({
    Bucket: caller.bucket,
    Key: path,
    ...(range ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: quoted(ifMatch) }),
    ...payer(context.options),
  });
  if (!range) withHeader(command, 'x-amz-checksum-mode', 'ENABLED');
  const result = await caller.attempt(command, path, signal);
  if (!result.ok) {
    if (isAbsent(result.failure)) return { outcome: 'absent' };
    if (result.failure.status === 412) return { outcome: 'changed' };
    if (result.failure.status === 416) return emptyRange(context, path, options);
    throw result.error();
  }
  const body = result.output.Body as Readable;
  const lengths = await lengthsOf(context, path, result, range, body, signal);
  const object = infoOf(path, result.output, lengths.whole);
  if (ifMatch !== undefined && object.etag !== ifMatch) {
    discard(body);
    return { outcome: 'changed' };
  }
  const bytes = await collectBody(body, lengths.body, urlOf(context, path), signal);
  const expected = range ? null : expectedChecksum(result.headers);
  if (expected?.strict && digestOf(bytes, expected.algorithm) !== expected.value)
    return { outcome: 'corrupt', algorithm: expected.algorithm };
  return { outcome: 'found', object, bytes, age: ageOf(context, object, result.headers) };
}

function digestOf(bytes: Uint8Array, algorithm: Expected['algorithm']): string {
  const running = digester(algorithm);
  running.update(bytes);
  return running.digest();
}

/** Read twice, and twice its bytes did not have the checksum that belongs to it. */
export function corrupt(context: S3Context, path: string, algorithm: string): LakefillError {
  const url = urlOf(context, path);
  return new LakefillError(
    'STORE_CORRUPT',
    `${url} was read twice and its bytes do not have the ${algorithm} that the store keeps for it. Nothing was kept.`,
    {
      hint: 'The object is damaged, or something between changes bytes. Restore the object from its source.',
      context: { url, algorithm },
    },
  );
}

async function emptyRange(
  context: S3Context,
  path: string,
  { ifMatch, signal }: { readonly ifMatch?: string; readonly signal?: AbortSignal },
): Promise<GetResult> {
  const head = await headObject(context, path, signal);
  if (head === null) return { outcome: 'absent' };
  const object = infoOf(path, head.output, head.output.ContentLength ?? 0);
  if (ifMatch !== undefined && object.etag !== ifMatch) return { outcome: 'changed' };
  return { outcome: 'found', object, bytes: new Uint8Array(0), age: ageOf(context, object, head.headers) };
}

const ageOf = (context: S3Context, object: ObjectInfo, headers: Readonly<Record<string, string>>): number =>
  Math.max(0, storeTime(headers, context.clock) - object.lastModified);

/** Bytes of this body and of the whole object, from the headers; HEAD tells where a proxy has dropped the length. */
export async function lengthsOf(
  context: S3Context,
  path: string,
  answer: Answer<GetObjectCommandOutput>,
  range: { start: number; end: number } | undefined,
  body: Readable,
  signal?: AbortSignal,
): Promise<{ body: number; whole: number }> {
  const { ContentLength, ContentRange, ETag } = answer.output;
  if (range) {
    const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange ?? '');
    if (!match || Number(match[1]) !== range.start) {
      discard(body);
      throw new LakefillError(
        'STORE_UNSUPPORTED',
        `The store ignored the byte range asked of ${urlOf(context, path)}.`,
        {
          hint: 'Use a store, or a proxy in front of it, that serves byte ranges.',
          context: { url: urlOf(context, path) },
        },
      );
    }
    return { body: Number(match[2]) + 1 - range.start, whole: Number(match[3]) };
  }
  if (ContentLength !== undefined) return { body: ContentLength, whole: ContentLength };
  const head = await headObject(context, path, signal);
  const size = head?.output.ETag === ETag ? head?.output.ContentLength : undefined;
  if (size === undefined) {
    discard(body);
    throw new LakefillError(
      'STORE_UNAVAILABLE',
      `${urlOf(context, path)} came without its length. Nothing was kept.`,
      {
        hint: 'Run the command again.',
        context: { url: urlOf(context, path) },
      },
    );
  }
  return { body: size, whole: size };
}

/** Adds a header to a command before it is signed. */
export function withHeader<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: AnyCommand<I, O>,
  name: string,
  value: string,
): void {
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers[name] = value;
      return next(args);
    },
    { step: 'build', name: `lakefillHeader-${name}`, override: true },
  );
}
