import { existsSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalStore } from '../../../src/store/local/local-store.js';
import type { FileSystem } from '../../../src/store/local/fs.js';
import type { ObjectStore } from '../../../src/store/object-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { bytes, expectCode, putText, readText } from '../conformance.js';
import { localFixture } from '../fixtures.js';
import { altered, errno } from './altered-fs.js';

describe('what only folders can be asked', () => {
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

  describe('one device', () => {
    const check = (target: ObjectStore, ...prefixes: string[]) =>
      target.folders!.checkOneDevice({
        control: `${prefix}lake/_lakefill/sales/`,
        root: `${prefix}lake/sales/`,
        prefixes: prefixes.map((one) => `${prefix}lake/sales/${one}`),
      });

    it('is fine where nothing exists yet, and where all is real', async () => {
      await check(store, 'dt=1/');
      await putText(store, `${prefix}lake/sales/dt=1/a`, 'x');
      await putText(store, `${prefix}lake/_lakefill/sales/dataset.json`, '{}');
      await check(store, 'dt=1/', 'dt=2/region=eu/');
    });

    it('refuses a link between the root and a partition, but not above the root', async () => {
      mkdirSync(`${dir}/real/sales`, { recursive: true });
      symlinkSync(`${dir}/real`, `${dir}/lake`);
      mkdirSync(`${dir}/elsewhere`);
      await check(store, 'dt=1/');
      symlinkSync(`${dir}/elsewhere`, `${dir}/real/sales/dt=1`);
      await check(store, 'dt=2/');
      await expectCode(check(store, 'dt=2/', 'dt=1/'), 'TARGET_REFUSED');
      await expectCode(check(store, 'dt=1/region=eu/'), 'TARGET_REFUSED');
    });

    it('refuses another device for the root or a partition', async () => {
      mkdirSync(`${dir}/lake/sales/dt=1`, { recursive: true });
      const on = (device: bigint, under: string) =>
        createLocalStore({
          fs: altered((real) => ({
            statTarget: async (path) => {
              const stat = await real.statTarget(path);
              return path.startsWith(under) ? { ...stat, device } : stat;
            },
          })),
        });
      await expectCode(check(on(77n, `${dir}/lake/sales`)), 'TARGET_REFUSED');
      await expectCode(check(on(77n, `${dir}/lake/sales/dt=1`), 'dt=1/'), 'TARGET_REFUSED');
      await check(on(77n, `${dir}/lake/sales/dt=1`), 'dt=2/');
    });
  });

  describe('hard links', () => {
    const without: FileSystem = altered(() => ({ link: () => Promise.reject(errno('EPERM')) }));

    it('are found, and no probe stays', async () => {
      expect(await store.folders!.probeHardLinks(`${prefix}control/`)).toBe(true);
      expect(readdirSync(`${dir}/control`)).toEqual([]);
    });

    it('missing, the first creation is refused and the capability is gone', async () => {
      const bare = createLocalStore({ fs: without });
      expect(bare.capabilities.putIfAbsent).toBe(true);
      await expectCode(bare.put(`${prefix}a`, bytes('x'), { kind: 'create' }), 'STORE_UNSUPPORTED');
      expect(bare.capabilities.putIfAbsent).toBe(false);
      expect(readdirSync(dir)).toEqual([]);
    });

    it('missing and known, creation looks first and the rest works by copies', async () => {
      const bare = createLocalStore({ fs: without });
      expect(await bare.folders!.probeHardLinks(prefix)).toBe(false);
      expect(bare.capabilities.putIfAbsent).toBe(false);
      await putText(bare, `${prefix}a`, 'first', { kind: 'create' });
      expect(await bare.put(`${prefix}a`, bytes('x'), { kind: 'create' })).toEqual({ outcome: 'lost' });
      writeFileSync(`${dir}/body`, 'file');
      await bare.put(`${prefix}b`, { file: `${dir}/body` }, { kind: 'create' });
      writeFileSync(`${dir}/body`, 'changed afterwards');
      expect([await readText(bare, `${prefix}a`), await readText(bare, `${prefix}b`)]).toEqual([
        'first',
        'file',
      ]);
      expect(readdirSync(dir).sort()).toEqual(['a', 'b', 'body']);
    });
  });

  describe('folding', () => {
    /** Takes names that `fold` makes equal for one, as APFS (both), NTFS (case) or HFS+ do. */
    const folding = (fold: (name: string) => string) => {
      const names = new Map<string, string>();
      return createLocalStore({
        fs: altered((real) => ({
          create: (path) => {
            names.set(fold(path), path);
            return real.create(path);
          },
          stat: (path) => real.stat(names.get(fold(path)) ?? path),
        })),
      });
    };

    it.each([
      ['nothing', (name: string) => name, { case: false, unicode: false }],
      ['case', (name: string) => name.toLowerCase(), { case: true, unicode: false }],
      ['Unicode forms', (name: string) => name.normalize('NFC'), { case: false, unicode: true }],
      ['both', (name: string) => name.normalize('NFD').toLowerCase(), { case: true, unicode: true }],
    ])('of %s is seen, and no probe stays', async (_name, fold, wanted) => {
      expect(await folding(fold).folders!.probeFolding(prefix)).toEqual(wanted);
      expect(readdirSync(dir)).toEqual([]);
    });

    it('of this file system is what it does', async () => {
      writeFileSync(`${dir}/case`, '');
      expect(await store.folders!.probeFolding(prefix)).toMatchObject({ case: existsSync(`${dir}/CASE`) });
    });
  });

  describe('leftovers', () => {
    const temporary = '.lakefill-tmp-0123456789abcdef';

    it('of writes that died are removed when they are old; nothing else is', async () => {
      mkdirSync(`${dir}/staging/run`, { recursive: true });
      const kept = ['a', '.hidden', '.lakefill-up-abc-0123456789abcdef-YS9i', `${temporary}.parquet`];
      for (const name of [...kept, temporary]) writeFileSync(`${dir}/staging/run/${name}`, 'x');
      const clock = new ManualClock(Date.now());
      const later = createLocalStore({ clock });
      expect(await later.folders!.removeLeftovers(prefix, 3_600_000)).toBe(0);
      clock.advance(3_600_000);
      expect(await later.folders!.removeLeftovers(prefix, 3_600_000)).toBe(1);
      expect(readdirSync(`${dir}/staging/run`).sort()).toEqual(kept.sort());
      expect(await later.folders!.removeLeftovers(`${prefix}none/`, 0)).toBe(0);
    });
  });

  describe('empty folders', () => {
    it('go with those that hold only them, and nothing that holds a file or is a link', async () => {
      mkdirSync(`${dir}/scratch/r1/t1/deep`, { recursive: true });
      mkdirSync(`${dir}/scratch/r1/t2`);
      mkdirSync(`${dir}/elsewhere`);
      symlinkSync(`${dir}/elsewhere`, `${dir}/scratch/r1/t2/link`);
      const { folders } = createLocalStore({ clock: new ManualClock(Date.now()) });
      await folders!.removeEmpty(`${prefix}scratch/r1/`, 3_600_000);
      expect(existsSync(`${dir}/scratch/r1/t1/deep`)).toBe(true);
      await folders!.removeEmpty(`${prefix}scratch/r1/`, 0);
      expect(readdirSync(`${dir}/scratch/r1`)).toEqual(['t2']);
      expect(existsSync(`${dir}/elsewhere`)).toBe(true);
      unlinkSync(`${dir}/scratch/r1/t2/link`);
      const later = createLocalStore({ clock: new ManualClock(Date.now() + 3_700_000) });
      await later.folders!.removeEmpty(`${prefix}scratch/r1/`, 3_600_000);
      expect(readdirSync(`${dir}/scratch`)).toEqual([]);
      await later.folders!.removeEmpty(`${prefix}none/`, 0);
    });
  });
});
