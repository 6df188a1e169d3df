/** Preconditions of writes, reads, copies and deletions, as the conditional-requests pages of S3 state them. */
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from './errors.js';
import type { S3Response, StoredObject } from './types.js';

/** A condition that a store may fail to honour: ignored (as if absent) or refused (501). */
export type Condition =
  | 'put-if-none-match'
  | 'put-if-match'
  | 'complete-if-none-match'
  | 'complete-if-match'
  | 'copy-if-none-match'
  | 'copy-if-match'
  | 'copy-source-if-match'
  | 'delete-if-match'
  | 'delete-objects-etag'
  | 'get-if-match'
  /** A completion after an abort is refused. */
  | 'complete-after-abort';

export interface Enforcement {
  readonly ignored: ReadonlySet<Condition>;
  readonly refused: ReadonlySet<Condition>;
}

/** The value of a condition's header, or undefined where it was not sent or is ignored; 501 where it is refused. */
export function honoured(
  enforcement: Enforcement,
  condition: Condition,
  value: string | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  if (enforcement.refused.has(condition)) throw notImplemented(condition);
  return enforcement.ignored.has(condition) ? undefined : value;
}

const same = (etag: string, wanted: string) => etag.replaceAll('"', '') === wanted.replaceAll('"', '');

/** Conditions on what a write replaces. */
export function checkWrite(
  enforcement: Enforcement,
  kind: 'put' | 'complete' | 'copy',
  headers: Readonly<Record<string, string>>,
  current: StoredObject | null,
): void {
  const noneMatch = honoured(enforcement, `${kind}-if-none-match`, headers['if-none-match']);
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw notImplemented('If-None-Match with an ETag on a write');
    if (current) throw preconditionFailed();
  }
  const match = honoured(enforcement, `${kind}-if-match`, headers['if-match']);
  if (match !== undefined) {
    if (!current) throw noSuchKey();
    if (!same(current.etag, match)) throw preconditionFailed();
  }
}

export function checkCopySource(
  enforcement: Enforcement,
  headers: Readonly<Record<string, string>>,
  source: StoredObject,
): void {
  const match = honoured(enforcement, 'copy-source-if-match', headers['x-amz-copy-source-if-match']);
  if (match !== undefined && !same(source.etag, match)) throw preconditionFailed();
}

/** 304 where If-None-Match holds the current tag. */
export function checkRead(
  enforcement: Enforcement,
  headers: Readonly<Record<string, string>>,
  object: StoredObject,
): S3Response | null {
  const match = honoured(enforcement, 'get-if-match', headers['if-match']);
  if (match !== undefined && !same(object.etag, match)) throw preconditionFailed();
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && same(object.etag, noneMatch))
    return { status: 304, headers: { etag: object.etag }, body: null };
  return null;
}

/** An absent key satisfies an ETag (204) and fails `*`, as the reference of DeleteObject says. */
export function checkDelete(
  enforcement: Enforcement,
  condition: 'delete-if-match' | 'delete-objects-etag',
  value: string | undefined,
  current: StoredObject | null,
): void {
  const match = honoured(enforcement, condition, value);
  if (match === undefined) return;
  if (!current) {
    if (match === '*') throw new S3Error(404, 'NoSuchKey');
    return;
  }
  if (match !== '*' && !same(current.etag, match)) throw preconditionFailed();
}
