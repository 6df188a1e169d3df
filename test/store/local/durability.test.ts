/** Which calls reach the disk, and in which order: what is visible was flushed before, and so is its name before the answer. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/store/object-store.js';
import { bytes, putText, requestFor, type StoreFixture } from '../conformance.js';
import { localFixture } from '../fixtures.js';
import { altered, recorded } from './altered-fs.js';

interface Recording extends StoreFixture {
  readonly dir: string;
  readonly calls: string[];
  forget(): void;
}

async function recording(): Promise<Recording> {
  let dir = '';
  const short = (path: string) =>
    path
      .replace(/\.lakefill-tmp-[0-9a-f]{16}/, 'TMP')
      .replace(/\.lakefill-up-[\w-]+/, 'UP')
      .replace(/~[0-9a-f]{16}/, '~ASIDE')
      .replace(dir, '');
  const { fs, calls } = recorded(short);
  const fixture = await localFixture(undefined, { fs });
  ({ dir } = fixture);
  // Folders above the fixture's are flushed once, too; they are not what these tests are about.
  const above = (call: string) => /^syncFolder \/(tmp)?$/.test(call) || call === `syncFolder ${dirname(dir)}`;
  return {
    ...fixture,
    get calls() {
      return calls.filter((call) => !above(call));
    },
    forget: () => void calls.splice(0),
  };
}

describe('the local store', () => {
  const steps = async (
    work: (store: ObjectStore, prefix: string, forget: () => void, dir: string) => Promise<unknown>,
  ) => {
    const recorder = await recording();
    const { store, prefix, dir, cleanup } = recorder;
    try {
      await work(store, prefix, recorder.forget, dir);
      return recorder.calls;
    } finally {
      await cleanup!();
    }
  };

  it('flushes bytes before they get a name, and the name before it answers', async () => {
    const create = await steps((store, prefix) => store.put(`${prefix}a`, bytes('x'), { kind: 'create' }));
    expect(create).toEqual(['create /TMP', 'sync /TMP', 'link /TMP /a', 'unlink /TMP', 'syncFolder ']);
    const overwrite = await steps((store, prefix) =>
      store.put(`${prefix}a`, bytes('x'), { kind: 'overwrite' }),
    );
    expect(overwrite.slice(0, 3)).toEqual(['create /TMP', 'sync /TMP', 'rename /TMP /a']);
    expect(overwrite.at(-1)).toBe('syncFolder ');
  });

  it('flushes after a lost race, too: what won may be our own earlier try', async () => {
    const calls = await steps(async (store, prefix, forget) => {
      await putText(store, `${prefix}a`, 'first');
      forget();
      await store.put(`${prefix}a`, bytes('x'), { kind: 'create' });
    });
    expect(calls.at(-1)).toBe('syncFolder ');
  });

  it('flushes each new folder into its parent before it writes there', async () => {
    const calls = await steps((store, prefix) => store.put(`${prefix}b/c/a`, bytes('x'), { kind: 'create' }));
    expect(calls.slice(0, 5)).toEqual([
      'mkdir /b',
      'syncFolder ',
      'mkdir /b/c',
      'syncFolder /b',
      'create /b/c/TMP',
    ]);
  });

  it('makes a new folder once for all who wait for it', async () => {
    const calls = await steps((store, prefix) =>
      Promise.all(
        ['a', 'b', 'c'].map((name) => store.put(`${prefix}n/${name}`, bytes('x'), { kind: 'create' })),
      ),
    );
    expect(calls.filter((call) => call === 'mkdir /n')).toHaveLength(1);
    expect(calls.indexOf('syncFolder ')).toBeLessThan(calls.indexOf('create /n/TMP'));
  });

  it('writes into a new folder only after its name was flushed, whoever asks', async () => {
    const events: string[] = [];
    let second: Promise<unknown> | null = null;
    const { store, prefix, dir, cleanup } = await localFixture(undefined, {
      fs: altered((real) => ({
        create: (path) => (events.push('create'), real.create(path)),
        syncFolder: async (path) => {
          if (path === dir) {
            second ??= putText(store, `${prefix}n/b`, 'x');
            // Time for the second call to find the folder and to go ahead, if it would.
            for (let i = 0; i < 50; i++) await real.stat(dir);
            events.push('flush');
          }
          return real.syncFolder(path);
        },
      })),
    });
    await putText(store, `${prefix}n/a`, 'x');
    await second;
    expect(events).toEqual(['flush', 'create', 'create']);
    await cleanup!();
  });

  it('links a file and flushes it instead of copying', async () => {
    const calls = await steps(async (store, prefix, forget, dir) => {
      writeFileSync(`${dir}/body`, 'rows');
      forget();
      await store.put(`${prefix}a`, { file: `${dir}/body` }, { kind: 'create' });
    });
    expect(calls).toEqual(['link /body /TMP', 'sync /TMP', 'link /TMP /a', 'unlink /TMP', 'syncFolder ']);
  });

  it('prepares by a flushed link, completes by a rename, and flushes both folders', async () => {
    const calls = await steps(async (store, prefix, forget, dir) => {
      mkdirSync(`${dir}/prepared`);
      const staged = await putText(store, `${prefix}staging/a`, 'rows');
      forget();
      const result = await store.prepare(requestFor(staged, `${prefix}data/k=1/a`, prefix, 'rows'));
      await store.complete((result as { upload: Parameters<ObjectStore['complete']>[0] }).upload);
    });
    expect(calls.slice(0, 8)).toEqual([
      'syncFolder ',
      'link /staging/a /prepared/UP',
      'sync /prepared/UP',
      'syncFolder /prepared',
      'mkdir /data',
      'syncFolder ',
      'mkdir /data/k=1',
      'syncFolder /data',
    ]);
    expect(calls[8]).toBe('rename /prepared/UP /data/k=1/a');
    expect(calls.slice(-2).sort()).toEqual(['syncFolder /data/k=1', 'syncFolder /prepared']);
  });

  it('has the second name on disk before the first one goes, and flushes each folder once for all items', async () => {
    const calls = await steps(async (store, prefix, forget, dir) => {
      mkdirSync(`${dir}/kept`);
      const objects = [await putText(store, `${prefix}a`, 'a'), await putText(store, `${prefix}b`, 'b')];
      forget();
      await store.delete(
        objects.map(({ path, etag }) => ({ path, etag, moveTo: path.replace(prefix, `${prefix}kept/`) })),
      );
    });
    expect(calls).toEqual([
      'syncFolder ',
      'link /a /kept/a',
      'link /b /kept/b',
      'syncFolder /kept',
      'rename /a /kept/a~ASIDE',
      'unlink /kept/a~ASIDE',
      'rename /b /kept/b~ASIDE',
      'unlink /kept/b~ASIDE',
      'syncFolder ',
      'syncFolder /kept',
    ]);
  });

  it('flushes a folder that another made into its parent, once', async () => {
    const calls = await steps(async (store, prefix, _forget, dir) => {
      mkdirSync(`${dir}/b/c`, { recursive: true });
      await putText(store, `${prefix}b/c/1`, 'x');
      await putText(store, `${prefix}b/c/2`, 'x');
    });
    expect(calls.slice(0, 3)).toEqual(['syncFolder ', 'syncFolder /b', 'create /b/c/TMP']);
    expect(calls.filter((call) => call === 'syncFolder /b')).toHaveLength(1);
  });

  it('flushes what is done already: who did it may have died before its flush', async () => {
    const calls = await steps(async (store, prefix, forget, dir) => {
      mkdirSync(`${dir}/prepared`);
      const staged = await putText(store, `${prefix}staging/a`, 'rows');
      const { upload } = (await store.prepare(requestFor(staged, `${prefix}data/a`, prefix, 'rows'))) as {
        upload: Parameters<ObjectStore['complete']>[0];
      };
      await store.complete(upload);
      forget();
      await store.complete(upload);
      await store.abort(upload);
      await store.delete([{ path: `${prefix}data/none`, etag: null }]);
      await store.folders!.flush(`${prefix}data/`);
    });
    expect(calls).toEqual([
      'syncFolder /data',
      'syncFolder /prepared',
      'unlink /prepared/UP',
      'syncFolder /prepared',
      'syncFolder /data',
      'syncFolder /data',
    ]);
  });

  it('flushes what was deleted before an item failed', async () => {
    const calls = await steps(async (store, prefix, forget, dir) => {
      const a = await putText(store, `${prefix}a`, 'a');
      mkdirSync(`${dir}/b`);
      forget();
      await store.delete([
        { path: a.path, etag: a.etag },
        { path: `${prefix}b`, etag: null },
      ]);
    });
    expect(calls).toEqual(['unlink /a', 'syncFolder ']);
  });
});
