/** What can happen to a request on its way to an S3 store and back, as a mix for seeded soaks. */
import type { Fault } from './s3-server/index.js';

const status = (code: number, name: string) => ({ kind: 'status', status: code, code: name }) as const;
const WRITES = ['PutObject', 'UploadPart', 'UploadPartCopy', 'CopyObject', 'CompleteMultipartUpload'];
const LISTINGS = ['ListObjectsV2'];

/** Each leaves the store as it was, or does all of what was asked; what the client is told is another matter. */
export const FAULT_MIX: readonly Fault[] = [
  { action: status(500, 'InternalError') },
  { action: status(503, 'SlowDown') },
  { action: status(502, 'BadGateway') },
  { action: { ...status(503, 'ServiceUnavailable'), headers: { 'retry-after': '1' } } },
  { action: status(400, 'RequestTimeout') },
  { when: 'after', action: status(500, 'InternalError') },
  { when: 'after', action: status(504, 'GatewayTimeout') },
  { action: { kind: 'reset' } },
  { when: 'after', action: { kind: 'reset' } },
  { operation: WRITES, action: { kind: 'corrupt-request', at: 0 } },
  { operation: 'GetObject', action: { kind: 'corrupt-answer', at: 0 } },
  { operation: 'GetObject', action: { kind: 'corrupt-answer', at: 30 } },
  { operation: 'GetObject', action: { kind: 'truncate', bytes: 10 } },
  { operation: 'GetObject', action: { kind: 'truncate', bytes: 10, silent: true } },
  { operation: LISTINGS, action: { kind: 'truncate', bytes: 200 } },
  { operation: LISTINGS, action: { kind: 'truncate', bytes: 200, silent: true } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'cut' } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'short' } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'empty' } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'html' } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'unsorted' } },
  { operation: LISTINGS, action: { kind: 'lie', lie: 'other-prefix' } },
  { operation: 'PutObject', action: status(409, 'ConditionalRequestConflict') },
  { operation: 'CompleteMultipartUpload', action: status(409, 'ConditionalRequestConflict') },
  {
    operation: ['CompleteMultipartUpload', 'CopyObject', 'UploadPartCopy'],
    action: { kind: 'error-body', code: 'InternalError' },
  },
  {
    operation: ['CompleteMultipartUpload', 'CopyObject'],
    when: 'after',
    action: { kind: 'error-body', code: 'InternalError' },
  },
  { action: status(403, 'AccessDenied') },
];

/** These wait for a timeout, so a soak takes few of them, one at a time. */
export const STALLS: readonly Fault[] = [
  { action: { kind: 'stall' } },
  { when: 'after', action: { kind: 'stall' } },
  { operation: 'GetObject', action: { kind: 'stall-body', bytes: 5 } },
];
