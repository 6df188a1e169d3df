/**
 * Makes folders that nothing durable rests on (work files, a new project), one by one from the first that is missing. Never by a
 * recursive mkdir(): Node's loops for ever where mkdir says ENOENT although the parent exists (/proc, autofs, a dead mount), and
 * says ENOENT, not EROFS, of a read-only file system. Folders of a target are made by durable-folder.ts.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LakefillError } from '../../core/errors.js';
import { errnoOf, storeError } from './errors.js';

/** `folder` is absolute; one that exists is fine. `what` as in "the work folder". Throws a STORE_* error in words; parents made so far stay. */
export async function makeFolders(folder: string, what: string): Promise<void> {
  try {
    await makeEach(folder);
  } catch (error) {
    throw storeError(error, `make ${what}`, folder);
  }
}

async function makeEach(folder: string): Promise<void> {
  const parent = dirname(folder);
  const first = await tryToMake(folder);
  if (first === null) return;
  if (errnoOf(first) !== 'ENOENT' || parent === folder) throw first;
  await makeEach(parent);
  const again = await tryToMake(folder);
  if (again === null) return;
  throw errnoOf(again) === 'ENOENT' ? takesNone(folder, parent, again) : again;
}

/** Null when it is there now, whoever made it; otherwise the error. */
async function tryToMake(folder: string): Promise<unknown> {
  try {
    await mkdir(folder);
    return null;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return error;
    const there = await stat(folder).catch(() => null);
    return there?.isDirectory() === true ? null : Object.assign(new Error(), { code: 'ENOTDIR' });
  }
}

function takesNone(folder: string, parent: string, cause: unknown): LakefillError {
  return new LakefillError(
    'STORE_UNSUPPORTED',
    `Could not make the folder ${folder}: ${parent} exists, and its file system takes no new folder in it.`,
    {
      hint: 'Choose a folder on an ordinary disk; if this should be one, look whether it is mounted.',
      context: { path: folder, errno: 'ENOENT' },
      cause,
    },
  );
}
