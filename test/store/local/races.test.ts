/** What another program does in the worst moment, planted between two system calls: nothing is destroyed. */
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../src/store/local/fs.js';
import type { ObjectStore, PreparedUpload } from '../../../src/store/object-store.js';
import { expectCode, putText, readText, requestFor } from '../conformance.js';
import { localFixture } from '../fixtures.js';
import { altered, before, errno } from './altered-fs.js';

interface Scene {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly dir: string;
  /** From now on the store makes its calls on this file system. */
  use(fs: FileSystem): void;
  foreign(name: string, text: string): void;
  text(name: string): string | null;
  files(): string[];
}

async function scene(play: (scene: Scene) => Promise<void>): Promise<void> {
  let current: FileSystem = altered(() => ({}));
  const fs = new Proxy({} as FileSystem, { get: (_target, name) => current[name as keyof FileSystem] });
  const { store, prefix, dir, cleanup } = await localFixture(undefined, { fs });
  try {
    await play({
      store,
      prefix,
      dir,
      use: (next) => (current = next),
      foreign: (name, text) => {
        writeFileSync(`${dir}/.foreign`, text);
        renameSync(`${dir}/.foreign`, `${dir}/${name}`);
      },
      text: (name) => (existsSync(`${dir}/${name}`) ? readFileSync(`${dir}/${name}`, 'utf8') : null),
      files: () =>
        readdirSync(dir, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => `${entry.parentPath}/${entry.name}`.slice(dir.length + 1))
          .sort(),
    });
  } finally {
    await cleanup!();
  }
}

describe('moving an object away', () => {
  const moved = async (s: Scene) => {
    const a = await putText(s.store, `${s.prefix}a`, 'old');
    return { path: a.path, etag: a.etag, moveTo: `${s.prefix}kept/a` };
  };
  const outcome = async (s: Scene, item: Parameters<ObjectStore['delete']>[0][number]) =>
    (await s.store.delete([item]))[0]!.outcome;

  it('leaves a replacement that came before the second name', () =>
    scene(async (s) => {
      const item = await moved(s);
      s.use(
        before(
          'link',
          (path) => path.endsWith('/a'),
          () => s.foreign('a', 'foreign'),
        ),
      );
      expect(await outcome(s, item)).toBe('changed');
      expect([s.text('a'), s.files()]).toEqual(['foreign', ['a']]);
    }));

  it('puts a replacement back that came between the two names', () =>
    scene(async (s) => {
      const item = await moved(s);
      s.use(
        before(
          'rename',
          (path) => path.endsWith('/a'),
          () => s.foreign('a', 'foreign'),
        ),
      );
      expect(await outcome(s, item)).toBe('changed');
      expect([s.text('a'), s.text('kept/a'), s.files()]).toEqual(['foreign', 'old', ['a', 'kept/a']]);
    }));

  it('keeps both when the name is taken again before the replacement is back', () =>
    scene(async (s) => {
      const item = await moved(s);
      const isAside = (path: string) => path.includes('/kept/a~');
      s.use(
        altered((real) => ({
          rename: (from, to) => {
            s.foreign('a', 'foreign 1');
            return real.rename(from, to);
          },
          link: (from, to) => {
            if (isAside(from)) s.foreign('a', 'foreign 2');
            return real.link(from, to);
          },
        })),
      );
      expect(await outcome(s, item)).toBe('changed');
      expect([s.text('a'), s.text('kept/a')]).toEqual(['foreign 2', 'old']);
      const aside = s.files().find((name) => isAside(`/${name}`))!;
      expect(s.text(aside)).toBe('foreign 1');
      // Not hidden: it is not ours, so a listing shows it.
      expect((await s.store.listLevel(`${s.prefix}kept/`)).objects).toHaveLength(2);
    }));

  it('goes on where a try died after the second name', () =>
    scene(async (s) => {
      const item = await moved(s);
      s.use(altered(() => ({ rename: () => Promise.reject(errno('EIO')) })));
      await expectCode(s.store.delete([item]), 'STORE_FAILED');
      expect([s.text('a'), s.text('kept/a')]).toEqual(['old', 'old']);
      s.use(altered(() => ({})));
      expect(await outcome(s, item)).toBe('deleted');
      expect(s.files()).toEqual(['kept/a']);
      expect(await outcome(s, item)).toBe('absent');
    }));

  it('is done once by two processes at a time', () =>
    scene(async (s) => {
      const item = await moved(s);
      const outcomes = await Promise.all([outcome(s, item), outcome(s, item), outcome(s, item)]);
      expect(outcomes.filter((one) => one === 'deleted')).toHaveLength(1);
      expect(outcomes.filter((one) => one === 'absent')).toHaveLength(2);
      expect([s.text('kept/a'), s.files()]).toEqual(['old', ['kept/a']]);
    }));

  it('renames where the file may not be linked, and still never onto another object', () =>
    scene(async (s) => {
      const item = await moved(s);
      s.use(altered(() => ({ link: () => Promise.reject(errno('EPERM')) })));
      expect(await outcome(s, item)).toBe('deleted');
      expect(s.files()).toEqual(['kept/a']);
      // Another user's file, not a file system without links: creation stays exclusive.
      expect(s.store.capabilities.putIfAbsent).toBe(true);
      s.use(altered(() => ({})));
      const next = await putText(s.store, `${s.prefix}a`, 'next');
      s.use(altered(() => ({ link: () => Promise.reject(errno('EPERM')) })));
      await expectCode(s.store.delete([{ ...item, etag: next.etag }]), 'STORE_FAILED');
      expect([s.text('a'), s.text('kept/a')]).toEqual(['next', 'old']);
    }));
});

describe('preparing', () => {
  it('notices a source that was replaced before the link', () =>
    scene(async (s) => {
      const staged = await putText(s.store, `${s.prefix}staged`, 'rows');
      s.use(
        before(
          'link',
          (path) => path.endsWith('/staged'),
          () => s.foreign('staged', 'ROWS'),
        ),
      );
      const request = requestFor(staged, `${s.prefix}data/a`, s.prefix, 'rows');
      expect(await s.store.prepare(request)).toEqual({ outcome: 'changed' });
      expect(s.files()).toEqual(['staged']);
    }));

  it('copies where it cannot link, and notices a source that was replaced meanwhile', () =>
    scene(async (s) => {
      const staged = await putText(s.store, `${s.prefix}staged`, 'rows');
      const request = requestFor(staged, `${s.prefix}data/a`, s.prefix, 'rows');
      const noLink = { link: () => Promise.reject(errno('EXDEV')) };
      s.use(altered(() => noLink));
      const prepared = (await s.store.prepare(request)) as { upload: PreparedUpload };
      expect(await s.store.complete(prepared.upload)).toMatchObject({ outcome: 'done' });
      expect(s.text('data/a')).toBe('rows');
      s.use(
        altered((real) => ({
          ...noLink,
          copy: async (from, to) => {
            await real.copy(from, to);
            s.foreign('staged', 'ROWS');
          },
        })),
      );
      expect(await s.store.prepare(request)).toEqual({ outcome: 'changed' });
      expect(s.files()).toEqual(['data/a', 'staged']);
    }));

  it('says absent for a source that goes away before the link', () =>
    scene(async (s) => {
      const staged = await putText(s.store, `${s.prefix}staged`, 'rows');
      s.use(
        before(
          'link',
          (path) => path.endsWith('/staged'),
          () => rmSync(`${s.dir}/staged`),
        ),
      );
      const request = requestFor(staged, `${s.prefix}data/a`, s.prefix, 'rows');
      expect(await s.store.prepare(request)).toEqual({ outcome: 'absent' });
    }));

  it('says gone when an abort comes between the look and the rename of a completion', () =>
    scene(async (s) => {
      const staged = await putText(s.store, `${s.prefix}staged`, 'rows');
      const { upload } = (await s.store.prepare(
        requestFor(staged, `${s.prefix}data/a`, s.prefix, 'rows'),
      )) as { upload: PreparedUpload };
      s.use(
        before(
          'rename',
          () => true,
          () => rmSync(`/${upload.id}`),
        ),
      );
      expect(await s.store.complete(upload)).toEqual({ outcome: 'gone' });
      expect(s.files()).toEqual(['staged']);
    }));

  it('ends in exactly one of completion and abort', () =>
    scene(async (s) => {
      for (let round = 0; round < 10; round++) {
        const staged = await putText(s.store, `${s.prefix}staged`, `rows ${round}`);
        const path = `${s.prefix}data/${round}`;
        const { upload } = (await s.store.prepare(requestFor(staged, path, s.prefix, `rows ${round}`))) as {
          upload: PreparedUpload;
        };
        const calls = [s.store.abort(upload), s.store.complete(upload), s.store.complete(upload)];
        const outcomes = (await Promise.all(round % 2 ? calls.reverse() : calls)).map((one) => one.outcome);
        const ended = outcomes.filter((one) => one !== 'gone');
        expect(ended).toHaveLength(1);
        expect(await readText(s.store, path)).toBe(ended[0] === 'done' ? `rows ${round}` : null);
      }
    }));

  it('touches nothing for an id that is not its own', () =>
    scene(async (s) => {
      await putText(s.store, `${s.prefix}precious`, 'x');
      const upload = { path: `${s.prefix}data/a`, size: 1, sha256: '' };
      for (const id of [`${s.prefix}precious`, `${s.prefix}prepared/.lakefill-up-0-0123456789abcdef-eA`]) {
        await expectCode(s.store.abort({ ...upload, id }), 'USAGE');
        await expectCode(s.store.complete({ ...upload, id }), 'USAGE');
      }
      expect(s.files()).toEqual(['precious']);
    }));

  it('finds uploads to long paths again', () =>
    scene(async (s) => {
      const staged = await putText(s.store, `${s.prefix}staged`, 'rows');
      const path = `${s.prefix}${Array.from({ length: 9 }, (_, i) => `region=${i}${'x'.repeat(60)}`).join('/')}/a`;
      const { upload } = (await s.store.prepare(requestFor(staged, path, s.prefix, 'rows'))) as {
        upload: PreparedUpload;
      };
      expect(await s.store.listPrepared(s.prefix, `${s.prefix}prepared/`)).toMatchObject([
        { path, id: upload.id },
      ]);
      expect(await s.store.complete(upload)).toMatchObject({ outcome: 'done' });
      expect(await readText(s.store, path)).toBe('rows');
    }));
});

describe('copying', () => {
  it('notices a source that is replaced meanwhile, and leaves no copy', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'old');
      s.use(
        altered((real) => ({
          copy: async (from, to) => {
            await real.copy(from, to);
            s.foreign('a', 'new');
          },
        })),
      );
      expect(await s.store.copy(a.path, a.etag, `${s.prefix}b`)).toEqual({ outcome: 'lost' });
      expect(s.files()).toEqual(['a']);
    }));
});

describe('reading', () => {
  it('notices an object that is replaced before it is linked for a download', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'old');
      s.use(
        before(
          'link',
          (path) => path.endsWith('/a'),
          () => s.foreign('a', 'new'),
        ),
      );
      expect(await s.store.download(a.path, a.etag, `${s.dir}/out`)).toEqual({ outcome: 'changed' });
      expect(s.files()).toEqual(['a']);
    }));

  it('copies a download where it cannot link, and notices a change meanwhile', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'old');
      const noLink = { link: () => Promise.reject(errno('EXDEV')) };
      s.use(altered(() => noLink));
      expect(await s.store.download(a.path, a.etag, `${s.dir}/out`)).toMatchObject({
        outcome: 'done',
        unverified: null,
      });
      writeFileSync(`${s.dir}/out`, "a copy is the caller's");
      expect(s.text('a')).toBe('old');
      s.use(
        altered((real) => ({
          ...noLink,
          copy: async (from, to) => {
            await real.copy(from, to);
            writeFileSync(from, 'in place');
          },
        })),
      );
      expect(await s.store.download(a.path, a.etag, `${s.dir}/out2`)).toEqual({ outcome: 'changed' });
      expect(s.files()).toEqual(['a', 'out']);
    }));

  it('shares the bytes with a download on the same device', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'x');
      const links: string[] = [];
      s.use(altered((real) => ({ link: (from, to) => (links.push(to), real.link(from, to)) })));
      await s.store.download(a.path, a.etag, `${s.dir}/out`);
      expect(links).toEqual([`${s.dir}/out`]);
      await expectCode(s.store.download(a.path, a.etag, `${s.dir}/out`), 'USAGE');
      await expectCode(s.store.download(a.path, a.etag, `${s.dir}/none/out`), 'USAGE');
    }));

  it('reads one version although a program writes into the file, or says that it cannot', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'version 0');
      let writes = 0;
      const writing = (times: number) =>
        altered((real) => ({
          open: async (path) => {
            const file = await real.open(path);
            return {
              ...file,
              read: async (start, length) => {
                const half = await file.read(start, Math.floor(length / 2));
                if (writes < times) writeFileSync(path, `VERSION ${++writes}`);
                return Buffer.concat([half, await file.read(start + half.length, length - half.length)]);
              },
            };
          },
        }));
      s.use(writing(1));
      expect(await readText(s.store, a.path)).toBe('VERSION 1');
      s.use(writing(Infinity));
      await expectCode(s.store.get(a.path), 'STORE_RACING');
    }));
});

describe('versions', () => {
  it('never repeat, however fast objects are replaced', () =>
    scene(async (s) => {
      // A kernel whose clock stands still.
      const standing = 1_700_000_000_000_000_000n;
      s.use(
        altered((real) => ({
          create: async (path) => {
            const file = await real.create(path);
            return {
              ...file,
              write: async (data) => {
                await file.write(data);
                await file.setModified(standing);
              },
            };
          },
        })),
      );
      const etags = new Set<string>();
      for (let i = 0; i < 50; i++) {
        const object = await putText(s.store, `${s.prefix}a`, `same size ${String(i).padStart(3, '0')}`);
        etags.add(object.etag.split('-')[0]!);
        expect((await s.store.head(object.path))!.etag).toBe(object.etag);
      }
      expect(etags.size).toBe(50);
    }));

  it('end a link of one file under both names of a rename', () =>
    scene(async (s) => {
      const a = await putText(s.store, `${s.prefix}a`, 'x');
      const { upload } = (await s.store.prepare(requestFor(a, `${s.prefix}b`, s.prefix, 'x'))) as {
        upload: PreparedUpload;
      };
      linkSync(`${s.dir}/a`, `${s.dir}/b`);
      expect(await s.store.complete(upload)).toMatchObject({ outcome: 'done' });
      expect(s.files()).toEqual(['a', 'b']);
    }));
});
