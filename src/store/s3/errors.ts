/**
 * Vendor errors become lakefill's, in this one function: a row per quirk, each with a test. Outcomes that a caller
 * expects (412, 404, NoSuchUpload) are looked at before and do not come here.
 */
import { LakefillError, type ErrorCode } from '../../core/errors.js';
import { isTls, type Failure } from './failure.js';
import { grantText } from './permissions.js';

export interface Attempted {
  /** Name of the S3 operation. */
  readonly operation: string;
  readonly bucket: string;
  /** Object path or prefix. */
  readonly path: string;
  /** null: AWS. */
  readonly endpoint: string | null;
}

interface Meaning {
  readonly code: ErrorCode;
  /** What happened, as the middle of a sentence. */
  readonly what: string;
  readonly hint: string;
}

type Row = readonly [codes: readonly string[], meaning: (failure: Failure, at: Attempted) => Meaning];

const credentials = (what: string, hint: string) => (): Meaning => ({
  code: 'STORE_CREDENTIALS',
  what,
  hint,
});
const renew = 'Renew the credentials (`aws sso login`, a new session token) and run the command again.';
const checkKeys =
  'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE, and that they belong to this endpoint.';
const again = 'Run the command again; if it stays so, look at the state of the storage service.';

const wrongRegion = (failure: Failure, at: Attempted): Meaning => {
  const region =
    failure.headers['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(failure.message)?.[1];
  return {
    code: 'STORE_WRONG_REGION',
    what: `the bucket is in ${region === undefined ? 'another region' : `the region ${region}`}`,
    hint: `Set AWS_REGION${region === undefined ? '' : `=${region}`}, or \`region\` for s3://${at.bucket}/ in lakefill.yaml.`,
  };
};

const ROWS: readonly Row[] = [
  [
    ['NoSuchBucket'],
    (_, at) => ({
      code: 'STORE_NOT_FOUND',
      what: 'there is no such bucket',
      hint: `Create the bucket ${at.bucket}, or correct its name${at.endpoint === null ? '' : ` or the endpoint ${at.endpoint}`}.`,
    }),
  ],
  [
    ['CredentialsProviderError'],
    credentials('no credentials were found', `Log in or set credentials. ${checkKeys}`),
  ],
  [
    // `TokenRefreshRequired` and `InvalidToken` are what some gateways say for the same thing.
    ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidToken', 'RequestExpired'],
    credentials('the credentials have expired', renew),
  ],
  [
    // versitygw and s3s name an unknown key in their own way.
    ['InvalidAccessKeyId', 'XAdminUserNotFound', 'NotSignedUp', 'UnrecognizedClientException'],
    credentials('the access key is unknown there', checkKeys),
  ],
  [['SignatureDoesNotMatch'], credentials('the secret key is wrong', checkKeys)],
  [
    // The SDK corrects its clock from the answer; only a second refusal arrives here.
    ['RequestTimeTooSkewed'],
    credentials("this machine's clock and the store's differ too much", "Set this machine's clock (NTP)."),
  ],
  // A wrong signing region is 301, 307, or 400 with the region in the text.
  [['PermanentRedirect', 'Redirect', 'TemporaryRedirect', 'IllegalLocationConstraintException'], wrongRegion],
  [
    ['AuthorizationHeaderMalformed'],
    (failure, at) =>
      failure.message.includes('region')
        ? wrongRegion(failure, at)
        : { code: 'STORE_CREDENTIALS', what: 'the signature was not understood', hint: checkKeys },
  ],
  [
    // An archived object answers 403, which is no question of permissions.
    ['InvalidObjectState'],
    () => ({
      code: 'STORE_FAILED',
      what: 'the object is archived and must be restored before it can be read',
      hint: 'Restore it (`aws s3api restore-object`), or leave the partition out with --exclude.',
    }),
  ],
  [
    // "KMS.AccessDeniedException", "KMS.DisabledException", ...
    ['KMS'],
    (failure) => ({
      code: 'STORE_DENIED',
      what: `the encryption key cannot be used (${failure.code})`,
      hint: 'Grant kms:GenerateDataKey and kms:Decrypt on the key, or correct `kmsKey`.',
    }),
  ],
  [
    // The bytes did not arrive as sent; S3 stored nothing. MinIO has its own name for it.
    ['BadDigest', 'InvalidDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch'],
    () => ({ code: 'STORE_UNAVAILABLE', what: 'the bytes did not arrive as they were sent', hint: again }),
  ],
  [
    // 400, and yet the only thing wrong is that it took too long.
    ['RequestTimeout'],
    () => ({ code: 'STORE_TIMEOUT', what: 'the store waited too long for the request', hint: again }),
  ],
  [
    // 409 on a conditional write: another request on the key ended at that moment. CoreWeave says it for concurrent creates.
    ['ConditionalRequestConflict', 'OperationAborted'],
    () => ({ code: 'STORE_RACING', what: 'another request on the same key was under way', hint: again }),
  ],
  [
    [
      'SlowDown',
      'Throttling',
      'ThrottlingException',
      'TooManyRequests',
      'RequestLimitExceeded',
      'ServiceUnavailable',
    ],
    () => ({
      code: 'STORE_THROTTLED',
      what: 'the store asks to slow down',
      hint: 'Lower `concurrency.requests` in lakefill.yaml, or run again later.',
    }),
  ],
  [
    // versitygw keeps keys as files: `x` and `x/y` cannot both exist there.
    ['ExistingObjectIsDirectory', 'ObjectParentIsFile'],
    () => ({
      code: 'STORE_UNSUPPORTED',
      what: 'this store cannot hold an object and others below its name',
      hint: 'Use another key.',
    }),
  ],
  [
    ['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'StorageFull'],
    () => ({
      code: 'STORE_FULL',
      what: 'the store is full',
      hint: 'Free space or raise the quota; `lakefill gc` removes what has expired.',
    }),
  ],
  [
    ['NotImplemented', 'MethodNotAllowed', 'XNotImplemented'],
    (failure) => ({
      code: 'STORE_UNSUPPORTED',
      what: `the store cannot do this (${failure.message})`,
      hint: 'Run `lakefill doctor` to see what this store enforces.',
    }),
  ],
  [
    ['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'Forbidden'],
    (_, at) => ({
      code: 'STORE_DENIED',
      what: 'access was denied',
      hint: `Grant ${grantText(at.operation, at.bucket, at.path)}.`,
    }),
  ],
  [
    ['TimeoutError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT'],
    (_, at) => ({
      code: 'STORE_TIMEOUT',
      what: 'no answer came in time',
      hint: `Check the network and the endpoint${at.endpoint === null ? '' : ` ${at.endpoint}`}, then run the command again.`,
    }),
  ],
  [
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
    (failure, at) => ({
      code: 'STORE_UNAVAILABLE',
      what: `the store cannot be reached (${failure.code})`,
      hint: `Check that ${at.endpoint ?? 'the network'} is up and the endpoint is right, then run the command again.`,
    }),
  ],
];

/** The error that the failure of one request is, with what to do. Never carries headers: they are signed. */
export function toError(failure: Failure, at: Attempted): LakefillError {
  const { code, what, hint } = meaningOf(failure, at);
  const context = {
    operation: at.operation,
    url: `s3://${at.bucket}/${at.path}`,
    ...(failure.status === null ? {} : { status: failure.status }),
    vendorCode: failure.code,
    ...(failure.headers['x-amz-request-id'] ? { requestId: failure.headers['x-amz-request-id'] } : {}),
  };
  return new LakefillError(code, `${at.operation} of s3://${at.bucket}/${at.path} failed: ${what}.`, {
    hint,
    context,
    cause: failure.cause,
  });
}

function meaningOf(failure: Failure, at: Attempted): Meaning {
  const row = ROWS.find(([codes]) =>
    codes.some((c) => failure.code === c || failure.code.startsWith(`${c}.`)),
  );
  return row ? row[1](failure, at) : byStatus(failure, at);
}

/** Answers without a code that is known: a HEAD has no body, a proxy has its own pages. */
function byStatus(failure: Failure, at: Attempted): Meaning {
  const { status, message } = failure;
  const named = (code: string) => ROWS.find(([codes]) => codes.includes(code))![1](failure, at);
  if (isTls(failure.code)) {
    return {
      code: 'STORE_FAILED',
      what: `the certificate was not accepted (${failure.code})`,
      hint: 'Name the certificates to trust in AWS_CA_BUNDLE, or `caBundle` in lakefill.yaml.',
    };
  }
  if (status === null || status < 300) {
    return { code: 'STORE_UNAVAILABLE', what: `the connection broke (${firstLine(message)})`, hint: again };
  }
  if (status === 301 || status === 307) return named('PermanentRedirect');
  if (status === 401 || status === 403) return named('AccessDenied');
  if (status === 404)
    return { code: 'STORE_NOT_FOUND', what: 'it was not found', hint: 'Check the bucket and the path.' };
  if (status === 408) return named('RequestTimeout');
  if (status === 409) return named('OperationAborted');
  if (status === 429 || status === 503) return named('SlowDown');
  if (status === 501 || status === 405) return named('NotImplemented');
  if (status === 507) return named('QuotaExceeded');
  if (status >= 500)
    return { code: 'STORE_UNAVAILABLE', what: `the store answered ${status} ${failure.code}`, hint: again };
  return {
    code: 'STORE_FAILED',
    what: `the store refused it with ${status} ${failure.code} (${firstLine(message)})`,
    hint: 'Look the code up in the documentation of the store; nothing was changed.',
  };
}

const firstLine = (text: string) => text.split('\n')[0]!.slice(0, 200);
