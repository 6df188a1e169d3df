/** SHA-256 of a stored object, read in blocks. */
import { createHash } from 'node:crypto';
import type { CallOptions, ObjectInfo, ObjectStore } from './object-store.js';

const BLOCK = 8 * 1024 * 1024;

/** Lower-case hex of exactly this version; null when it changed or was cut short meanwhile. */
export async function hashObject(
  store: ObjectStore,
  object: ObjectInfo,
  options: CallOptions = {},
): Promise<string | null> {
  const hash = createHash('sha256');
  for (let start = 0; start < object.size; start += BLOCK) {
    const end = Math.min(start + BLOCK, object.size);
    const range = { start, end };
    const got = await store.get(object.path, { ...options, range, ifMatch: object.etag });
    if (got.outcome !== 'found' || got.bytes.length !== end - start) return null;
    hash.update(got.bytes);
  }
  return hash.digest('hex');
}
