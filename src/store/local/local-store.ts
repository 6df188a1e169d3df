/**
 * The store `file:///`: objects are files below the root of the file system. Durable means fsynced, names included.
 *
 * A folder is no object and an empty folder holds nothing. Symbolic links, pipes and devices are refused, not followed.
 * `download` and `prepare` make hard links where they can: objects are replaced, never written to in place. No checksum is
 * kept beside a file, so `download` compares none: damage by the disk itself is found by reading the data.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock, type Clock } from '../../clock.js';
import { compareBytes } from '../../core/byte-order.js';
import { throwIfAborted } from '../../core/errors.js';
import type {
  Body,
  CallOptions,
  DeleteItem,
  FolderDuties,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PreparedUpload,
  PrepareRequest,
  PutMode,
  StoreCapabilities,
} from '../object-store.js';
import { checkPath, checkPrefix } from '../paths.js';
import type { ByteRange } from '../range.js';
import { infoOf, statObject, type Disk } from './disk.js';
import { folderDuties } from './duties.js';
import { storeError } from './errors.js';
import { nodeFileSystem, type FileSystem } from './fs.js';
import { abort, complete, listPrepared, prepare } from './prepared.js';
import { download, get } from './read.js';
import { deleteAll } from './remove.js';
import { Stamps } from './stamps.js';
import { readListed, statListed, Walk } from './walk.js';
import { copy, put } from './write.js';

export const LOCAL_STORE_URL = 'file:///';

export interface LocalStoreOptions {
  /** For ages and for the start of prepared uploads. */
  readonly clock?: Clock;
  readonly fs?: FileSystem;
  /** Objects a page of `list`. */
  readonly pageSize?: number;
}

export function createLocalStore(options: LocalStoreOptions = {}): ObjectStore {
  return new LocalStore(
    {
      fs: options.fs ?? nodeFileSystem,
      clock: options.clock ?? systemClock,
      stamps: new Stamps(),
      hardLinks: true,
      making: new Map(),
      flushed: new Set(),
    },
    options.pageSize ?? 1000,
  );
}

class LocalStore implements ObjectStore {
  readonly url = LOCAL_STORE_URL;
  readonly folders: FolderDuties;

  constructor(
    private readonly disk: Disk,
    private readonly pageSize: number,
  ) {
    this.folders = folderDuties(disk);
  }

  /** `putIfAbsent` turns false once a file system without hard links was met; the call that meets it first is refused. */
  get capabilities(): StoreCapabilities {
    return {
      putIfAbsent: this.disk.hardLinks,
      putIfMatch: false,
      conditionalDelete: false,
      conditionalCopy: true,
      completeAfterAbortRefused: true,
      atomicMove: true,
      versioned: false,
    };
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    checkPrefix(prefix);
    throwIfAborted(options.signal);
    const walk = new Walk(this.disk.fs, prefix, options);
    for (let page = walk.page(this.pageSize); page; page = walk.page(this.pageSize)) {
      if (page.length > 0) yield page;
      await nextTurn();
      throwIfAborted(options.signal);
    }
  }

  async listLevel(prefix: string, options: CallOptions = {}) {
    checkPrefix(prefix);
    throwIfAborted(options.signal);
    const { fs } = this.disk;
    const entries = readListed(fs, prefix).sort((a, b) => compareBytes(a.name, b.name));
    const folders = entries.filter((entry) => entry.kind === 'folder');
    const files = entries.filter((entry) => entry.kind === 'file');
    return {
      prefixes: folders.map((entry) => `${prefix}${entry.name}/`).sort(compareBytes),
      objects: files.flatMap((entry) => statListed(fs, prefix + entry.name) ?? []),
    };
  }

  head(path: string, options: CallOptions = {}) {
    return this.guarded('look at', [path], options, async () => {
      const stat = await statObject(this.disk, path);
      return stat && infoOf(path, stat);
    });
  }

  get(path: string, options: CallOptions & { readonly range?: ByteRange; readonly ifMatch?: string } = {}) {
    return this.guarded('read', [path], options, () => get(this.disk, path, options.range, options.ifMatch));
  }

  download(path: string, etag: string, file: string, options: CallOptions = {}) {
    return this.guarded(`fill ${file} from`, [path], options, () => download(this.disk, path, etag, file));
  }

  put(path: string, body: Body, mode: PutMode, options: CallOptions = {}) {
    return this.guarded('write', [path], options, () => put(this.disk, path, body, mode));
  }

  copy(source: string, etag: string, destination: string, options: CallOptions = {}) {
    return this.guarded('copy to', [destination, source], options, () =>
      copy(this.disk, source, etag, destination),
    );
  }

  delete(items: readonly DeleteItem[], options: CallOptions = {}) {
    const paths = items.flatMap((item) =>
      item.moveTo === undefined ? [item.path] : [item.path, item.moveTo],
    );
    return this.guarded('delete', paths, options, () => deleteAll(this.disk, items, options.signal));
  }

  prepare(request: PrepareRequest, options: CallOptions = {}) {
    return this.guarded('prepare', [request.path, request.source], options, async () => {
      checkPrefix(request.preparedPrefix);
      return prepare(this.disk, request);
    });
  }

  complete(upload: PreparedUpload, options: CallOptions = {}) {
    return this.guarded('publish', [upload.path, upload.id], options, () => complete(this.disk, upload));
  }

  abort(upload: Pick<PreparedUpload, 'path' | 'id'>, options: CallOptions = {}) {
    return this.guarded('withdraw', [upload.path, upload.id], options, () => abort(this.disk, upload));
  }

  listPrepared(prefix: string, preparedPrefix: string, options: CallOptions = {}) {
    return this.guarded('list', [], options, async () => {
      checkPrefix(prefix);
      checkPrefix(preparedPrefix);
      return listPrepared(this.disk, prefix, preparedPrefix);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Paths are judged before the first system call, and errors leave in the store's words. */
  private async guarded<T>(
    doing: string,
    paths: readonly string[],
    options: CallOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    paths.forEach(checkPath);
    throwIfAborted(options.signal);
    try {
      return await work();
    } catch (error) {
      throw storeError(error, doing, paths[0] ?? '');
    }
  }
}
