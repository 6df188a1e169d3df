/** The files of a project: where it begins, which definitions it holds. Reads text, refuses large files; parses nothing. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LakefillError, messageOf } from '../core/errors.js';

export const SETTINGS_FILE = 'lakefill.yaml';
export const DEFAULT_DATASETS = 'partitions';
const LARGEST_FILE = 1024 * 1024;
const DEEPEST_FOLDER = 16;
const NO_FILE = 'this is no file, or a link to nothing; replace or remove it';

/** A file's text, or why there is none. */
export type FileText = { readonly text: string } | { readonly refused: string };

export interface DefinitionFile {
  /** Path below the folder of definitions without `.yaml`, with `/`: the dataset's name. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly content: FileText;
}

export interface FoundFiles {
  /** In order of name. */
  readonly definitions: readonly DefinitionFile[];
  /** Absolute paths of what looks like a definition and is none, or cannot be looked into, and what to do. */
  readonly other: readonly { readonly file: string; readonly message: string }[];
}

/** The nearest folder at or above `from` with `lakefill.yaml` or `partitions/`. Throws PROJECT_NOT_FOUND. */
export async function findProject(from: string): Promise<string> {
  const begin = path.resolve(from);
  for (let dir = begin; ; dir = path.dirname(dir)) {
    const settings = await kindOf(path.join(dir, SETTINGS_FILE));
    if (settings === 'file' || (await kindOf(path.join(dir, DEFAULT_DATASETS))) === 'folder') return dir;
    if (dir === path.dirname(dir)) break;
  }
  throw new LakefillError(
    'PROJECT_NOT_FOUND',
    `Neither ${begin} nor a folder above it holds ${SETTINGS_FILE} or ${DEFAULT_DATASETS}/.`,
    {
      hint: 'Change to the project folder, name it with --project, or run `lakefill init`.',
      context: { dir: begin },
    },
  );
}

/** The text of a file (UTF-8, at most 1 MiB); null when nothing of this name exists. */
export async function readText(file: string): Promise<FileText | null> {
  const kind = await kindOf(file);
  if (kind === 'folder') return { refused: 'this is a folder, not a file' };
  if (kind === 'other') return { refused: NO_FILE };
  if (kind === null) return (await isThere(file)) ? { refused: NO_FILE } : null;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE)
      return { refused: `the file has ${size} bytes; at most ${LARGEST_FILE} are read` };
    const bytes = await readFile(file);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { refused: 'the file is not UTF-8 text' };
    return { refused: `the file cannot be read: ${messageOf(error)}; give this user the right to read it` };
  }
}

/** Every definition below the folder, subfolders included (hidden ones and `node_modules` excepted); null without the folder. */
export async function findDefinitions(folder: string): Promise<FoundFiles | null> {
  if ((await kindOf(folder)) !== 'folder') return null;
  const { files, misplaced } = await filesBelow(folder, '', 0);
  const yaml = files.filter((name) => name.endsWith('.yaml'));
  const definitions = await Promise.all(
    yaml.map(async (name) => {
      const file = path.join(folder, name);
      return { name: name.slice(0, -'.yaml'.length), file, content: (await readText(file)) ?? gone };
    }),
  );
  const misnamed = files
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({ name, message: "a definition's name ends in .yaml; rename the file" }));
  const other = [...misnamed, ...misplaced].map(({ name, message }) => ({
    file: path.join(folder, name),
    message,
  }));
  return { definitions, other };
}

const gone: FileText = { refused: 'the file vanished while it was read' };

/** Paths below the folder: of files, and of what is neither a file nor a folder to look into where one is needed. */
interface Below {
  readonly files: string[];
  readonly misplaced: { readonly name: string; readonly message: string }[];
}

async function filesBelow(folder: string, prefix: string, depth: number): Promise<Below> {
  const below: Below = { files: [], misplaced: [] };
  if (depth > DEEPEST_FOLDER) return below;
  const names = await namesIn(path.join(folder, prefix));
  if ('refused' in names) below.misplaced.push({ name: prefix, message: names.refused });
  for (const entry of 'refused' in names ? [] : names.sort()) {
    if (entry.startsWith('.') || entry === 'node_modules') continue;
    const name = prefix + entry;
    const kind = await kindOf(path.join(folder, name));
    const isNamedFile = name.endsWith('.yaml');
    if (kind === 'file') below.files.push(name);
    else if (kind === 'folder' && isNamedFile)
      below.misplaced.push({
        name,
        message: 'this is a folder, named like a definition; rename or remove it',
      });
    else if (kind === 'folder') {
      const inner = await filesBelow(folder, `${name}/`, depth + 1);
      below.files.push(...inner.files);
      below.misplaced.push(...inner.misplaced);
    } else if (isNamedFile) below.misplaced.push({ name, message: NO_FILE });
  }
  return below;
}

async function namesIn(folder: string): Promise<string[] | { readonly refused: string }> {
  try {
    return await readdir(folder);
  } catch (error) {
    return { refused: `the folder cannot be read: ${messageOf(error)}; give this user the right to read it` };
  }
}

/** Links are followed: mounted configuration is made of them. */
async function kindOf(file: string): Promise<'file' | 'folder' | 'other' | null> {
  try {
    const found = await stat(file);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch {
    return null;
  }
}

/** Also a link to nothing. */
async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
