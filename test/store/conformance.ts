/**
 * The words of src/store/object-store.ts as tests, for any store: `describeStore` runs them all, `describeModel` compares
 * random calls with a plain map. A test uses its own prefix, so the tests of one store may share a bucket.
 */
import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import { sha256 } from '../../src/core/digest.js';
import {
  listAll,
  type ObjectInfo,
  type ObjectStore,
  type PreparedUpload,
  type PutMode,
  type StoreCapabilities,
} from '../../src/store/object-store.js';

/** What one test works with. */
export interface StoreFixture {
  readonly store: ObjectStore;
  /** Ends in `/`; holds nothing yet, and no other test uses it. */
  readonly prefix: string;
  /** Removes what is below the prefix and closes the store. */
  cleanup?(): Promise<void>;
}

export interface Expectations {
  readonly capabilities: StoreCapabilities;
  /** put `update` one after the other: compares, or is refused with STORE_UNSUPPORTED. */
  readonly update: 'compares' | 'refused';
  /** listPrepared answers, or is refused with STORE_UNSUPPORTED. */
  readonly listPrepared: boolean;
  /** Empty, `.` and `..` segments and NUL are refused before any call; so are prefixes without `/`. */
  readonly strictPaths: boolean;
  /** Keys outside ASCII; default true. */
  readonly unicode?: boolean;
  /** A completion of a spent upload may fail with STORE_UNAVAILABLE: what became of it is then unknown, and read. Default false. */
  readonly spentFails?: boolean;
  /** Rounds of each race; default 5. */
  readonly rounds?: number;
  readonly timeoutMs?: number;
}

const RACERS = 16;

export function describeStore(
  name: string,
  makeStore: () => Promise<StoreFixture>,
  expected: Expectations,
): void {
  describe(name, { timeout: expected.timeoutMs ?? 30_000 }, () => {
    let fixture: StoreFixture;
    let store: ObjectStore;
    let prefix: string;
    let scratch: string;

    beforeEach(async () => {
      fixture = await makeStore();
      ({ store, prefix } = fixture);
      scratch = mkdtempSync(join(tmpdir(), 'lakefill-conformance-'));
    });
    afterEach(async () => {
      rmSync(scratch, { recursive: true });
      await fixture.cleanup?.();
    });

    const put = (path: string, text: string, mode?: PutMode) => putText(store, path, text, mode);
    const read = (path: string) => readText(store, path);
    const paths = async (below: string, after?: string) =>
      (await listAll(store, below, after === undefined ? {} : { after })).map((object) => object.path);

    it('says what it can do', () => {
      expect(store.capabilities).toEqual(expected.capabilities);
    });

    describe('reading', () => {
      it('answers absent, not an error, where nothing is', async () => {
        const path = `${prefix}no/such/object`;
        expect(await store.head(path)).toBeNull();
        expect(await store.get(path)).toEqual({ outcome: 'absent' });
        expect(await store.download(path, 'any', join(scratch, 'f'))).toEqual({ outcome: 'absent' });
        expect(existsSync(join(scratch, 'f'))).toBe(false);
        expect(await listAll(store, prefix)).toEqual([]);
        expect(await store.listLevel(prefix)).toEqual({ prefixes: [], objects: [] });
      });

      it('takes no folder for an object', async () => {
        await put(`${prefix}a/b`, 'x');
        expect(await store.head(`${prefix}a`)).toBeNull();
        expect(await store.get(`${prefix}a`)).toEqual({ outcome: 'absent' });
      });

      it('gives the same version by put, head, get and both listings', async () => {
        const object = await put(`${prefix}a`, 'hello');
        const head = await store.head(object.path);
        const got = await store.get(object.path);
        const [listed] = await listAll(store, prefix);
        const [level] = (await store.listLevel(prefix)).objects;
        for (const info of [head, got.outcome === 'found' ? got.object : null, listed, level]) {
          expect(info).toMatchObject({ path: object.path, size: 5, etag: object.etag });
        }
        expect(got).toMatchObject({ outcome: 'found' });
        expect(got.outcome === 'found' && got.age >= 0 && got.age < 600_000).toBe(true);
      });

      it('holds empty objects', async () => {
        const object = await put(`${prefix}empty`, '');
        expect(object.size).toBe(0);
        expect(await read(object.path)).toBe('');
        const file = join(scratch, 'empty');
        expect(await store.download(object.path, object.etag, file)).toMatchObject({ outcome: 'done' });
        expect(readFileSync(file)).toHaveLength(0);
      });

      it('reads ranges, cut at the end of the object', async () => {
        const { path } = await put(`${prefix}a`, '0123456789');
        const range = async (start: number, end: number) => {
          const got = await store.get(path, { range: { start, end } });
          return got.outcome === 'found' ? [decode(got.bytes), got.object.size] : got.outcome;
        };
        expect(await range(0, 4)).toEqual(['0123', 10]);
        expect(await range(6, 10)).toEqual(['6789', 10]);
        expect(await range(8, 100)).toEqual(['89', 10]);
        expect(await range(10, 12)).toEqual(['', 10]);
        expect(await range(3, 3)).toEqual(['', 10]);
      });

      it('reads only the version that was asked for', async () => {
        const old = await put(`${prefix}a`, 'old');
        expect(await store.get(old.path, { ifMatch: old.etag })).toMatchObject({ outcome: 'found' });
        const fresh = await put(`${prefix}a`, 'fresh');
        expect(fresh.etag).not.toBe(old.etag);
        expect(await store.get(old.path, { ifMatch: old.etag })).toEqual({ outcome: 'changed' });
      });

      it('downloads only the version that was asked for, and leaves no file otherwise', async () => {
        const old = await put(`${prefix}a`, 'old');
        const fresh = await put(`${prefix}a`, 'fresh bytes');
        const file = join(scratch, 'a');
        expect(await store.download(old.path, old.etag, file)).toEqual({ outcome: 'changed' });
        expect(existsSync(file)).toBe(false);
        const done = await store.download(old.path, fresh.etag, file);
        expect(done).toMatchObject({ outcome: 'done', object: { size: 11, etag: fresh.etag } });
        expect(readFileSync(file, 'utf8')).toBe('fresh bytes');
      });
    });

    describe('listing', () => {
      const names = [
        'a-b',
        'a.b',
        'a/b',
        'a/b-c/d',
        'a/b/d',
        'a0',
        'b/x',
        'dt=2025-01-01/part 1.parquet',
        'dt=2025-01-01/p+%41',
      ];

      it('is in the order of UTF-8 bytes of the whole path, each path once', async () => {
        const wanted = names.filter((name) => name !== 'a/b').map((name) => prefix + name);
        if (expected.unicode !== false)
          wanted.push(`${prefix}é/x`, `${prefix}\u{e000}/x`, `${prefix}\u{1f600}/x`);
        wanted.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        await Promise.all([...wanted].reverse().map((path) => put(path, path)));
        expect(await paths(prefix)).toEqual(wanted);
      });

      it('goes on after any path, listed or not', async () => {
        const wanted = ['a-b', 'a/b', 'a/c/d', 'a0', 'b'].map((name) => prefix + name);
        await Promise.all(wanted.map((path) => put(path, 'x')));
        for (const [i, path] of wanted.entries()) {
          expect(await paths(prefix, path)).toEqual(wanted.slice(i + 1));
        }
        expect(await paths(prefix, `${prefix}a/`)).toEqual(wanted.slice(1));
        expect(await paths(prefix, `${prefix}a/bb`)).toEqual(wanted.slice(2));
        expect(await paths(prefix, `${prefix}a/c/e`)).toEqual(wanted.slice(3));
        expect(await paths(prefix, `${prefix}c`)).toEqual([]);
      });

      it('ends at the prefix', async () => {
        await put(`${prefix}foo/a`, 'x');
        await put(`${prefix}foobar/a`, 'x');
        await put(`${prefix}foo-a`, 'x');
        expect(await paths(`${prefix}foo/`)).toEqual([`${prefix}foo/a`]);
      });

      it('shows one level', async () => {
        for (const name of ['b', 'a/x', 'a/y/z', 'c-d', 'c/x']) await put(prefix + name, 'x');
        const level = await store.listLevel(prefix);
        expect(level.prefixes).toEqual([`${prefix}a/`, `${prefix}c/`]);
        expect(level.objects.map((object) => object.path)).toEqual([`${prefix}b`, `${prefix}c-d`]);
      });
    });

    describe('put', () => {
      it('creates once', async () => {
        const first = await put(`${prefix}a`, 'first', { kind: 'create' });
        expect(await store.put(first.path, bytes('second'), { kind: 'create' })).toEqual({ outcome: 'lost' });
        expect(await read(first.path)).toBe('first');
        await store.delete([{ path: first.path, etag: first.etag }]);
        expect(await store.put(first.path, bytes('third'), { kind: 'create' })).toMatchObject({
          outcome: 'done',
        });
      });

      it('overwrites', async () => {
        const old = await put(`${prefix}a`, 'old');
        const fresh = await put(`${prefix}a`, 'fresh');
        expect(fresh.etag).not.toBe(old.etag);
        expect(await read(old.path)).toBe('fresh');
        expect(await paths(prefix)).toEqual([old.path]);
      });

      it.runIf(expected.update === 'compares')('updates only the version that was seen', async () => {
        const old = await put(`${prefix}a`, 'old');
        const fresh = await put(`${prefix}a`, 'fresh', { kind: 'update', etag: old.etag });
        expect(await store.put(old.path, bytes('stale'), { kind: 'update', etag: old.etag })).toEqual({
          outcome: 'lost',
        });
        expect(await read(old.path)).toBe('fresh');
        const absent = `${prefix}absent`;
        expect(await store.put(absent, bytes('x'), { kind: 'update', etag: fresh.etag })).toEqual({
          outcome: 'lost',
        });
        expect(await store.head(absent)).toBeNull();
      });

      it.runIf(expected.update === 'refused')('refuses to update rather than pretend', async () => {
        const old = await put(`${prefix}a`, 'old');
        await expectCode(
          store.put(old.path, bytes('x'), { kind: 'update', etag: old.etag }),
          'STORE_UNSUPPORTED',
        );
        expect(await read(old.path)).toBe('old');
      });

      it('takes a file, which stays as it is', async () => {
        const file = join(scratch, 'body');
        writeFileSync(file, 'from a file');
        for (const kind of ['create', 'overwrite', 'overwrite'] as const) {
          const result = await store.put(`${prefix}a`, { file }, { kind });
          expect(result).toMatchObject({ outcome: 'done', object: { size: 11 } });
        }
        expect(await store.put(`${prefix}a`, { file }, { kind: 'create' })).toEqual({ outcome: 'lost' });
        expect(readFileSync(file, 'utf8')).toBe('from a file');
        rmSync(file);
        expect(await read(`${prefix}a`)).toBe('from a file');
        expect(await paths(prefix)).toEqual([`${prefix}a`]);
      });
    });

    describe('copy', () => {
      it('copies exactly the version', async () => {
        const old = await put(`${prefix}a`, 'old');
        const fresh = await put(`${prefix}a`, 'fresh');
        const to = `${prefix}copies/a`;
        expect(await store.copy(old.path, old.etag, to)).toEqual({ outcome: 'lost' });
        expect(await store.head(to)).toBeNull();
        const done = await store.copy(old.path, fresh.etag, to);
        expect(done).toMatchObject({ outcome: 'done', object: { path: to, size: 5 } });
        expect(await store.head(to)).toMatchObject(done.outcome === 'done' ? { etag: done.object.etag } : {});
        expect([await read(to), await read(old.path)]).toEqual(['fresh', 'fresh']);
        expect(await store.copy(`${prefix}none`, fresh.etag, `${prefix}b`)).toEqual({ outcome: 'absent' });
      });
    });

    describe('delete', () => {
      it('answers for each item in order', async () => {
        const a = await put(`${prefix}a`, 'a');
        const old = await put(`${prefix}b`, 'b');
        await put(`${prefix}b`, 'replaced');
        const results = await store.delete([
          { path: `${prefix}b`, etag: old.etag },
          { path: a.path, etag: a.etag },
          { path: `${prefix}none`, etag: a.etag },
        ]);
        expect(results.map((result) => result.path)).toEqual([`${prefix}b`, a.path, `${prefix}none`]);
        expect(results.slice(0, 2).map((result) => result.outcome)).toEqual(['changed', 'deleted']);
        expect(results[2]!.outcome).not.toBe('changed');
        expect([await read(`${prefix}b`), await read(a.path)]).toEqual(['replaced', null]);
      });

      it('takes whatever is there without an etag, and nothing is fine', async () => {
        await put(`${prefix}a`, 'a');
        const [there, none] = await store.delete([
          { path: `${prefix}a`, etag: null },
          { path: `${prefix}none`, etag: null },
        ]);
        expect(there!.outcome).toBe('deleted');
        expect(none!.outcome).not.toBe('changed');
        expect(await paths(prefix)).toEqual([]);
        expect(await store.delete([])).toEqual([]);
      });

      it.runIf(expected.capabilities.atomicMove)('moves instead of destroying', async () => {
        const a = await put(`${prefix}a`, 'a');
        const stale = await put(`${prefix}b`, 'b');
        await put(`${prefix}b`, 'replaced');
        const results = await store.delete([
          { path: a.path, etag: a.etag, moveTo: `${prefix}kept/x/a` },
          { path: stale.path, etag: stale.etag, moveTo: `${prefix}kept/x/b` },
          { path: `${prefix}none`, etag: null, moveTo: `${prefix}kept/x/none` },
        ]);
        expect(results.map((result) => result.outcome)).toEqual(['deleted', 'changed', 'absent']);
        expect(await paths(prefix)).toEqual([`${prefix}b`, `${prefix}kept/x/a`]);
        expect(await read(`${prefix}kept/x/a`)).toBe('a');
      });

      it.runIf(expected.capabilities.atomicMove)('never moves onto another object', async () => {
        const a = await put(`${prefix}a`, 'a');
        await put(`${prefix}kept/a`, 'precious');
        await expectCode(
          store.delete([{ path: a.path, etag: a.etag, moveTo: `${prefix}kept/a` }]),
          'STORE_FAILED',
        );
        expect([await read(a.path), await read(`${prefix}kept/a`)]).toEqual(['a', 'precious']);
      });

      it.runIf(!expected.capabilities.atomicMove)('ignores where to move', async () => {
        const a = await put(`${prefix}a`, 'a');
        expect(await store.delete([{ path: a.path, etag: a.etag, moveTo: `${prefix}kept/a` }])).toMatchObject(
          [{ outcome: 'deleted' }],
        );
        expect(await paths(prefix)).toEqual([]);
      });
    });

    describe('prepared uploads', () => {
      const prepare = async (path: string, text: string): Promise<PreparedUpload> => {
        const staged = await put(`${prefix}staging/${text}`, text);
        const result = await store.prepare(requestFor(staged, path, prefix, text));
        expect(result.outcome).toBe('done');
        return (result as Extract<typeof result, { outcome: 'done' }>).upload;
      };

      const completedAgain = async (upload: PreparedUpload): Promise<string> => {
        try {
          return (await store.complete(upload)).outcome;
        } catch (error) {
          if (expected.spentFails === true && isLakefillError(error, 'STORE_UNAVAILABLE')) return 'gone';
          throw error;
        }
      };

      it('are invisible until they are completed, and plain JSON', async () => {
        const path = `${prefix}data/k=1/part.parquet`;
        const upload = JSON.parse(JSON.stringify(await prepare(path, 'new rows'))) as PreparedUpload;
        expect(upload).toMatchObject({ path, size: 8, sha256: sha256('new rows') });
        expect(await store.head(path)).toBeNull();
        expect(await paths(prefix)).toEqual([`${prefix}staging/new rows`]);
        const completed = await store.complete(upload);
        const there = await store.head(path);
        expect(there).toMatchObject({ path, size: 8 });
        expect(completed).toEqual({ outcome: 'done', etag: there!.etag });
        expect([await read(path), await read(`${prefix}staging/new rows`)]).toEqual(['new rows', 'new rows']);
      });

      it('replace what is there', async () => {
        const path = `${prefix}data/a`;
        await put(path, 'old');
        const upload = await prepare(path, 'fresh rows');
        expect(await read(path)).toBe('old');
        expect(await store.complete(upload)).toMatchObject({ outcome: 'done' });
        expect(await read(path)).toBe('fresh rows');
      });

      it('work once: whatever a second completion says, it changes nothing', async () => {
        const path = `${prefix}data/a`;
        const upload = await prepare(path, 'rows');
        await store.complete(upload);
        await put(path, 'newer');
        expect(['gone', 'done']).toContain(await completedAgain(upload));
        expect(await read(path)).toBe('newer');
      });

      it('stay two of one source', async () => {
        const staged = await put(`${prefix}staging/x`, 'x');
        const path = `${prefix}data/a`;
        const request = requestFor(staged, path, prefix, 'x');
        const uploads = [await store.prepare(request), await store.prepare(request)].map(
          (result) => (result as { upload: PreparedUpload }).upload,
        );
        expect(uploads[0]!.id).not.toBe(uploads[1]!.id);
        for (const upload of uploads) {
          expect(await store.complete(upload)).toMatchObject({ outcome: 'done' });
        }
        expect(await paths(`${prefix}data/`)).toEqual([path]);
        expect((await store.abort(uploads[1]!)).outcome).toBeDefined();
        expect(await read(path)).toBe('x');
      });

      it.runIf(expected.capabilities.completeAfterAbortRefused)('never complete after an abort', async () => {
        const path = `${prefix}data/a`;
        const upload = await prepare(path, 'rows');
        expect(await store.abort(upload)).toEqual({ outcome: 'aborted' });
        expect(['gone', 'spent']).toContain(await completedAgain(upload));
        expect(await store.head(path)).toBeNull();
        expect(['gone', 'aborted']).toContain((await store.abort(upload)).outcome);
      });

      it('keep the object when they are aborted after completion', async () => {
        const path = `${prefix}data/a`;
        const upload = await prepare(path, 'rows');
        await store.complete(upload);
        await store.abort(upload);
        expect(await read(path)).toBe('rows');
      });

      it('take exactly the version of the source', async () => {
        const old = await put(`${prefix}staging/a`, 'old');
        const fresh = await put(`${prefix}staging/a`, 'fresh');
        const stale = requestFor(old, `${prefix}data/a`, prefix, 'old');
        expect(await store.prepare(stale)).toEqual({ outcome: 'changed' });
        expect(await store.prepare({ ...stale, source: `${prefix}staging/none` })).toEqual({
          outcome: 'absent',
        });
        await store.delete([{ path: fresh.path, etag: fresh.etag }]);
        expect(await paths(prefix)).toEqual([]);
      });

      it.runIf(expected.listPrepared)('are listed by final prefix until they end', async () => {
        const a = await prepare(`${prefix}data/a/x`, 'a');
        const b = await prepare(`${prefix}data/a/y`, 'b');
        const other = await prepare(`${prefix}data/b/z`, 'c');
        const listed = async (below: string) =>
          (await store.listPrepared(below, `${prefix}prepared/`))
            .map(({ path, id }) => `${path} ${id}`)
            .sort();
        const line = ({ path, id }: PreparedUpload) => `${path} ${id}`;
        expect(await listed(`${prefix}data/a/`)).toEqual([line(a), line(b)].sort());
        await store.complete(a);
        await store.abort(b);
        expect(await listed(`${prefix}data/a/`)).toEqual([]);
        expect(await listed(prefix)).toEqual([line(other)]);
        await store.abort(other);
      });

      it.runIf(!expected.listPrepared)('cannot be listed, and the store says so', async () => {
        await expectCode(store.listPrepared(prefix, `${prefix}prepared/`), 'STORE_UNSUPPORTED');
      });
    });

    it('starts nothing with an aborted signal', async () => {
      const options = { signal: AbortSignal.abort() };
      const there = await put(`${prefix}there`, 'x');
      await expectCode(store.put(`${prefix}a`, bytes('x'), { kind: 'overwrite' }, options), 'CANCELLED');
      await expectCode(store.copy(there.path, there.etag, `${prefix}b`, options), 'CANCELLED');
      await expectCode(store.delete([{ path: there.path, etag: null }], options), 'CANCELLED');
      await expectCode(listAll(store, prefix, options), 'CANCELLED');
      expect(await paths(prefix)).toEqual([there.path]);
    });

    it.runIf(expected.strictPaths)('refuses paths that a file system would read as others', async () => {
      for (const bad of ['', '/a', 'a//b', './a', '../a', 'a/..', 'a/./b', 'a\0b', 'a/', '\ud800']) {
        await expectCode(store.put(bad, bytes('x'), { kind: 'overwrite' }), 'STORE_UNSUPPORTED');
        await expectCode(store.head(bad), 'STORE_UNSUPPORTED');
        await expectCode(store.delete([{ path: bad, etag: null }]), 'STORE_UNSUPPORTED');
      }
      await expectCode(store.delete([{ path: 'a', etag: null, moveTo: '../b' }]), 'STORE_UNSUPPORTED');
      await expectCode(listAll(store, 'a/../'), 'STORE_UNSUPPORTED');
      await expectCode(listAll(store, prefix.slice(0, -1)), 'USAGE');
    });

    describe('races', () => {
      const rounds = expected.rounds ?? 5;
      const race = (run: (racer: number) => Promise<{ outcome: string }>) =>
        Promise.all(
          Array.from({ length: RACERS }, async (_, i) =>
            run(i).catch((error: unknown) => {
              if (isLakefillError(error, 'STORE_RACING')) return { outcome: 'lost' };
              throw error;
            }),
          ),
        );

      it.runIf(expected.capabilities.putIfAbsent)('to create have one winner each', async () => {
        for (let round = 0; round < rounds; round++) {
          const path = `${prefix}journal/${round}`;
          const results = await race((i) => store.put(path, bytes(`racer ${i}`), { kind: 'create' }));
          const winners = results.flatMap((result, i) => (result.outcome === 'done' ? [`racer ${i}`] : []));
          expect(winners).toHaveLength(1);
          expect(await read(path)).toBe(winners[0]);
        }
        expect(await paths(prefix)).toHaveLength(rounds);
      });

      it.runIf(expected.capabilities.putIfMatch)('to update have one winner each', async () => {
        const path = `${prefix}counter`;
        let { etag } = await put(path, 'start');
        for (let round = 0; round < rounds; round++) {
          const seen = etag;
          const results = await race((i) =>
            store.put(path, bytes(`${round} ${i}`), { kind: 'update', etag: seen }),
          );
          const winners = results.flatMap((result, i) =>
            result.outcome === 'done' ? [`${round} ${i}`] : [],
          );
          expect(winners).toHaveLength(1);
          expect(await read(path)).toBe(winners[0]);
          etag = (await store.head(path))!.etag;
        }
      });
    });
  });
}

/** The request for a staged object with the given text. */
export function requestFor(staged: ObjectInfo, path: string, prefix: string, text: string) {
  return {
    path,
    source: staged.path,
    sourceEtag: staged.etag,
    size: Buffer.byteLength(text),
    sha256: sha256(text),
    preparedPrefix: `${prefix}prepared/`,
  };
}

export async function putText(
  store: ObjectStore,
  path: string,
  text: string,
  mode: PutMode = { kind: 'overwrite' },
): Promise<ObjectInfo> {
  const result = await store.put(path, bytes(text), mode);
  if (result.outcome !== 'done') throw new Error(`put ${path} was lost`);
  expect(result.object).toMatchObject({ path, size: Buffer.byteLength(text) });
  return result.object;
}

export async function readText(store: ObjectStore, path: string): Promise<string | null> {
  const got = await store.get(path);
  return got.outcome === 'found' ? decode(got.bytes) : null;
}

export async function expectCode(work: Promise<unknown>, code: string): Promise<void> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(isLakefillError(error) ? error.code : error).toBe(code);
}

export function bytes(text: string): { bytes: Uint8Array } {
  return { bytes: Buffer.from(text) };
}

function decode(data: Uint8Array): string {
  return Buffer.from(data).toString();
}
