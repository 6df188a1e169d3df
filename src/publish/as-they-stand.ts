/** The journal's files under the versions that stand now: a copied or restored lake has the same bytes under other versions. */
import type { JournalFile } from '../journal/entry.js';
import { hashObject } from '../store/hash-object.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';

/**
 * A file whose version is not the recorded one takes the version that is listed, when size and SHA-256 are the recorded ones; any
 * other file comes back as it is. Reads bytes only of files that differ in version alone.
 */
export async function asTheyStand(
  store: ObjectStore,
  files: readonly JournalFile[],
  listed: ReadonlyMap<string, ObjectInfo>,
): Promise<JournalFile[]> {
  const standing: JournalFile[] = [];
  for (const file of files) {
    const there = listed.get(file.name);
    const isSuspect = there !== undefined && there.etag !== file.etag && there.size === file.size;
    const same = isSuspect && file.sha256 !== null && (await hashObject(store, there)) === file.sha256;
    standing.push(same ? { ...file, etag: there.etag } : file);
  }
  return standing;
}
