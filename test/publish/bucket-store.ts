/**
 * A store that works on the bucket of a test server itself, without requests: for setting a scene and for looking when the part
 * that is about requests is over. What it does not do itself (uploads, copies, old versions), the store of the wire does.
 */
import { readFile } from 'node:fs/promises';
import type { ObjectInfo, ObjectStore, PutMode } from '../../src/store/object-store.js';
import { bytesContent } from '../support/s3-server/index.js';
import type { Bucket } from '../support/s3-server/index.js';
import { changed } from './backends.js';

type Stored = NonNullable<ReturnType<Bucket['current']>>;

export function bucketStore(wire: ObjectStore, bucket: Bucket): ObjectStore {
  const head = (path: string) => {
    const stored = bucket.current(path);
    return stored && infoOf(path, stored);
  };
  const below = (prefix: string) => {
    const found: ObjectInfo[] = [];
    for (const [path, stored] of bucket.objects(prefix)) {
      if (!path.startsWith(prefix)) break;
      found.push(infoOf(path, stored));
    }
    return found;
  };
  return changed(wire, {
    async *list(prefix, { after = '' } = {}) {
      const page = below(prefix).filter(({ path }) => path > after);
      if (page.length > 0) yield await Promise.resolve(page);
    },
    listLevel: (prefix) => {
      const all = below(prefix);
      const folders = all.map(({ path }) => path.slice(0, path.indexOf('/', prefix.length) + 1));
      return Promise.resolve({
        prefixes: [...new Set(folders.filter((folder) => folder !== ''))],
        objects: all.filter((_, i) => folders[i] === ''),
      });
    },
    head: (path) => Promise.resolve(head(path)),
    get: (path, { range, ifMatch } = {}) => {
      const stored = bucket.current(path);
      if (!stored) return Promise.resolve({ outcome: 'absent' });
      const object = infoOf(path, stored);
      if (ifMatch !== undefined && ifMatch !== object.etag) return Promise.resolve({ outcome: 'changed' });
      const end = Math.min(range?.end ?? object.size, object.size);
      const bytes = stored.content.read(Math.min(range?.start ?? 0, end), end);
      const age = Math.max(0, Date.now() - object.lastModified);
      return Promise.resolve({ outcome: 'found', object, bytes, age });
    },
    put: async (path, body, mode) => {
      const bytes = 'bytes' in body ? body.bytes : await readFile(body.file);
      if (!allows(mode, head(path))) return { outcome: 'lost' };
      bucket.put(path, storedAs(Buffer.from(bytes), bucket));
      return { outcome: 'done', object: head(path)! };
    },
    delete: (items) =>
      Promise.resolve(
        items.map(({ path, etag }) => {
          const there = head(path);
          if (etag !== null && there && there.etag !== etag) return { path, outcome: 'changed' };
          if (there) bucket.remove(path, wholeSecond());
          return { path, outcome: 'deleted' };
        }),
      ),
    abort: ({ path, id }) => {
      if (bucket.uploads.get(id)?.key !== path) return Promise.resolve({ outcome: 'gone' });
      bucket.uploads.delete(id);
      bucket.finished.set(id, 'aborted');
      return Promise.resolve({ outcome: 'aborted' });
    },
    listPrepared: (prefix) =>
      Promise.resolve(
        [...bucket.uploads.values()]
          .filter(({ key }) => key.startsWith(prefix))
          .map(({ key, id, initiated }) => ({ path: key, id, startedAt: initiated })),
      ),
  });
}

function infoOf(path: string, { content, etag, lastModified }: Stored): ObjectInfo {
  return { path, size: content.size, etag: etag.replaceAll('"', ''), lastModified, storageClass: 'STANDARD' };
}

function allows(mode: PutMode, there: ObjectInfo | null): boolean {
  if (mode.kind === 'update') return there?.etag === mode.etag;
  return mode.kind === 'overwrite' || there === null;
}

function storedAs(bytes: Buffer, bucket: Bucket): Stored {
  const content = bytesContent(bytes);
  return {
    versionId: bucket.newVersionId(),
    etag: `"${content.md5()}"`,
    content,
    lastModified: wholeSecond(),
    attributes: {},
    tags: '',
    checksum: null,
  };
}

const wholeSecond = () => Math.floor(Date.now() / 1000) * 1000;
