/** From an HTTP request to an S3 request: address, body, signature, payload hash and checksums, in S3's order. */
import { createHash } from 'node:crypto';
import { checksumOf, CHECKSUM_ALGORITHMS, type Checksum } from './checksums.js';
import { decodeAwsChunked } from './chunked.js';
import { notImplemented, S3Error } from './errors.js';
import { operationOf } from './router.js';
import { verifySignature } from './sigv4.js';
import type { IncomingMessage } from 'node:http';
import type { S3Request } from './types.js';

export interface Received {
  readonly request: S3Request;
  readonly rawPath: string;
  readonly rawQuery: string;
}

export async function receive(message: IncomingMessage): Promise<Received> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
  const [rawPath = '/', rawQuery = ''] = (message.url ?? '/').split('?');
  const [, bucket = '', ...rest] = rawPath.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const query = new URLSearchParams(rawQuery.replaceAll('+', '%2B'));
  const method = message.method ?? 'GET';
  const operation = operationOf(method, bucket, key, query, headers);
  const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  return {
    rawPath,
    rawQuery,
    request: {
      operation,
      method,
      bucket: decodeURIComponent(bucket),
      key,
      query,
      headers,
      body,
      checksum: null,
    },
  };
}

/** Verifies who sent it and that it arrived as sent; the body comes back without framing. Returns the signing region too. */
export function authenticate(
  { request, rawPath, rawQuery }: Received,
  credentials: Readonly<Record<string, string>> | null,
  now: number,
): { request: S3Request; region: string | null } {
  const { headers, method } = request;
  const region = credentials && verifySignature({ method, rawPath, rawQuery, headers }, credentials, now);
  const declared = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  if (declared.startsWith('STREAMING-AWS4')) throw notImplemented('signed chunks');
  const { data, trailers } = declared.startsWith('STREAMING-')
    ? decodeAwsChunked(request.body)
    : { data: request.body, trailers: {} };
  const hashed = !declared.startsWith('STREAMING-') && declared !== 'UNSIGNED-PAYLOAD';
  if (hashed && createHash('sha256').update(data).digest('hex') !== declared)
    throw new S3Error(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match",
    );
  const checksum = verifyChecksum({ ...headers, ...trailers }, data, request.operation);
  return { request: { ...request, body: data, checksum }, region };
}

function verifyChecksum(
  headers: Readonly<Record<string, string>>,
  data: Buffer,
  operation: string,
): Checksum | null {
  // There the header is about the object, not about the request's body.
  if (operation === 'CompleteMultipartUpload') return null;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = headers[`x-amz-checksum-${algorithm}`];
    if (value === undefined) continue;
    if (checksumOf(algorithm, data) !== value)
      throw new S3Error(
        400,
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match what we received.`,
      );
    return { algorithm, value, type: 'FULL_OBJECT' };
  }
  return null;
}
