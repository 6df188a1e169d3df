/**
 * Listing a folder tree in the order of full paths. Synchronous below, because that is twice as fast as anything
 * asynchronous for many small folders; the caller yields to the event loop between pages.
 *
 * Order: objects of a folder stand among its sibling files by the bytes of the full path, so `a-b` comes before `a/x`
 * and `a/x` before `a0`. Sorting each folder's names with `/` behind those of folders gives exactly that.
 */
import { compareBytes } from '../../core/byte-order.js';
import { LakefillError } from '../../core/errors.js';
import type { ObjectInfo } from '../object-store.js';
import { fileOf, infoOf, notAFile } from './disk.js';
import { errnoOf, isAbsence, storeError } from './errors.js';
import type { FileSystem, FolderEntry } from './fs.js';
import { isOwnName } from './names.js';

interface Frame {
  readonly prefix: string;
  /** Sorted; folders end in `/`. */
  readonly names: readonly string[];
  next: number;
}

export class Walk {
  private readonly stack: Frame[] = [];

  /** `after`: only paths behind it. Reads the top folder at once. */
  constructor(
    private readonly fs: FileSystem,
    prefix: string,
    private readonly after: string,
  ) {
    this.enter(prefix);
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
    const info = statListed(this.fs, path);
    if (info) page.push(info);
  }

  /** At or before `after`: a folder only when everything in it is. */
  private isBefore(path: string): boolean {
    if (compareBytes(path, this.after) > 0) return false;
    return !(path.endsWith('/') && this.after.startsWith(path));
  }

  private enter(prefix: string): void {
    const entries = readListed(this.fs, prefix, this.stack.length === 0);
    const names = entries.map((entry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name));
    this.stack.push({ prefix, names: names.sort(compareBytes), next: 0 });
  }
}

/**
 * A folder's entries without our own temporary names. Empty when it is not there: an absent prefix, or a folder that was
 * removed since its parent was read (so its objects were, too). Throws rather than leave anything out.
 */
export function readListed(fs: FileSystem, prefix: string, top: boolean): FolderEntry[] {
  let entries: FolderEntry[];
  try {
    entries = fs.readFolderSync(fileOf(prefix));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (top && isAbsence(error))) return [];
    if (errnoOf(error) === 'ENOTDIR') throw replaced(prefix);
    throw storeError(error, 'list', prefix);
  }
  const kept = entries.filter((entry) => !isOwnName(entry.name));
  const strange = kept.find((entry) => entry.kind === 'link' || entry.kind === 'other');
  if (strange) throw notAFile(prefix + strange.name, strange.kind);
  return kept;
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
