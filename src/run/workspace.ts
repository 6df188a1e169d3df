/**
 * Work folders of a run on this machine: one per task, removed when the task ends; the run's own when the run ends. Names are
 * counters of ours, never parts of keys. What a killed process leaves is removed by gc (local targets) or the system.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isLakefillError, LakefillError } from '../core/errors.js';
import { makeFolders } from '../store/local/folders.js';

export class Workspace {
  private next = 0;

  private constructor(readonly folder: string) {}

  /** `base` is an absolute folder; null: the system's temporary folder. Throws the store's error for a folder that cannot be made, such as STORE_READ_ONLY. */
  static async open(base: string | null, run: string): Promise<Workspace> {
    const workspace = Workspace.unmade(base, run);
    await make(workspace.folder);
    return workspace;
  }

  /** Its name alone: a run with nothing to do makes no folder, so that it also ends well where nothing can be written. */
  static unmade(base: string | null, run: string): Workspace {
    return new Workspace(path.join(base ?? path.join(tmpdir(), 'lakefill'), run));
  }

  /** A new empty folder for one task. */
  async taskFolder(): Promise<string> {
    const folder = path.join(this.folder, `t${String(++this.next).padStart(6, '0')}`);
    await make(folder);
    return folder;
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.remove(this.folder);
  }
}

async function make(folder: string): Promise<void> {
  try {
    await makeFolders(folder, 'the work folder');
  } catch (error) {
    if (!isLakefillError(error)) throw error;
    const scratch = 'Work files can also be kept elsewhere: name a folder as `scratch` in lakefill.yaml.';
    throw new LakefillError(error.code, `${error.message} Nothing was changed.`, {
      hint: error.hint === null ? scratch : `${error.hint} ${scratch}`,
      context: { folder },
      cause: error,
    });
  }
}

/** Removes the folders below and at `folder` that hold nothing: what deletions leave on a disk. Best effort. */
export async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (entry.isDirectory()) await removeEmptyFolders(path.join(folder, entry.name));
  await rmdir(folder).catch(() => undefined); // not empty, or gone
}
