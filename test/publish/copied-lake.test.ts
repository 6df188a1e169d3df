/** A local lake that was copied or restored: other inodes and times, the same bytes. Also in the middle of a promotion. */
import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLayout, partitionPrefix } from '../../src/core/layout.js';
import { controlPaths } from '../../src/journal/control.js';
import { findCopies, recordCopies } from '../../src/publish/record-copies.js';
import { proveContent } from '../../src/scan/content-proof.js';
import { intercept } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { listAll } from '../../src/store/object-store.js';
import { wholeTags } from '../support/invariants.js';
import { appends, dieWhile } from './scenarios.js';
import {
  actor,
  createWorld,
  DAY,
  endViolations,
  gc,
  plan,
  promote,
  publish,
  recoverBy,
  rollBack,
} from './world.js';
import type { World } from './world.js';

let world: World;
beforeEach(() => {
  world = createWorld('local');
});
afterEach(() => world.dispose());

/** The whole lake, journal too, in new files at the same place. */
function copyLake(): void {
  const lake = `/${world.base}lake`;
  cpSync(lake, `${lake}-copy`, { recursive: true });
  rmSync(lake, { recursive: true });
  renameSync(`${lake}-copy`, lake);
}

function snapshotOf({ base }: World): string[] {
  return readdirSync(`/${base}lake`, { recursive: true }).map(String).sort();
}

async function tagsOf(key: string): Promise<string[]> {
  const prefix = partitionPrefix(world.layout, key);
  const found = [...(await world.raw.snapshot())].filter(([file]) => file.startsWith(prefix));
  return [...wholeTags(found.map(([, bytes]) => bytes))];
}

/** Paths of data files whose bytes are read. */
function watched(): { store: ObjectStore; reads: string[] } {
  const reads: string[] = [];
  const store = intercept(world.store, (call, next) => {
    if (call.method === 'get' && call.args[0].startsWith(world.layout.root.path)) reads.push(call.args[0]);
    return next();
  });
  return { store, reads };
}

/** Bytes that a scan has to read to know what stands there. */
async function readsOfScan(): Promise<string[]> {
  const { store, reads } = watched();
  const { journal } = await actor(world, 'look');
  const keys = [...journal.state.keys.values()].map(async (state) => {
    const prefix = partitionPrefix(world.layout, state.key);
    return { state, prefix, objects: await listAll(store, prefix) };
  });
  const found = await proveContent(store, await Promise.all(keys), {});
  expect([...found.content.values()]).not.toContain('other');
  return reads;
}

/** The same lake at another place, seen from there; the old place is as it was. */
function elsewhere(): World {
  const base = `${world.base}restored/`;
  cpSync(`/${world.base}lake`, `/${base}lake`, { recursive: true });
  const root = { ...world.layout.root, path: `${base}lake/sales/` };
  const layout = parseLayout(`/${root.path}dt={dt}/`, () => root, { dt: { kind: 'text' } });
  const control = controlPaths(root);
  return {
    ...world,
    base,
    layout,
    control,
    expected: { ...world.expected, root: root.path, control: control.prefix },
  };
}

describe('a lake that was restored elsewhere', () => {
  /** Before the point of no return other versions are another base: undone. After it, by the bytes: finished. */
  it.each([
    ['complete', 'withdrawn', 'A'],
    ['delete', 'promoted', 'B'],
  ] as const)('in the middle, before its first %s, ends there alone: %s', async (step, result, tag) => {
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const requests = await plan(world, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
    const dying = intercept(world.store, (call, next) =>
      call.method === step ? Promise.reject(new Error('died')) : next(),
    );
    await expect(promote(world, 'r2', requests, dying)).rejects.toThrow('died');
    const old = world;
    world = elsewhere();
    const before = snapshotOf(old);
    expect(await recoverBy(world, 'r3')).toMatchObject([{ key: 'dt=1', result }]);
    expect(await tagsOf('dt=1')).toEqual([tag]);
    if (tag === 'B') await rollBack(world, 'r4', 'r2');
    expect(await tagsOf('dt=1')).toEqual(['A']);
    // A gc there, after the time for rollbacks, removes nothing of the original either.
    await gc(world, 'r5', 40 * DAY);
    const { journal } = await actor(world, 'look');
    expect(journal.key('dt=1').retained.filter(({ prefix }) => prefix !== null)).toEqual([]);
    expect(snapshotOf(old)).toEqual(before);
  });
});

describe('a lake that was moved', () => {
  it('has uploads that no entry names removed by gc there, and the others kept', async () => {
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 1 });
    const requests = await plan(world, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
    const dies = (run: string, last: Parameters<typeof dieWhile>[1]) =>
      dieWhile(world, last, (store) => promote(world, run, requests, store));
    await dies('r2', (call) => call.method === 'prepare');
    const prepared = () => readdirSync(`/${world.control.prepared}`);
    const unnamed = prepared();
    expect(unnamed).not.toEqual([]);
    await dies('r3', appends('promoting'));
    const named = prepared().filter((name) => !unnamed.includes(name));
    expect(named).toHaveLength(2);
    const old = world;
    world = elsewhere();
    rmSync(`/${old.base}lake`, { recursive: true });
    const items = await gc(world, 'r4', 2 * DAY);
    expect(items.filter(({ kind }) => kind === 'prepared')).toHaveLength(unnamed.length);
    expect(prepared()).toEqual(named);
  });
});

describe('a copied lake', () => {
  it('is read once, recorded, and not read again; what was recorded is replaced and rolled back as ever', async () => {
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    await publish(world, 'r1b', { key: 'dt=2', tag: 'A', parts: 1 });
    expect(await readsOfScan()).toEqual([]);
    copyLake();
    expect(await readsOfScan()).toHaveLength(3);

    expect(await recordCopies(await actor(world, 'r2'))).toEqual(['dt=1', 'dt=2']);
    expect(await readsOfScan()).toEqual([]);
    const again = watched();
    const { journal } = await actor(world, 'r3');
    expect(await findCopies({ ...world, store: again.store }, journal.state)).toEqual([]);
    expect(again.reads).toEqual([]);

    await publish(world, 'r4', { key: 'dt=1', tag: 'B', parts: 2 });
    expect(await tagsOf('dt=1')).toEqual(['B']);
    world.may.get('dt=1')!.push('A');
    await rollBack(world, 'r5', 'r4');
    expect(await tagsOf('dt=1')).toEqual(['A']);
    expect(await endViolations(world)).toEqual([]);
  });

  it('keeps the recorded version of a file that has other bytes', async () => {
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    copyLake();
    const [first] = (await actor(world, 'look')).journal.key('dt=1').files;
    const file = partitionPrefix(world.layout, 'dt=1') + first!.name;
    const bytes = Buffer.alloc(first!.size, 'x');
    await world.store.put(file, { bytes }, { kind: 'overwrite' });
    await recordCopies(await actor(world, 'r2'));
    const after = (await actor(world, 'look')).journal.key('dt=1').files;
    expect(after[0]).toEqual(first);
    expect(after[1]!.etag).toBe(
      (await world.store.head(partitionPrefix(world.layout, 'dt=1') + after[1]!.name))!.etag,
    );
  });

  it.each([0, 1, 2])(
    'in the middle of cleaning, %i old files gone, ends with the new generation alone',
    async (gone) => {
      await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
      const requests = await plan(world, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
      const dying = intercept(world.store, (call, next) =>
        call.method === 'delete' ? Promise.reject(new Error('died')) : next(),
      );
      await expect(promote(world, 'r2', requests, dying)).rejects.toThrow('died');
      const attempt = (await actor(world, 'look')).journal.key('dt=1');
      expect(attempt.phase).toBe('cleaning');
      const { remove, retained } = attempt.attempt!;
      const prefix = partitionPrefix(world.layout, 'dt=1');
      await world.store.delete(
        remove
          .slice(0, gone)
          .map(({ name, etag }) => ({ path: prefix + name, etag, moveTo: retained! + name })),
      );
      copyLake();
      expect(await recoverBy(world, 'r3')).toMatchObject([{ key: 'dt=1', result: 'promoted' }]);
      expect(readdirSync(path.join('/', prefix))).toHaveLength(2);
      expect(await tagsOf('dt=1')).toEqual(['B']);
      expect(await endViolations(world)).toEqual([]);
      expect(await readsOfScan()).toEqual([]);

      world.may.get('dt=1')!.push('A');
      await rollBack(world, 'r4', 'r2');
      expect(await tagsOf('dt=1')).toEqual(['A']);
      expect(await endViolations(world)).toEqual([]);
    },
  );
});
