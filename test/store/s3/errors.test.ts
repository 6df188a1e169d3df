/** Every vendor quirk has a row, and what it means to lakefill. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { toError, type Attempted } from '../../../src/store/s3/errors.js';
import { failureOf, isUnknown } from '../../../src/store/s3/failure.js';

const at: Attempted = {
  operation: 'PutObject',
  bucket: 'lake',
  path: 'clean/dt=1/x.parquet',
  endpoint: 'http://s3:1',
};
const answered = (status: number, name: string, message = name, headers: Record<string, string> = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status }, $response: { headers } });
const socket = (code: string) => Object.assign(new Error(code), { code });
const mapped = (error: unknown, attempted = at) => toError(failureOf(error), attempted);

describe('a vendor error becomes', () => {
  it.each([
    ['NoSuchBucket', 404, 'STORE_NOT_FOUND'],
    ['ExpiredToken', 400, 'STORE_CREDENTIALS'],
    ['TokenRefreshRequired', 400, 'STORE_CREDENTIALS'],
    ['InvalidAccessKeyId', 403, 'STORE_CREDENTIALS'],
    ['XAdminUserNotFound', 404, 'STORE_CREDENTIALS'],
    ['SignatureDoesNotMatch', 403, 'STORE_CREDENTIALS'],
    ['RequestTimeTooSkewed', 403, 'STORE_CREDENTIALS'],
    ['PermanentRedirect', 301, 'STORE_WRONG_REGION'],
    ['InvalidObjectState', 403, 'STORE_FAILED'],
    ['KMS.DisabledException', 400, 'STORE_DENIED'],
    ['BadDigest', 400, 'STORE_UNAVAILABLE'],
    ['XAmzContentChecksumMismatch', 400, 'STORE_UNAVAILABLE'],
    ['RequestTimeout', 400, 'STORE_TIMEOUT'],
    ['ConditionalRequestConflict', 409, 'STORE_RACING'],
    ['OperationAborted', 409, 'STORE_RACING'],
    ['SlowDown', 503, 'STORE_THROTTLED'],
    ['TooManyRequests', 429, 'STORE_THROTTLED'],
    ['ObjectParentIsFile', 409, 'STORE_UNSUPPORTED'],
    ['QuotaExceeded', 403, 'STORE_FULL'],
    ['NotImplemented', 501, 'STORE_UNSUPPORTED'],
    ['AccessDenied', 403, 'STORE_DENIED'],
    ['InternalError', 500, 'STORE_UNAVAILABLE'],
    ['MalformedXML', 400, 'STORE_FAILED'],
  ])('%s (%i): %s', (code, status, expected) => {
    expect(mapped(answered(status, code)).code).toBe(expected);
  });

  it.each([
    [301, 'STORE_WRONG_REGION'],
    [401, 'STORE_DENIED'],
    [403, 'STORE_DENIED'],
    [404, 'STORE_NOT_FOUND'],
    [408, 'STORE_TIMEOUT'],
    [409, 'STORE_RACING'],
    [429, 'STORE_THROTTLED'],
    [502, 'STORE_UNAVAILABLE'],
    [503, 'STORE_THROTTLED'],
    [507, 'STORE_FULL'],
    [418, 'STORE_FAILED'],
  ])('a bare %i: %s', (status, expected) => {
    expect(mapped(answered(status, 'UnknownError')).code).toBe(expected);
  });

  it.each([
    ['ECONNREFUSED', 'STORE_UNAVAILABLE', false],
    ['ENOTFOUND', 'STORE_UNAVAILABLE', false],
    ['ECONNRESET', 'STORE_UNAVAILABLE', true],
    ['ETIMEDOUT', 'STORE_TIMEOUT', true],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'STORE_FAILED', false],
    ['CERT_HAS_EXPIRED', 'STORE_FAILED', false],
  ])('a socket that says %s: %s, unknown result: %s', (code, expected, unknown) => {
    expect(mapped(socket(code)).code).toBe(expected);
    expect(isUnknown(failureOf(socket(code)))).toBe(unknown);
  });

  it('no credentials: nothing was sent', () => {
    const error = Object.assign(new Error('Could not load credentials'), {
      name: 'CredentialsProviderError',
    });
    expect(mapped(error).code).toBe('STORE_CREDENTIALS');
    expect(isUnknown(failureOf(error))).toBe(false);
  });
});

describe('the hint', () => {
  it('names the permission to grant, where to grant it', () => {
    const hint = (operation: string) => mapped(answered(403, 'AccessDenied'), { ...at, operation }).hint;
    expect(hint('PutObject')).toBe('Grant s3:PutObject on arn:aws:s3:::lake/clean/dt=1/*.');
    expect(hint('ListObjectsV2')).toBe('Grant s3:ListBucket on arn:aws:s3:::lake.');
    expect(hint('CopyObject')).toContain('s3:GetObject on');
    expect(hint('AbortMultipartUpload')).toContain('s3:AbortMultipartUpload');
  });

  it('names the region of the bucket, from the header or from the text', () => {
    const header = answered(301, 'PermanentRedirect', 'elsewhere', { 'x-amz-bucket-region': 'eu-west-1' });
    expect(mapped(header).hint).toContain('AWS_REGION=eu-west-1');
    const text =
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-north-1'";
    expect(mapped(answered(400, 'AuthorizationHeaderMalformed', text)).hint).toContain(
      'AWS_REGION=eu-north-1',
    );
  });

  it('an error carries no headers, which are signed', () => {
    const error = mapped(
      answered(403, 'AccessDenied', 'no', { authorization: 'secret', 'x-amz-request-id': 'R1' }),
    );
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret');
    expect(error.context).toMatchObject({ requestId: 'R1', vendorCode: 'AccessDenied', status: 403 });
  });
});

describe('the result of a write is unknown', () => {
  it.each([
    [200, true],
    [400, false],
    [403, false],
    [412, false],
    [500, true],
    [501, false],
    [503, true],
  ])('after %i: %s', (status, unknown) => {
    expect(isUnknown(failureOf(answered(status, 'X')))).toBe(unknown);
  });
});
