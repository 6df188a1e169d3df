/**
 * Modification times that never repeat. The kernel's tick is some milliseconds and inodes are reused, so two versions
 * written and replaced within one tick could get one etag; of the files that a store writes, each gets a later time.
 */
import type { OpenFile } from './fs.js';

/** utimes() takes seconds as a double: steps under a microsecond are lost, so a step is two. */
const STEP_NS = 2_000n;

export class Stamps {
  private last = 0n;

  /** Gives a file that was just written a time after all earlier ones of this store, usually the one it has. */
  async stamp(file: OpenFile): Promise<void> {
    const { mtimeNs } = await file.stat();
    if (mtimeNs >= this.last + STEP_NS) {
      this.last = mtimeNs;
      return;
    }
    this.last += STEP_NS;
    await file.setModified(this.last);
  }
}
