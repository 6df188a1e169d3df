/**
 * The aws-chunked content encoding with unsigned chunks and trailers (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
 * Signed chunks are refused by the caller: none of the clients under test sends them.
 */
import { invalidRequest } from './errors.js';

export function decodeAwsChunked(body: Buffer): { data: Buffer; trailers: Record<string, string> } {
  const pieces: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const end = body.indexOf('\r\n', offset);
    if (end < 0) throw invalidRequest('aws-chunked body ends without its last chunk');
    const size = parseInt(body.toString('latin1', offset, end).split(';')[0]!, 16);
    if (!Number.isInteger(size)) throw invalidRequest('aws-chunked chunk without a size');
    offset = end + 2;
    if (size === 0)
      return { data: Buffer.concat(pieces), trailers: trailersOf(body.toString('utf8', offset)) };
    if (offset + size + 2 > body.length) throw invalidRequest('aws-chunked chunk is cut short');
    pieces.push(body.subarray(offset, offset + size));
    offset += size + 2;
  }
}

function trailersOf(text: string): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return trailers;
}
