/**
 * The reference store: bytes in this process's memory, `memory://name/`. Every condition is decided in one step, so it
 * shows the port's words at their strictest. For tests and as the model that other stores are compared with; nothing
 * survives the process.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { systemClock, type Clock } from '../clock.js';
import { compareBytes } from '../core/byte-order.js';
import { throwIfAborted } from '../core/errors.js';
import { randomId } from '../core/id.js';
import type { Instant } from '../core/instant.js';
import type {
  AbortResult,
  Body,
  CallOptions,
  CompleteResult,
  DeleteItem,
  DeleteResult,
  DownloadResult,
  GetResult,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PreparedUpload,
  PrepareRequest,
  PrepareResult,
  PutMode,
  PutResult,
  StoreCapabilities,
} from './object-store.js';
import { occupied } from './occupied.js';
import { checkPath, checkPrefix } from './paths.js';
import { cutRange } from './range.js';

export interface MemoryStoreOptions {
  readonly clock?: Clock;
  /** Objects a page of `list`; small values let tests see several pages. */
  readonly pageSize?: number;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly lastModified: Instant;
}

interface Prepared extends Entry {
  readonly path: string;
}

/** `url` is `memory://name/`. Two stores of one name share nothing. */
export function createMemoryStore(url: string, options: MemoryStoreOptions = {}): ObjectStore {
  return new MemoryStore(url, options.clock ?? systemClock, options.pageSize ?? 1000);
}

class MemoryStore implements ObjectStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    putIfMatch: true,
    conditionalDelete: true,
    conditionalCopy: true,
    completeAfterAbortRefused: true,
    atomicMove: true,
    versioned: false,
  };
  private readonly objects = new Map<string, Entry>();
  private readonly prepared = new Map<string, Prepared>();
  private sorted: string[] | null = null;
  private writes = 0;

  constructor(
    readonly url: string,
    private readonly clock: Clock,
    private readonly pageSize: number,
  ) {}

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    checkPrefix(prefix);
    let last = options.after ?? '';
    for (;;) {
      throwIfAborted(options.signal);
      // Each page looks at the state of its own moment, as a remote store does.
      const page = this.paths().filter((path) => path.startsWith(prefix) && compareBytes(path, last) > 0);
      if (page.length === 0) return;
      const infos = page.slice(0, this.pageSize).map((path) => this.infoOf(path)!);
      yield infos;
      if (page.length <= this.pageSize) return;
      last = infos.at(-1)!.path;
    }
  }

  async listLevel(prefix: string, options: CallOptions = {}) {
    checkPrefix(prefix);
    throwIfAborted(options.signal);
    const below = this.paths().filter((path) => path.startsWith(prefix));
    const folderOf = (path: string) => path.slice(0, path.indexOf('/', prefix.length) + 1);
    const prefixes = new Set(below.map(folderOf).filter((folder) => folder !== ''));
    const objects = below.filter((path) => folderOf(path) === '').map((path) => this.infoOf(path)!);
    return { prefixes: [...prefixes], objects };
  }

  async head(path: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    checkPath(path);
    throwIfAborted(options.signal);
    return this.infoOf(path);
  }

  async get(
    path: string,
    options: CallOptions & {
      readonly range?: { start: number; end: number };
      readonly ifMatch?: string;
    } = {},
  ): Promise<GetResult> {
    checkPath(path);
    throwIfAborted(options.signal);
    const entry = this.objects.get(path);
    if (!entry) return { outcome: 'absent' };
    if (options.ifMatch !== undefined && options.ifMatch !== entry.etag) return { outcome: 'changed' };
    const { start, end } = cutRange(options.range, entry.bytes.length);
    return {
      outcome: 'found',
      object: infoOf(path, entry),
      bytes: entry.bytes.slice(start, end),
      age: Math.max(0, this.clock.now() - entry.lastModified),
    };
  }

  async download(
    path: string,
    etag: string,
    file: string,
    options: CallOptions = {},
  ): Promise<DownloadResult> {
    checkPath(path);
    throwIfAborted(options.signal);
    const entry = this.objects.get(path);
    if (!entry) return { outcome: 'absent' };
    if (entry.etag !== etag) return { outcome: 'changed' };
    await writeFile(file, entry.bytes, { flag: 'wx' });
    return { outcome: 'done', object: infoOf(path, entry), unverified: null, linked: false };
  }

  async put(path: string, body: Body, mode: PutMode, options: CallOptions = {}): Promise<PutResult> {
    checkPath(path);
    const bytes = await bytesOf(body);
    throwIfAborted(options.signal);
    const there = this.objects.get(path);
    if (mode.kind === 'create' && there) return { outcome: 'lost' };
    if (mode.kind === 'update' && there?.etag !== mode.etag) return { outcome: 'lost' };
    return { outcome: 'done', object: this.write(path, bytes) };
  }

  async copy(source: string, etag: string, destination: string, options: CallOptions = {}) {
    checkPath(source);
    checkPath(destination);
    throwIfAborted(options.signal);
    const entry = this.objects.get(source);
    if (!entry) return { outcome: 'absent' } as const;
    if (entry.etag !== etag) return { outcome: 'lost' } as const;
    return { outcome: 'done', object: this.write(destination, entry.bytes) } as const;
  }

  async delete(items: readonly DeleteItem[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
    for (const item of items) {
      checkPath(item.path);
      if (item.moveTo !== undefined) checkPath(item.moveTo);
    }
    throwIfAborted(options.signal);
    return items.map((item) => ({ path: item.path, outcome: this.deleteOne(item) }));
  }

  async prepare(request: PrepareRequest, options: CallOptions = {}): Promise<PrepareResult> {
    checkPath(request.path);
    checkPath(request.source);
    checkPrefix(request.preparedPrefix);
    throwIfAborted(options.signal);
    const { path, size, sha256 } = request;
    const source = this.objects.get(request.source);
    if (!source) return { outcome: 'absent' };
    if (source.etag !== request.sourceEtag || source.bytes.length !== size) return { outcome: 'changed' };
    const id = `${request.preparedPrefix}upload-${randomId()}`;
    this.prepared.set(id, { path, ...this.entry(source.bytes) });
    return { outcome: 'done', upload: { path, id, size, sha256 } };
  }

  async complete(upload: PreparedUpload, options: CallOptions = {}): Promise<CompleteResult> {
    throwIfAborted(options.signal);
    const prepared = this.prepared.get(upload.id);
    if (prepared?.path !== upload.path) return { outcome: 'gone' };
    this.prepared.delete(upload.id);
    return { outcome: 'done', etag: this.write(upload.path, prepared.bytes).etag };
  }

  async abort(upload: Pick<PreparedUpload, 'path' | 'id'>, options: CallOptions = {}): Promise<AbortResult> {
    throwIfAborted(options.signal);
    if (this.prepared.get(upload.id)?.path !== upload.path) return { outcome: 'gone' };
    this.prepared.delete(upload.id);
    return { outcome: 'aborted' };
  }

  async listPrepared(prefix: string, preparedPrefix: string, options: CallOptions = {}) {
    checkPrefix(prefix);
    checkPrefix(preparedPrefix);
    throwIfAborted(options.signal);
    const found = [...this.prepared].filter(
      ([id, upload]) => id.startsWith(preparedPrefix) && upload.path.startsWith(prefix),
    );
    return found.map(([id, upload]) => ({ path: upload.path, id, startedAt: upload.lastModified }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private deleteOne(item: DeleteItem): DeleteResult['outcome'] {
    const entry = this.objects.get(item.path);
    if (!entry) return 'absent';
    if (item.etag !== null && item.etag !== entry.etag) return 'changed';
    if (item.moveTo !== undefined && this.objects.has(item.moveTo)) throw occupied(item.path, item.moveTo);
    this.objects.delete(item.path);
    if (item.moveTo !== undefined) this.objects.set(item.moveTo, entry);
    this.sorted = null;
    return 'deleted';
  }

  private write(path: string, bytes: Uint8Array): ObjectInfo {
    const entry = this.entry(bytes);
    if (!this.objects.has(path)) this.sorted = null;
    this.objects.set(path, entry);
    return infoOf(path, entry);
  }

  private entry(bytes: Uint8Array): Entry {
    this.writes += 1;
    return { bytes: bytes.slice(), etag: `m${this.writes.toString(36)}`, lastModified: this.clock.now() };
  }

  private paths(): readonly string[] {
    this.sorted ??= [...this.objects.keys()].sort(compareBytes);
    return this.sorted;
  }

  private infoOf(path: string): ObjectInfo | null {
    const entry = this.objects.get(path);
    return entry ? infoOf(path, entry) : null;
  }
}

function infoOf(path: string, entry: Entry): ObjectInfo {
  return { path, size: entry.bytes.length, etag: entry.etag, lastModified: entry.lastModified };
}

async function bytesOf(body: Body): Promise<Uint8Array> {
  return 'bytes' in body ? body.bytes : await readFile(body.file);
}
