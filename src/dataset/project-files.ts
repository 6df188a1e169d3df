/** The files of a project: where it begins, which definitions it holds. Reads text, refuses large files; parses nothing. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LakefillError, messageOf } from '../core/errors.js';

export const SETTINGS_FILE = 'lakefill.yaml';
export const DEFAULT_DATASETS = 'partitions';
const LARGEST_FILE = 1024 * 1024;
const DEEPEST_FOLDER = 16;

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
  /** Absolute paths of files that look like definitions and are none, and what to do. */
  readonly misnamed: readonly { readonly file: string; readonly message: string }[];
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

/** The text of a file (UTF-8, at most 1 MiB); null when it does not exist. */
export async function readText(file: string): Promise<FileText | null> {
  if ((await kindOf(file)) !== 'file') return null;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE)
      return { refused: `the file has ${size} bytes; at most ${LARGEST_FILE} are read` };
    const bytes = await readFile(file);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { refused: 'the file is not UTF-8 text' };
    return { refused: `the file cannot be read: ${messageOf(error)}` };
  }
}

/** Every definition below the folder, subfolders included (hidden ones and `node_modules` excepted); null without the folder. */
export async function findDefinitions(folder: string): Promise<FoundFiles | null> {
  if ((await kindOf(folder)) !== 'folder') return null;
  const files = await filesBelow(folder, '', 0);
  const yaml = files.filter((name) => name.endsWith('.yaml'));
  const definitions = await Promise.all(
    yaml.map(async (name) => {
      const file = path.join(folder, name);
      return { name: name.slice(0, -'.yaml'.length), file, content: (await readText(file)) ?? gone };
    }),
  );
  const misnamed = files
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({
      file: path.join(folder, name),
      message: "a definition's name ends in .yaml; rename the file",
    }));
  return { definitions, misnamed };
}

const gone: FileText = { refused: 'the file vanished while it was read' };

async function filesBelow(folder: string, prefix: string, depth: number): Promise<string[]> {
  if (depth > DEEPEST_FOLDER) return [];
  const names = (await readdir(path.join(folder, prefix))).sort();
  const found: string[] = [];
  for (const name of names) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const below = prefix + name;
    const kind = await kindOf(path.join(folder, below));
    if (kind === 'folder') found.push(...(await filesBelow(folder, `${below}/`, depth + 1)));
    else if (kind === 'file') found.push(below);
  }
  return found;
}

/** Links are followed: mounted configuration is made of them. */
async function kindOf(file: string): Promise<'file' | 'folder' | null> {
  try {
    const found = await stat(file);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : null;
  } catch {
    return null;
  }
}
