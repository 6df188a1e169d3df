import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalStore } from '../../../src/store/local/local-store.js';
import { listAll, type ObjectStore, type UnlistedPlace } from '../../../src/store/object-store.js';
import { expectCode, putText } from '../conformance.js';
import { localFixture, temporaryFolder } from '../fixtures.js';
import { altered, errno } from './altered-fs.js';

describe('listing folders', () => {
  let dir: string;
  let prefix: string;
  let store: ObjectStore;
  let cleanup: () => Promise<void>;
  beforeEach(async () => {
    const fixture = await localFixture();
    ({ dir, prefix, store } = fixture);
    cleanup = fixture.cleanup!;
  });
  afterEach(() => cleanup());

  const file = (name: string) => {
    mkdirSync(dirname(`${dir}/${name}`), { recursive: true });
    writeFileSync(`${dir}/${name}`, name);
  };
  const names = async (target: ObjectStore = store, after?: string) =>
    (await listAll(target, prefix, after === undefined ? {} : { after })).map((object) =>
      object.path.slice(prefix.length),
    );

  it('orders objects by the bytes of their full paths, from any point on', async () => {
    const segment = fc
      .string({
        unit: fc.constantFrom('a', 'b', '-', '0', '.', 'é', '\u{e000}', '\u{1f600}'),
        minLength: 1,
        maxLength: 3,
      })
      .filter((text) => text !== '.' && text !== '..');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 12 }),
        path,
        fc.integer({ min: 1, max: 5 }),
        async (paths, after, pageSize) => {
          rmSync(dir, { recursive: true });
          mkdirSync(dir);
          const made = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
          made.forEach(file);
          const sorted = made.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const small = createLocalStore({ pageSize });
          expect(await names(small)).toEqual(sorted);
          const rest = sorted.filter((one) => Buffer.compare(Buffer.from(one), Buffer.from(after)) > 0);
          expect(await names(small, prefix + after)).toEqual(rest);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows no temporary files and no prepared uploads', async () => {
    file('a');
    file('.lakefill-tmp-0123456789abcdef');
    file('b/.lakefill-up-abc-0123456789abcdef-YS9i');
    file('b/.lakefill-up-abc-0123456789abcdef-YS9i.parquet');
    file('.lakefill-other');
    expect(await names()).toEqual([
      '.lakefill-other',
      'a',
      'b/.lakefill-up-abc-0123456789abcdef-YS9i.parquet',
    ]);
    expect((await store.listLevel(prefix)).objects.map((object) => object.path)).toEqual([
      `${prefix}.lakefill-other`,
      `${prefix}a`,
    ]);
  });

  it('reports an empty folder as a prefix of one level, and nothing in it', async () => {
    mkdirSync(`${dir}/empty/deeper`, { recursive: true });
    expect(await names()).toEqual([]);
    expect(await store.listLevel(prefix)).toEqual({ prefixes: [`${prefix}empty/`], objects: [] });
  });

  it('sorts prefixes of one level with their slash', async () => {
    for (const name of ['a/x', 'a-b/x', 'a0/x']) file(name);
    expect((await store.listLevel(prefix)).prefixes).toEqual(
      ['a-b/', 'a/', 'a0/'].map((name) => prefix + name),
    );
  });

  it('does not take a file in the place of a folder, or a link to nowhere, for absence', async () => {
    file('a');
    expect(await store.head(`${prefix}a/b`)).toBeNull();
    for (const below of ['a/', 'a/b/']) {
      await expectCode(listAll(store, prefix + below), 'STORE_UNSUPPORTED');
      await expectCode(store.listLevel(prefix + below), 'STORE_UNSUPPORTED');
    }
    symlinkSync(`${dir}/none`, `${dir}/link`);
    for (const below of ['link/', 'link/b/'])
      await expect(listAll(store, prefix + below)).rejects.toMatchObject({
        message: `${dir}/link is a symbolic link that leads nowhere.`,
      });
    mkdirSync(`${dir}/none`);
    expect(await listAll(store, `${prefix}link/b/`)).toEqual([]);
  });

  it('goes on beside what it cannot list when someone wants to be told', async () => {
    const elsewhere = temporaryFolder();
    for (const name of ['a/x', 'b/denied/x', 'b/y', 'c/x']) file(name);
    symlinkSync(elsewhere, `${dir}/b/folder`);
    symlinkSync(`${dir}/a/x`, `${dir}/b/linked`);
    symlinkSync(`${elsewhere}/none`, `${dir}/b/dangling`);
    execFileSync('mkfifo', [`${dir}/b/pipe`]);
    const refusing = createLocalStore({
      fs: altered((real) => ({
        readFolderSync: (path) => {
          if (path === `${dir}/b/denied/`) throw errno('EACCES');
          return real.readFolderSync(path);
        },
        statSync: (path) => {
          if (path === `${dir}/c/x`) throw errno('EIO');
          return real.statSync(path);
        },
      })),
    });
    const told: string[] = [];
    const onUnlisted = ({ path, kind, error }: UnlistedPlace) =>
      void told.push(`${path.slice(prefix.length)} ${kind} ${error.code}`);
    const listed = await listAll(refusing, prefix, { onUnlisted });
    expect(listed.map((object) => object.path.slice(prefix.length))).toEqual(['a/x', 'b/y']);
    expect(told.sort()).toEqual([
      'b/dangling file STORE_UNSUPPORTED',
      'b/denied folder STORE_DENIED',
      'b/folder folder STORE_UNSUPPORTED',
      'b/linked file STORE_UNSUPPORTED',
      'b/pipe file STORE_UNSUPPORTED',
      'c/x file STORE_FAILED',
    ]);
    await expectCode(listAll(refusing, `${prefix}b/denied/`, { onUnlisted }), 'STORE_DENIED');
    rmSync(elsewhere, { recursive: true });
  });

  it('refuses a link between the prefix and one above it, and none above that', async () => {
    mkdirSync(`${dir}/real`);
    file('real/a/x');
    symlinkSync(`${dir}/real`, `${dir}/root`);
    symlinkSync(`${dir}/real/a`, `${dir}/real/b`);
    expect(await listAll(store, `${prefix}root/a/`, { within: `${prefix}root/` })).toHaveLength(1);
    await expectCode(listAll(store, `${prefix}root/b/`, { within: `${prefix}root/` }), 'STORE_UNSUPPORTED');
  });

  it('does not follow links to files, folders or nowhere: it refuses', async () => {
    const elsewhere = temporaryFolder();
    for (const target of [elsewhere, `${elsewhere}/none`]) {
      symlinkSync(target, `${dir}/link`);
      await expectCode(listAll(store, prefix), 'STORE_UNSUPPORTED');
      await expectCode(store.listLevel(prefix), 'STORE_UNSUPPORTED');
      await expectCode(store.head(`${prefix}link`), 'STORE_UNSUPPORTED');
      await expectCode(store.get(`${prefix}link`), 'STORE_UNSUPPORTED');
      await expectCode(store.delete([{ path: `${prefix}link`, etag: null }]), 'STORE_UNSUPPORTED');
      rmSync(`${dir}/link`);
    }
    rmSync(elsewhere, { recursive: true });
  });

  it('refuses pipes instead of waiting for a writer', async () => {
    execFileSync('mkfifo', [`${dir}/pipe`]);
    await expectCode(listAll(store, prefix), 'STORE_UNSUPPORTED');
    await expectCode(store.get(`${prefix}pipe`), 'STORE_UNSUPPORTED');
  });

  it.skipIf(process.platform === 'darwin')(
    'refuses names that are not UTF-8, and takes the replacement character itself',
    async () => {
      file('\ufffd');
      expect(await names()).toEqual(['\ufffd']);
      writeFileSync(Buffer.concat([Buffer.from(`${dir}/caf`), Buffer.from([0xe9])]), 'latin1');
      const error = await listAll(store, prefix).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORE_UNSUPPORTED' });
      expect((error as Error).message).toContain(`${dir}/caf\\xe9`);
      const told: string[] = [];
      const onUnlisted = ({ path, kind }: { path: string; kind: string }) =>
        void told.push(`${kind} ${path}`);
      expect((await listAll(store, prefix, { onUnlisted })).map(({ path }) => path)).toEqual([
        `${prefix}\ufffd`,
      ]);
      expect(told).toEqual([`file ${prefix}caf\\xe9`]);
    },
  );

  it('skips what vanishes while it lists, and goes on', async () => {
    for (const name of ['a/x', 'b/x', 'c/x']) file(name);
    const vanishing = createLocalStore({
      fs: altered((real) => ({
        readFolderSync: (path) => {
          if (path === `${dir}/b/`) rmSync(`${dir}/b`, { recursive: true });
          return real.readFolderSync(path);
        },
        statSync: (path) => {
          if (path === `${dir}/c/x`) rmSync(path);
          return real.statSync(path);
        },
      })),
    });
    expect(await names(vanishing)).toEqual(['a/x']);
  });

  it.each(['EACCES', 'EIO', 'EMFILE', 'ENOTDIR'])(
    'is never silently short: %s below raises',
    async (code) => {
      for (const name of ['a/x', 'b/x']) file(name);
      const failing = (method: 'readFolderSync' | 'statSync', at: string) =>
        createLocalStore({
          fs: altered((real) => ({
            [method]: (path: string) => {
              if (path === at) throw errno(code);
              return real[method](path);
            },
          })),
        });
      const wanted = { EACCES: 'STORE_DENIED', EIO: 'STORE_FAILED', EMFILE: 'STORE_UNAVAILABLE' }[code];
      await expectCode(
        listAll(failing('readFolderSync', `${dir}/b/`), prefix),
        wanted ?? 'STORE_LISTING_INVALID',
      );
      await expectCode(listAll(failing('statSync', `${dir}/b/x`), prefix), wanted ?? 'STORE_UNSUPPORTED');
    },
  );

  it.skipIf(process.getuid?.() === 0)('raises for a folder that may not be read', async () => {
    file('a/x');
    chmodSync(`${dir}/a`, 0);
    await expectCode(listAll(store, prefix), 'STORE_DENIED').finally(() => chmodSync(`${dir}/a`, 0o755));
  });

  it('stops between pages when it is cancelled', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await putText(store, prefix + name, 'x');
    const controller = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const page of store.list(prefix, { signal: controller.signal })) {
        seen.push(...page.map((object) => object.path.slice(prefix.length)));
        controller.abort();
      }
    })();
    await expectCode(reading, 'CANCELLED');
    expect(seen).toEqual(['a', 'b']);
  });
});
