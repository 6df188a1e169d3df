/**
 * What an error of the SDK says, in one shape: status and code where the store answered, or how the connection failed.
 * Pure; what it means to lakefill is in errors.ts.
 */

export interface Failure {
  /** HTTP status; null: no answer came. */
  readonly status: number | null;
  /** Code of S3, of the SDK, or of the socket. */
  readonly code: string;
  readonly message: string;
  /** Of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** False: the request cannot have reached the store. */
  readonly sent: boolean;
  /** Without request and answer. */
  readonly cause: unknown;
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly Code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Record<string, string> };
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CredentialsProviderError',
  'EHOSTUNREACH',
]);

const BROKEN = new Set(['ECONNRESET', 'EPIPE']);

export function failureOf(error: unknown): Failure {
  const e = (error ?? {}) as SdkError;
  const status = e.$metadata?.httpStatusCode ?? e.$response?.statusCode ?? null;
  // A socket's code is telling, its name is just `Error`; of an S3 answer the name is the code.
  const code =
    e.Code ?? (e.name === undefined || e.name === 'Error' ? (e.code ?? e.name) : e.name) ?? 'Unknown';
  return {
    status,
    // The SDK calls a reset a timeout; the socket's code knows better.
    code: e.code !== undefined && (NOT_SENT.has(e.code) || BROKEN.has(e.code)) ? e.code : code,
    message: e.message ?? String(error),
    headers: e.$response?.headers ?? {},
    sent: !(NOT_SENT.has(e.code ?? '') || NOT_SENT.has(e.name ?? '') || isTls(e.code ?? '')),
    cause: bare(error),
  };
}

/** The SDK hangs the request on its errors, with its signature and socket: whoever prints a cause would print those. */
function bare(error: unknown): Error {
  const { name = 'Error', message = String(error), stack } = (error ?? {}) as Partial<Error>;
  const cause = new Error(message);
  cause.name = name;
  if (stack !== undefined) cause.stack = stack;
  return cause;
}

/** Whether the store may have carried the request out without telling us. */
export function isUnknown(failure: Failure): boolean {
  if (!failure.sent) return false;
  // An answer of 2xx that could not be understood is no answer; 200 with an <Error> arrives here as a 503.
  return failure.status === null || failure.status >= 500 ? failure.status !== 501 : failure.status < 300;
}

/** Certificate failures happen before anything is sent. */
export function isTls(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|EPROTO|ERR_SSL/.test(code);
}
