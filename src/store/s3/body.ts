/**
 * Response bodies: read to the last byte or destroyed, never left (an unread body keeps its socket for ever), and never
 * believed to be whole because they ended: without a length a cut body looks like a short one.
 */
import type { Readable } from 'node:stream';
import { LakefillError, messageOf, throwIfAborted } from '../../core/errors.js';

/** Far above what is ever read into memory at once: a length above it is damage, and is not reserved. */
const LONGEST = 1024 ** 3;

/** Exactly `length` bytes. STORE_UNAVAILABLE when the body ends early, breaks or goes on. */
export async function collectBody(
  body: Readable,
  length: number,
  url: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  return Buffer.concat(await collectPieces(body, length, url, signal), length);
}

/** The same, in the pieces in which they came: to put them together would copy each byte. */
export async function collectPieces(
  body: Readable,
  length: number,
  url: string,
  signal?: AbortSignal,
): Promise<Buffer[]> {
  if (!(length <= LONGEST)) throw cut(url, `the store said that ${length} bytes would come`);
  const pieces: Buffer[] = [];
  let read = 0;
  try {
    for await (const piece of body) {
      throwIfAborted(signal);
      pieces.push(piece as Buffer);
      read += (piece as Buffer).length;
      if (read > length) break;
    }
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof LakefillError) throw cause;
    throw cut(url, `the connection broke after ${read} of ${length} bytes (${messageOf(cause)})`, cause);
  } finally {
    discard(body);
  }
  if (read !== length) throw cut(url, `${read} bytes came instead of ${length}`);
  return pieces;
}

/** Gives the socket up. Its complaint about that is of no interest. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

function cut(url: string, what: string, cause?: unknown): LakefillError {
  return new LakefillError('STORE_UNAVAILABLE', `Reading ${url} failed: ${what}. Nothing was kept.`, {
    hint: 'Run the command again.',
    context: { url },
    ...(cause === undefined ? {} : { cause }),
  });
}
