/** Work folders that cannot be made. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Workspace } from '../../src/run/workspace.js';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(path.join(tmpdir(), 'lakefill-work-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** True when `folder` now shows `of` and cannot be written, which takes root's rights. */
function mountReadOnly(of: string, folder: string): boolean {
  try {
    execFileSync('mount', ['--bind', of, folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
  return true;
}

it('makes what is missing, and again what is there, and removes its own', async () => {
  const [one, two] = await Promise.all(['r1', 'r2'].map((run) => Workspace.open(`${dir}/a/b`, run)));
  await Workspace.open(`${dir}/a/b`, 'r2');
  const task = await one!.taskFolder();
  expect(existsSync(task)).toBe(true);
  await one!.close();
  expect([existsSync(task), existsSync(two!.folder)]).toEqual([false, true]);
});

it('says that a file is in the way', async () => {
  writeFileSync(`${dir}/file`, '');
  await expect(Workspace.open(`${dir}/file/deeper`, 'run')).rejects.toMatchObject({
    code: 'STORE_UNSUPPORTED',
    message: `Could not make the work folder ${dir}/file/deeper/run: a file stands where a folder is needed. Nothing was changed.`,
    hint: expect.stringContaining('`scratch`') as string,
  });
});

it.runIf(process.platform === 'linux')('ends where no folder can be made', { timeout: 5_000 }, async () => {
  await expect(Workspace.open('/proc/x/scratch', 'run')).rejects.toMatchObject({
    code: 'STORE_UNSUPPORTED',
    message:
      'Could not make the folder /proc/x: /proc exists, and its file system takes no new folder in it. Nothing was changed.',
    hint: expect.stringContaining('`scratch`') as string,
  });
});

it('says that a file system is read-only', async ({ skip }) => {
  for (const name of ['source', 'mounted']) mkdirSync(`${dir}/${name}`);
  if (!mountReadOnly(`${dir}/source`, `${dir}/mounted`)) skip();
  try {
    const opening = Workspace.open(`${dir}/mounted/_lakefill/clean/scratch`, 'run');
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_READ_ONLY',
      message: `Could not make the work folder ${dir}/mounted/_lakefill/clean/scratch/run: the file system is mounted read-only. Nothing was changed.`,
      hint: expect.stringContaining('Mount it for writing') as string,
    });
  } finally {
    execFileSync('umount', [`${dir}/mounted`]);
  }
});
