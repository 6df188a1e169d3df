/** Comparing a listing of a partition with what must stand there. Pure. */
import type { JournalFile } from '../../journal/entry.js';
import type { ObjectInfo, PreparedUpload } from '../../store/object-store.js';

export interface Expectation {
  /** Objects of the base, unchanged. */
  readonly old: readonly JournalFile[];
  /** New files, complete. */
  readonly added: readonly Pick<PreparedUpload, 'path' | 'size'>[];
  /** Etags of the new files by path: of the versions whose bytes are known to be the staged ones. */
  readonly etags?: ReadonlyMap<string, string>;
}

/**
 * True when nothing of the base is left and every new file stands there whole. Whoever removed the old files, another program or
 * ourselves before the journal was replaced by an older copy of it: to undo now would leave readers with nothing.
 */
export function isOvertaken(
  listed: ReadonlyMap<string, ObjectInfo>,
  { old, added }: Expectation,
  prefix: string,
): boolean {
  if (old.length === 0 || added.length === 0 || old.some((file) => listed.has(file.name))) return false;
  return added.every(({ path, size }) => listed.get(path.slice(prefix.length))?.size === size);
}

/** In words why the listing is not exactly old + new; null when it is. `prefix` is the partition's. */
export function difference(
  listed: ReadonlyMap<string, ObjectInfo>,
  expected: Expectation,
  prefix: string,
): string | null {
  const seen = new Set<string>();
  for (const file of expected.old) {
    seen.add(file.name);
    const there = listed.get(file.name);
    if (!there) return `${file.name} was removed by something else`;
    if (there.etag !== file.etag || there.size !== file.size)
      return `${file.name} was replaced by something else`;
  }
  for (const upload of expected.added) {
    const name = upload.path.slice(prefix.length);
    seen.add(name);
    const there = listed.get(name);
    if (!there) return `${name} of ours is not there`;
    if (there.size !== upload.size)
      return `${name} of ours has ${there.size} bytes instead of ${upload.size}`;
    if (expected.etags && there.etag !== expected.etags.get(upload.path))
      return `${name} of ours was replaced by something else`;
  }
  const foreign = [...listed.keys()].filter((name) => !seen.has(name));
  return foreign.length > 0 ? `${foreign[0]} was added by something else` : null;
}
