/**
 * `init`: writes a small working project. Overwrites nothing: a file of the project that is already there refuses
 * the whole command before anything is written; only `.gitignore` is added to.
 */
import { appendFile, lstat, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LakefillError, messageOf } from '../core/errors.js';
import { makeFolders } from '../store/local/folders.js';
import { PROJECT_FILES, type ProjectFile, SAMPLE_OUTPUT } from './init-files.js';

export interface InitOptions {
  /** Absolute folder; made if it does not exist. */
  readonly dir: string;
  /** An existing prefix to propose the dataset from: a URL, or a path from the working directory. Only read. */
  readonly from?: string;
  readonly signal?: AbortSignal;
}

export interface InitDocument {
  readonly format: 'lakefill.init/1';
  /** Absolute. */
  readonly dir: string;
  /** Below `dir`, in the order in which they were written. */
  readonly files: readonly { readonly path: string; readonly action: 'created' | 'extended' }[];
  /** What to look at before the first run; empty for the sample. */
  readonly notes: readonly string[];
}

/**
 * Writes the project: the sample, or with `from` what was found there.
 * @throws USAGE when a file is in the way (nothing was written); STORE_* and INPUT_* when the prefix cannot be read (nothing
 * was written); STORE_DENIED when the folder cannot be written (files written so far stay, and are in the way of the next try).
 */
export async function initProject({ dir, from, signal }: InitOptions): Promise<InitDocument> {
  if (from === undefined)
    return writeProject(dir, { files: PROJECT_FILES, output: SAMPLE_OUTPUT, notes: [] });
  // Loaded only here: it brings stores and engine along.
  const { proposeProject } = await import('./init-from.js');
  return writeProject(dir, await proposeProject(from, dir, signal));
}

interface Content {
  readonly files: readonly ProjectFile[];
  /** Folder that the target fills: kept out of version control, as scratch files are. */
  readonly output: string;
  readonly notes: readonly string[];
}

async function writeProject(dir: string, { files, output, notes }: Content): Promise<InitDocument> {
  await refuseIfOccupied(dir, files);
  const written: { path: string; action: 'created' | 'extended' }[] = [];
  try {
    for (const file of files) {
      const full = path.join(dir, file.path);
      await makeFolders(path.dirname(full), 'the folder');
      await writeFile(full, file.text, { flag: 'wx' });
      written.push({ path: file.path, action: 'created' });
    }
    const ignored = await ignore(path.join(dir, '.gitignore'), ['.lakefill/', `/${output}/`]);
    if (ignored !== null) written.push({ path: '.gitignore', action: ignored });
  } catch (error) {
    const clean = written.length === 0 ? '' : ', and remove the files written so far';
    throw new LakefillError(
      'STORE_DENIED',
      `The project could not be written to ${dir}: ${messageOf(error).replace(/\.$/, '')}; ${written.length} of ${files.length} files were written.`,
      { hint: `Choose a folder that you may write to${clean}.`, cause: error },
    );
  }
  return { format: 'lakefill.init/1', dir, files: written, notes };
}

async function refuseIfOccupied(dir: string, files: readonly ProjectFile[]): Promise<void> {
  const there = await Promise.all(files.map((file) => exists(path.join(dir, file.path))));
  const occupied = files.filter((_, i) => there[i]).map((file) => file.path);
  if (occupied.length === 0) return;
  throw new LakefillError('USAGE', `${dir} already has ${occupied.join(', ')}; nothing was written.`, {
    hint: 'Choose another folder, or remove these files.',
    context: { dir, files: occupied },
  });
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Adds the missing lines; null when there was nothing to add. */
async function ignore(file: string, wanted: readonly string[]): Promise<'created' | 'extended' | null> {
  const before = await readFile(file, 'utf8').catch(() => null);
  const lines = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
  const missing = wanted.filter((line) => !lines.has(line));
  if (missing.length === 0) return null;
  const gap = before === null || before === '' || before.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${gap}${missing.join('\n')}\n`);
  return before === null ? 'created' : 'extended';
}
