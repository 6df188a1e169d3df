/** Verifies the Authorization header of AWS Signature Version 4. Presigned URLs are not supported. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from './errors.js';

export interface SignedRequest {
  readonly method: string;
  /** As sent: encoded path, and query without `?`. */
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SKEW_LIMIT_MS = 15 * 60_000;
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Throws the S3Error of the first thing that is wrong; returns the region that the request was signed for. */
export function verifySignature(
  request: SignedRequest,
  credentials: Readonly<Record<string, string>>,
  now: number,
): string {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers['authorization'] ?? '',
    );
  if (!match) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  const [, accessKey, day, region, signedHeaders, signature] = match as unknown as string[];
  const secret = credentials[accessKey!];
  if (secret === undefined)
    throw new S3Error(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  const stamp = request.headers['x-amz-date'] ?? '';
  if (Math.abs(parseStamp(stamp) - now) > SKEW_LIMIT_MS)
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    stamp,
    scope,
    createHash('sha256').update(canonicalRequest(request, signedHeaders!)).digest('hex'),
  ].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day!), region!), 's3'), 'aws4_request');
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature!, 'hex')))
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  return region!;
}

function canonicalRequest(request: SignedRequest, signedHeaders: string): string {
  const query = request.rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, value = ''] = pair.split('=');
      return `${encode(decodeURIComponent(name!))}=${encode(decodeURIComponent(value))}`;
    })
    .sort()
    .join('&');
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`)
    .join('');
  return [
    request.method,
    request.rawPath,
    query,
    headers,
    signedHeaders,
    request.headers['x-amz-content-sha256'] ?? '',
  ].join('\n');
}

function parseStamp(stamp: string): number {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  return m ? Date.UTC(+m[1]!, +m[2]! - 1, +m[3]!, +m[4]!, +m[5]!, +m[6]!) : NaN;
}
