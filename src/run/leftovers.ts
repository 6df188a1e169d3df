/**
 * Staged files whose content is published: nobody needs them any more. They are removed many at a time, as a request to a store takes
 * as long as one for a whole batch; what waits is bounded. Best effort: gc removes what stays.
 */
import type { StagedFile } from '../publish/content.js';
import type { ObjectStore } from '../store/object-store.js';

/** Of files that wait to be removed. */
const MOST_FILES = 100;
const MOST_BYTES = 256 * 1024 * 1024;

export class Leftovers {
  private files: StagedFile[] = [];
  private removing: Promise<void> = Promise.resolve();

  constructor(private readonly store: ObjectStore) {}

  add(files: readonly StagedFile[]): void {
    this.files.push(...files);
    const bytes = this.files.reduce((sum, { size }) => sum + size, 0);
    if (this.files.length >= MOST_FILES || bytes >= MOST_BYTES) void this.remove();
  }

  /** Removes what waits; resolves when everything that was added is dealt with. Never rejects. */
  remove(): Promise<void> {
    const items = this.files.splice(0).map(({ path }) => ({ path, etag: null }));
    if (items.length > 0)
      this.removing = this.removing
        .then(() => this.store.delete(items))
        .then(
          () => undefined,
          () => undefined,
        );
    return this.removing;
  }
}
