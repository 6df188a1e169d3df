/** Staged output of an earlier run on its way to publication: its files must be what was staged, byte by byte. Changes nothing. */
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { hashObject } from '../store/hash-object.js';
import { reaffirmed } from './content.js';
import type { StagedFile, StagedPartition, ValidatedPartition } from './content.js';

/** In words what is wrong with the staged files by name, size and version; null when nothing is. Reads no bytes. */
export async function stagedDamage(store: ObjectStore, files: readonly StagedFile[]): Promise<string | null> {
  const found = await Promise.all(files.map((file) => look(store, file)));
  return found.find((one) => typeof one === 'string') ?? null;
}

/** The staged partition as content that can be published, or in words why not. Reads every byte. */
export async function reviveStaged(
  store: ObjectStore,
  staged: StagedPartition,
  recorded: { readonly passed: boolean },
): Promise<ValidatedPartition | string> {
  for (const file of staged.files) {
    const there = await look(store, file);
    if (typeof there === 'string') return there;
    if ((await hashObject(store, there)) !== file.sha256)
      return `the bytes of ${file.path} are not those that were checked`;
  }
  const content = reaffirmed(staged, { ...recorded, contentHash: staged.record.contentHash });
  return content ?? 'its recorded verdict does not allow it';
}

async function look(store: ObjectStore, file: StagedFile): Promise<ObjectInfo | string> {
  const there = await store.head(file.path);
  if (there === null) return `${file.path} is gone`;
  if (there.size !== file.size) return `${file.path} has ${there.size} bytes instead of ${file.size}`;
  return there.etag === file.etag ? there : `${file.path} was replaced by something else`;
}
