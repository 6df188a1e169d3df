/**
 * Work folders of a run on this machine: one per task, removed when the task ends; the run's own when the run ends. Names are
 * counters of ours, never parts of keys. What a killed process leaves is removed by gc (local targets) or the system.
 */
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LakefillError } from '../core/errors.js';

export class Workspace {
  private next = 0;

  private constructor(readonly folder: string) {}

  /** `base` is an absolute folder; null: the system's temporary folder. Throws STORE_FULL or STORE_READ_ONLY. */
  static async open(base: string | null, run: string): Promise<Workspace> {
    const folder = path.join(base ?? path.join(tmpdir(), 'lakefill'), run);
    await make(folder);
    return new Workspace(folder);
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
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new LakefillError(
      full ? 'STORE_FULL' : 'STORE_READ_ONLY',
      `The work folder ${folder} could not be made (${code}). Nothing was changed.`,
      {
        hint: full
          ? 'Free some space, or name another folder as scratch in lakefill.yaml.'
          : 'Make it writable, or name another folder as scratch in lakefill.yaml.',
        cause,
      },
    );
  }
}

/** Removes the folders below and at `folder` that hold nothing: what deletions leave on a disk. Best effort. */
export async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (entry.isDirectory()) await removeEmptyFolders(path.join(folder, entry.name));
  await rmdir(folder).catch(() => undefined); // not empty, or gone
}
