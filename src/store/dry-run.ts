/**
 * A store that is only read: writes are recorded and answered as the store would answer them now, and not made.
 * Conditions see what was recorded before; reads show the store as it is.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { intercept, type Call, type StoreMethod } from './intercept.js';
import type {
  Body,
  CompleteResult,
  DeleteItem,
  DeleteResult,
  ObjectInfo,
  ObjectStore,
  PrepareRequest,
  PrepareResult,
  PutMode,
  PutResult,
} from './object-store.js';

type WriteMethod = Extract<StoreMethod, 'put' | 'copy' | 'delete' | 'prepare' | 'complete' | 'abort'>;

/** A write that was not made: what would have changed. A lost one is not recorded. */
export interface RecordedWrite {
  readonly method: WriteMethod;
  readonly path: string;
  /** Bytes that would stand there; null for removals. */
  readonly size: number | null;
}

export interface DryRun {
  readonly store: ObjectStore;
  /** In the order in which they were asked for. */
  readonly writes: readonly RecordedWrite[];
}

export function dryRun(store: ObjectStore, clock: Clock): DryRun {
  const recorder = new Recorder(store, clock);
  const wrapped = intercept(store, async (call, next) => {
    const answer = recorder.answer(call);
    return answer === null ? next() : ((await answer) as Awaited<ReturnType<typeof next>>);
  });
  const { folders } = store;
  const reading = folders && {
    checkOneDevice: folders.checkOneDevice.bind(folders),
    probeHardLinks: () => Promise.resolve(store.capabilities.putIfAbsent),
    probeFolding: () => Promise.resolve(null),
    flush: () => Promise.resolve(),
    removeLeftovers: () => Promise.resolve(0),
    removeEmpty: () => Promise.resolve(),
  };
  const { bucket } = store;
  const keeping = bucket && {
    credentialsEnd: bucket.credentialsEnd.bind(bucket),
    versioning: bucket.versioning.bind(bucket),
    lifecycle: bucket.lifecycle.bind(bucket),
    objectLock: bucket.objectLock.bind(bucket),
    listVersions: bucket.listVersions.bind(bucket),
    deleteVersion: () => Promise.resolve('removed' as const),
  };
  return {
    store: { ...wrapped, ...(reading ? { folders: reading } : {}), ...(keeping ? { bucket: keeping } : {}) },
    writes: recorder.writes,
  };
}

class Recorder {
  readonly writes: RecordedWrite[] = [];
  /** Null: deleted. */
  private readonly written = new Map<string, ObjectInfo | null>();

  constructor(
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  /** Null for calls that only read. */
  answer(call: Call): Promise<unknown> | null {
    switch (call.method) {
      case 'put':
        return this.put(call.args[0], call.args[1], call.args[2]);
      case 'copy':
        return this.copy(call.args[0], call.args[1], call.args[2]);
      case 'delete':
        return this.delete(call.args[0]);
      case 'prepare':
        return this.prepare(call.args[0]);
      case 'complete': {
        const { path, size } = call.args[0];
        const done: CompleteResult = { outcome: 'done', etag: this.write('complete', path, size).etag };
        return Promise.resolve(done);
      }
      case 'abort':
        this.writes.push({ method: 'abort', path: call.args[0].path, size: null });
        return Promise.resolve({ outcome: 'aborted' });
      default:
        return null;
    }
  }

  private async put(path: string, body: Body, mode: PutMode): Promise<PutResult> {
    if (mode.kind !== 'overwrite') {
      const there = await this.head(path);
      if (mode.kind === 'create' ? there !== null : there?.etag !== mode.etag) return { outcome: 'lost' };
    }
    const size = 'bytes' in body ? body.bytes.length : (await stat(body.file)).size;
    return { outcome: 'done', object: this.write('put', path, size) };
  }

  private async copy(
    source: string,
    etag: string,
    destination: string,
  ): Promise<PutResult | { outcome: 'absent' }> {
    const there = await this.head(source);
    if (!there) return { outcome: 'absent' };
    if (there.etag !== etag) return { outcome: 'lost' };
    return { outcome: 'done', object: this.write('copy', destination, there.size) };
  }

  private async delete(items: readonly DeleteItem[]): Promise<DeleteResult[]> {
    const results: DeleteResult[] = [];
    for (const { path, etag } of items) {
      const there = await this.head(path);
      const outcome = !there ? 'absent' : etag !== null && etag !== there.etag ? 'changed' : 'deleted';
      results.push({ path, outcome });
      if (outcome !== 'deleted') continue;
      this.written.set(path, null);
      this.writes.push({ method: 'delete', path, size: null });
    }
    return results;
  }

  private async prepare(request: PrepareRequest): Promise<PrepareResult> {
    const { path, source, sourceEtag, size, sha256 } = request;
    const there = await this.head(source);
    if (!there) return { outcome: 'absent' };
    if (there.etag !== sourceEtag || there.size !== size) return { outcome: 'changed' };
    this.writes.push({ method: 'prepare', path, size });
    return { outcome: 'done', upload: { path, id: `dry-run-${this.writes.length}`, size, sha256 } };
  }

  private async head(path: string): Promise<ObjectInfo | null> {
    const written = this.written.get(path);
    return written === undefined ? this.store.head(path) : written;
  }

  private write(method: WriteMethod, path: string, size: number): ObjectInfo {
    this.writes.push({ method, path, size });
    const object = { path, size, etag: `dry-run-${this.writes.length}`, lastModified: this.clock.now() };
    this.written.set(path, object);
    return object;
  }
}
