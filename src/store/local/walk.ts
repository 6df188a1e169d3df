/**
 * Listing a folder tree in the order of full paths. Synchronous below, because that is twice as fast as anything
 * asynchronous for many small folders; the caller yields to the event loop between pages.
 *
 * Order: objects of a folder stand among its sibling files by the bytes of the full path, so `a-b` comes before `a/x`
 * and `a/x` before `a0`. Sorting each folder's names with `/` behind those of folders gives exactly that.
 */
import { compareBytes } from '../../core/byte-order.js';
import { LakefillError } from '../../core/errors.js';
import type { ListOptions, ObjectInfo, UnlistedPlace } from '../object-store.js';
import { fileOf, infoOf, notAFile } from './disk.js';
import { errnoOf, storeError } from './errors.js';
import type { FileKind, FileStat, FileSystem, FolderEntry } from './fs.js';
import { isOwnName } from './names.js';

interface Frame {
  readonly prefix: string;
  /** Sorted; folders end in `/`. */
  readonly names: readonly string[];
  next: number;
}

export class Walk {
  private readonly stack: Frame[] = [];
  private readonly after: string;

  /** Reads the top folder at once. */
  constructor(
    private readonly fs: FileSystem,
    prefix: string,
    private readonly options: Pick<ListOptions, 'after' | 'onUnlisted' | 'within'>,
  ) {
    this.after = options.after ?? '';
    if (options.within !== undefined) refuseLinks(fs, options.within, prefix);
    this.push(prefix, readFolder(fs, prefix, true));
  }

  /** Up to `size` objects, perhaps none after many empty folders; null at the end. */
  page(size: number): ObjectInfo[] | null {
    if (this.stack.length === 0) return null;
    const page: ObjectInfo[] = [];
    let steps = 0;
    for (let frame = this.stack.at(-1); frame && page.length < size; frame = this.stack.at(-1)) {
      if (++steps > 10 * size) break;
      const name = frame.names[frame.next++];
      if (name === undefined) this.stack.pop();
      else this.visit(frame.prefix + name, page);
    }
    return page;
  }

  private visit(path: string, page: ObjectInfo[]): void {
    if (this.after !== '' && this.isBefore(path)) return;
    if (path.endsWith('/')) return this.enter(path);
    let info: ObjectInfo | null;
    try {
      info = statListed(this.fs, path);
    } catch (error) {
      return this.pass(path, 'file', error);
    }
    if (info) page.push(info);
  }

  /** At or before `after`: a folder only when everything in it is. */
  private isBefore(path: string): boolean {
    if (compareBytes(path, this.after) > 0) return false;
    return !(path.endsWith('/') && this.after.startsWith(path));
  }

  private enter(prefix: string): void {
    let entries: FolderEntry[];
    try {
      entries = readFolder(this.fs, prefix, false);
    } catch (error) {
      return this.pass(prefix.slice(0, -1), 'folder', error);
    }
    this.push(prefix, entries);
  }

  private push(prefix: string, entries: readonly FolderEntry[]): void {
    const names: string[] = [];
    for (const { name, kind, misnamed } of entries) {
      if (misnamed) this.pass(prefix + name, kind === 'folder' ? kind : 'file', misnamedAt(prefix + name));
      else if (kind === 'file') names.push(name);
      else if (kind === 'folder') names.push(`${name}/`);
      else this.pass(prefix + name, leadsTo(this.fs, prefix + name, kind), notAFile(prefix + name, kind));
    }
    this.stack.push({ prefix, names: names.sort(compareBytes), next: 0 });
  }

  /** Goes on beside a place that cannot be listed, or raises when nobody wants to be told. */
  private pass(path: string, kind: UnlistedPlace['kind'], error: unknown): void {
    if (!(error instanceof LakefillError) || this.options.onUnlisted === undefined) throw error;
    this.options.onUnlisted({ path, kind, error });
  }
}

/** A folder's entries without our own temporary names, all of them files and folders. Throws rather than leave anything out. */
export function readListed(fs: FileSystem, prefix: string): FolderEntry[] {
  const entries = readFolder(fs, prefix, true);
  const broken = entries.find(({ misnamed }) => misnamed);
  if (broken) throw misnamedAt(prefix + broken.name);
  const strange = entries.find((entry) => entry.kind === 'link' || entry.kind === 'other');
  if (strange) throw notAFile(prefix + strange.name, strange.kind);
  return entries;
}

/**
 * Empty when the folder is not there: an absent prefix, or a folder that was removed since its parent was read (so its objects
 * were, too). A file or a link to nowhere in the place of a folder is not absence.
 */
function readFolder(fs: FileSystem, prefix: string, top: boolean): FolderEntry[] {
  let entries: FolderEntry[];
  try {
    entries = fs.readFolderSync(fileOf(prefix));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      if (top) refuseDangling(fs, prefix);
      return [];
    }
    if (errnoOf(error) === 'ENOTDIR' && !top) throw replaced(prefix);
    throw storeError(error, 'list', prefix);
  }
  return entries.filter((entry) => !isOwnName(entry.name));
}

/** Throws when what makes the folder absent is a link, at it or above it, that leads nowhere: a disk that is not mounted. */
function refuseDangling(fs: FileSystem, prefix: string): void {
  for (
    let path = prefix.slice(0, -1);
    path !== '';
    path = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  ) {
    const kind = kindOrNull(() => fs.statSync(fileOf(path)));
    if (kind === 'link' && kindOrNull(() => fs.statTargetSync(fileOf(path))) === null) throw nowhere(path);
    if (kind !== null) return;
  }
}

function refuseLinks(fs: FileSystem, within: string, prefix: string): void {
  let path = within.slice(0, -1);
  for (const segment of prefix.slice(within.length).split('/').slice(0, -1)) {
    path += `/${segment}`;
    if (kindOrNull(() => fs.statSync(fileOf(path))) === 'link') throw notAFile(path, 'link');
  }
}

/** What stands behind an entry that is neither file nor folder. */
function leadsTo(fs: FileSystem, path: string, kind: FileKind): UnlistedPlace['kind'] {
  const target = kind === 'link' ? kindOrNull(() => fs.statTargetSync(fileOf(path))) : null;
  return target === 'folder' ? 'folder' : 'file';
}

function kindOrNull(stat: () => FileStat): FileKind | null {
  try {
    return stat().kind;
  } catch {
    return null;
  }
}

function nowhere(path: string): LakefillError {
  return new LakefillError('STORE_UNSUPPORTED', `/${path} is a symbolic link that leads nowhere.`, {
    hint: 'Mount what it leads to, or correct the link.',
    context: { path },
  });
}

/** Null when the file was removed since its folder was read. */
export function statListed(fs: FileSystem, path: string): ObjectInfo | null {
  try {
    const stat = fs.statSync(fileOf(path));
    if (stat.kind === 'folder') throw replaced(path);
    if (stat.kind !== 'file') throw notAFile(path, stat.kind);
    return infoOf(path, stat);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw storeError(error, 'look at', path);
  }
}

function misnamedAt(path: string): LakefillError {
  return new LakefillError('STORE_UNSUPPORTED', `The name of /${path} is not valid UTF-8.`, {
    hint: 'Rename it (`convmv` can), or move it out of the dataset.',
    context: { path },
  });
}

function replaced(path: string): LakefillError {
  return new LakefillError(
    'STORE_LISTING_INVALID',
    `/${path} changed between file and folder while it was listed.`,
    {
      hint: 'Run again when nothing else rearranges the dataset.',
      context: { path },
    },
  );
}
