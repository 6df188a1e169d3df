/** SHA-256 and canonical JSON: the only hashes that lakefill records. */
import { createHash } from 'node:crypto';

/** Lower-case hex of SHA-256. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** JSON with object keys sorted at every level and `undefined` members left out: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  );
}

/** What identifies one stored object's content for comparison. LastModified is no part of it. */
export interface VersionedObject {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

/** Digest over sorted (path, size, ETag): the `version` of a set of objects in plans and journals. Order-free. */
export function versionDigest(objects: Iterable<VersionedObject>): string {
  const lines = [...objects].map((o) => `${o.path}\0${o.size}\0${o.etag}`).sort();
  return sha256(lines.join('\n'));
}
