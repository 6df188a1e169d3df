/** One request of a listing: asked through the SDK's client, read by our own scanner, checked against the page before. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { compareBytes } from '../../core/byte-order.js';
import { LakefillError, messageOf, throwIfAborted } from '../../core/errors.js';
import { failureOf } from './failure.js';
import { scanListing, type ScannedPage } from './list-xml.js';
import { payer, type S3Context } from './context.js';

export interface PageRequest {
  readonly prefix: string;
  readonly delimiter?: '/';
  /** Only what comes after it; of the first page of a chain. */
  readonly after: string;
  readonly token: string | null;
}

/** What the SDK's parser is given in place of the page, which has been read by then. */
const READ = Buffer.from('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');

/** A page that is whole and in order. Throws STORE_LISTING_INVALID for one that is not, and the mapped error of the request. */
export async function fetchPage(
  context: S3Context,
  request: PageRequest,
  signal?: AbortSignal,
): Promise<ScannedPage> {
  const command = new ListObjectsV2Command({
    Bucket: context.caller.bucket,
    Prefix: request.prefix,
    ...(request.delimiter ? { Delimiter: request.delimiter } : {}),
    MaxKeys: context.sizes.page,
    ...payer(context.options),
    ...(request.token === null
      ? request.after === ''
        ? {}
        : { StartAfter: request.after }
      : { ContinuationToken: request.token }),
  });
  let bytes: Buffer | null = null;
  // Innermost: takes the body away before the SDK's general parser, which would cost five times as much, sees it.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode?: number; body?: unknown };
      if (response.statusCode === 200) {
        bytes = await bytesOf(response.body as Readable);
        response.body = Readable.from([READ]);
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'lakefillListing', override: true },
  );
  await context.caller.send(command, request.prefix, signal).catch((error: unknown) => {
    throwIfAborted(signal);
    throw error;
  });
  const page = scan(bytes ?? Buffer.alloc(0), context, request);
  const fault = faultOf(page, request);
  if (fault !== null) throw invalid(context, request.prefix, fault);
  return page;
}

async function bytesOf(body: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function scan(bytes: Buffer, context: S3Context, request: PageRequest): ScannedPage {
  try {
    return scanListing(bytes);
  } catch (cause) {
    throw invalid(
      context,
      request.prefix,
      bytes.length === 0 ? 'the answer is empty' : messageOf(cause),
      cause,
    );
  }
}

/** What is wrong with a page by itself, or null: each line a lie that some store or proxy has told. */
function faultOf(page: ScannedPage, request: PageRequest): string | null {
  const { objects, prefixes } = page;
  const entries = objects.length + prefixes.length;
  if (page.keyCount !== null && page.keyCount !== entries)
    return `it counts ${page.keyCount} entries and has ${entries}`;
  if (page.prefix !== null && page.prefix !== request.prefix) return `it is about the prefix ${page.prefix}`;
  if (page.truncated && (page.token === null || page.token === ''))
    return 'it is not the last page and does not say how to go on';
  if (page.truncated && page.token === request.token) return 'it names itself as the next page';
  return (
    disorder(
      objects.map((o) => o.path),
      request,
    ) ?? disorder(prefixes, request)
  );
}

function disorder(names: readonly string[], request: PageRequest): string | null {
  let last = request.after;
  for (const name of names) {
    if (!name.startsWith(request.prefix)) return `${name} is not below the prefix`;
    // With a delimiter a page may begin with the common prefix that the starting point lies in.
    if (!isAfter(name, last) && !(request.delimiter && last.startsWith(name)))
      return `${name} comes after ${last}`;
    last = name;
  }
  return null;
}

const HIGH = /[\ud800-\uffff]/;

/** In the order of bytes. Below the surrogates that is the order of the language itself, which is several times faster. */
function isAfter(name: string, last: string): boolean {
  if (HIGH.test(name) || HIGH.test(last)) return compareBytes(name, last) > 0;
  return name > last;
}

export function invalid(context: S3Context, prefix: string, what: string, cause?: unknown): LakefillError {
  return new LakefillError(
    'STORE_LISTING_INVALID',
    `The listing of s3://${context.caller.bucket}/${prefix} cannot be trusted: ${what}. What is there is unknown.`,
    {
      hint: 'Run the command again. If it stays so, look for a proxy or cache between this machine and the store.',
      context: {
        bucket: context.caller.bucket,
        prefix,
        ...(cause === undefined ? {} : { failure: failureOf(cause).code }),
      },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
