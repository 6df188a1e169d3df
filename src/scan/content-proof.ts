/**
 * Whether the bytes of a file are those that the journal names, by SHA-256. On a local directory a version is modification time and
 * inode: a file that was copied, restored or touched has another version and may have the same bytes, and a file that was
 * written into in place may have the same version and other bytes. The first is looked at always, the second by a deep scan.
 *
 * Stores without folders are not asked: their objects cannot be written into, and reading them whole is costly.
 */
import pLimit from 'p-limit';
import { isLakefillError, messageOf } from '../core/errors.js';
import type { JournalFile } from '../journal/entry.js';
import { hashObject } from '../store/hash-object.js';
import type { CallOptions, ObjectInfo, ObjectStore } from '../store/object-store.js';
import { isManaged } from './journal-comparison.js';
import type { KeyFacts } from './key-facts.js';

/** Each holds a block of some MiB in memory. */
const HASHED_AT_ONCE = 4;

export interface ContentFindings {
  /** By path, of the objects that were compared: has the recorded bytes, or others. */
  readonly content: ReadonlyMap<string, 'recorded' | 'other'>;
  /** Objects that could not be compared: by path, why. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** Compares what needs it, and with `deep` every file whose SHA-256 is recorded. Cancellation is thrown, every other failed read is in `unknown`. */
export async function proveContent(
  store: ObjectStore,
  keys: readonly Pick<KeyFacts, 'objects' | 'state' | 'prefix'>[],
  options: CallOptions & { readonly deep?: boolean },
): Promise<ContentFindings> {
  const content = new Map<string, 'recorded' | 'other'>();
  const unknown = new Map<string, string>();
  if (store.folders === undefined) return { content, unknown };
  const suspects = keys.flatMap((key) => suspectsOf(key, options.deep === true));
  const call: CallOptions = options.signal ? { signal: options.signal } : {};
  await pLimit(HASHED_AT_ONCE).map(suspects, async ({ object, sha256 }) => {
    try {
      const hash = await hashObject(store, object, call);
      if (hash === null) unknown.set(object.path, 'it was replaced or removed while it was scanned');
      else content.set(object.path, hash === sha256 ? 'recorded' : 'other');
    } catch (error) {
      if (isLakefillError(error, 'CANCELLED') || options.signal?.aborted) throw error;
      unknown.set(object.path, messageOf(error));
    }
  });
  return { content, unknown };
}

interface Suspect {
  readonly object: ObjectInfo;
  readonly sha256: string;
}

/** Another size is other bytes: nothing to read. */
function suspectsOf(key: Pick<KeyFacts, 'objects' | 'state' | 'prefix'>, deep: boolean): Suspect[] {
  if (!isManaged(key)) return [];
  const named = new Map<string, JournalFile>(key.state!.files.map((file) => [key.prefix + file.name, file]));
  return key.objects.flatMap((object) => {
    const file = named.get(object.path);
    if (file?.sha256 == null || file.size !== object.size) return [];
    return deep || file.etag !== object.etag ? [{ object, sha256: file.sha256 }] : [];
  });
}
