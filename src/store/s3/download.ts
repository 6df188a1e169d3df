/**
 * Brings one version of an object to a file: one GET, or ranges in parallel, each bound to the version by If-Match.
 * The checksum is computed as the bytes pass in order; one mismatch is read again, two are STORE_CORRUPT.
 */
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { collectPieces, discard } from './body.js';
import { digester, expectedChecksum, whyUnverified, type Digester, type Expected } from './checksum.js';
import { payer, quoted, TRANSFER_LANES, type S3Context } from './context.js';
import { corrupt, infoOf, isAbsent, lengthsOf, urlOf, withHeader } from './read.js';
import { severalTries } from './tries.js';
import type { DownloadResult, ObjectInfo } from '../object-store.js';

export async function downloadObject(
  context: S3Context,
  path: string,
  etag: string,
  file: string,
  signal?: AbortSignal,
): Promise<DownloadResult> {
  const first = await downloadOnce(context, path, etag, file, signal);
  if (first.outcome !== 'corrupt') return first;
  const second = await downloadOnce(context, path, etag, file, signal);
  if (second.outcome !== 'corrupt') return second;
  throw corrupt(context, path, second.algorithm);
}

type Once = DownloadResult | { readonly outcome: 'corrupt'; readonly algorithm: string };

async function downloadOnce(
  context: S3Context,
  path: string,
  etag: string,
  file: string,
  signal?: AbortSignal,
): Promise<Once> {
  const answer = await requestObject(context, path, etag, undefined, signal);
  if (answer === 'absent' || answer === 'changed') return { outcome: answer };
  const body = answer.output.Body as Readable;
  const { whole } = await lengthsOf(context, path, answer, undefined, body, signal);
  const object = infoOf(path, answer.output, whole);
  if (object.etag !== etag) {
    discard(body);
    return { outcome: 'changed' };
  }
  const expected = expectedChecksum(answer.headers);
  const handle = await open(file, 'wx').catch((error: unknown) => {
    discard(body);
    throw error;
  });
  const sink = new Sink(handle, expected);
  let kept = false;
  try {
    const result = await fill(context, object, body, sink, signal);
    if (result !== 'done') return { outcome: result };
    const agrees = sink.agrees();
    if (agrees === false) return { outcome: 'corrupt', algorithm: expected!.algorithm };
    kept = true;
    const unverified = agrees === true ? null : whyUnverified(answer.headers);
    return { outcome: 'done', object, unverified, linked: false };
  } finally {
    await handle.close();
    if (!kept) await rm(file, { force: true });
  }
}

/** Writes all bytes to the sink: from the open body alone, or its beginning and ranges for the rest. */
async function fill(
  context: S3Context,
  object: ObjectInfo,
  body: Readable,
  sink: Sink,
  signal?: AbortSignal,
): Promise<'done' | 'absent' | 'changed'> {
  const { range } = context.sizes;
  if (object.size <= range) {
    await sink.write(await collectPieces(body, object.size, urlOf(context, object.path), signal));
    return 'done';
  }
  discard(body);
  const starts = Array.from({ length: Math.ceil(object.size / range) }, (_, i) => i * range);
  const fetching: Promise<Buffer[] | 'absent' | 'changed'>[] = [];
  const begin = (start: number) => {
    const piece = requestRange(context, object, start, Math.min(start + range, object.size), signal);
    // Its failure is met when its turn comes.
    piece.catch(() => undefined);
    fetching.push(piece);
  };
  let next = 0;
  for (let turn = 0; turn < starts.length; turn += 1) {
    while (next < starts.length && next < turn + TRANSFER_LANES) begin(starts[next++]!);
    const piece = await fetching[turn]!;
    fetching[turn] = Promise.resolve('changed');
    if (typeof piece === 'string') return piece;
    await sink.write(piece);
  }
  return 'done';
}

/** Asked again when it breaks: the caller's retries would begin the whole object again. */
function requestRange(
  context: S3Context,
  object: ObjectInfo,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Buffer[] | 'absent' | 'changed'> {
  const once = async () => {
    const answer = await requestObject(context, object.path, object.etag, { start, end }, signal);
    if (answer === 'absent' || answer === 'changed') return answer;
    const body = answer.output.Body as Readable;
    await lengthsOf(context, object.path, answer, { start, end }, body, signal);
    return collectPieces(body, end - start, urlOf(context, object.path), signal);
  };
  return severalTries(context.clock, once, signal);
}

async function requestObject(
  context: S3Context,
  path: string,
  etag: string,
  range: { start: number; end: number } | undefined,
  signal?: AbortSignal,
) {
  const { caller } = context;
  const command = new GetObjectCommand({
    Bucket: caller.bucket,
    Key: path,
    IfMatch: quoted(etag),
    ...(range ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}),
    ...payer(context.options),
  });
  // By header, not by the SDK's option: that would wrap the body in a checksum of its own at twice the cost.
  if (!range) withHeader(command, 'x-amz-checksum-mode', 'ENABLED');
  const result = await caller.attempt(command, path, signal);
  if (result.ok) return result;
  if (isAbsent(result.failure)) return 'absent';
  if (result.failure.status === 412) return 'changed';
  throw result.error();
}

/** The file and the running checksum. */
class Sink {
  private readonly running: Digester | null;
  constructor(
    private readonly handle: FileHandle,
    private readonly expected: Expected | null,
  ) {
    this.running = expected ? digester(expected.algorithm) : null;
  }
  async write(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) this.running?.update(piece);
    await writeAll(this.handle, pieces);
  }
  /** null: nothing to compare with. */
  agrees(): boolean | null {
    if (!this.expected || !this.running) return null;
    const same = this.running.digest() === this.expected.value;
    return same ? true : this.expected.strict ? false : null;
  }
}

/** A disk that is nearly full takes a part first, and refuses the rest. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { bytesWritten } = await handle.writev(pieces);
  if (bytesWritten < length) await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
}
