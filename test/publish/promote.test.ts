import { describe, expect, it } from 'vitest';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { intercept } from '../../src/store/intercept.js';
import { dataFiles } from '../support/independent-reader.js';
import { foreignBytes, NOTHING, parsePart } from '../support/invariants.js';
import { BACKENDS } from './backends.js';
import { actor, endViolations, plan, promote, publish } from './world.js';
import type { World } from './world.js';
import { usingWorlds } from './worlds.js';

const world = usingWorlds();

async function tagsAt(made: World, key: string): Promise<string[]> {
  const files = dataFiles(await made.raw.snapshot(), `${made.layout.root.path}${key}/`);
  return [...files.values()].map((bytes) => {
    const part = parsePart(bytes);
    return part ? `${part.tag}${part.part}` : 'foreign';
  });
}

describe.each(BACKENDS)('promote on %s', (name) => {
  it('creates a partition that was absent', async () => {
    const w = world(name);
    const [result] = await promote(w, 'r1', await plan(w, 'r1', [{ key: 'dt=1', tag: 'A', parts: 2 }]));
    expect(result).toMatchObject({ outcome: 'promoted', key: 'dt=1', generation: 1 });
    expect(await tagsAt(w, 'dt=1')).toEqual(['A0', 'A1']);
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({
      phase: 'stable',
      generation: 1,
      contentOf: 'r1',
      madeBy: { run: 'r1', plan: 'plan-r1' },
      retained: [{ generation: null, prefix: null, files: [], replacedBy: 'r1' }],
    });
    w.may.set('dt=1', ['A']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('replaces a generation and keeps it for a rollback', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 3 });
    await publish(w, 'r2', { key: 'dt=1', tag: 'B', parts: 1 });
    expect(await tagsAt(w, 'dt=1')).toEqual(['B0']);
    const { retained } = (await actor(w, 'x')).journal.key('dt=1');
    const kept = dataFiles(await w.raw.snapshot(), retained[1]!.prefix!);
    expect([...kept.values()].map((bytes) => parsePart(bytes)?.tag)).toEqual(['A', 'A', 'A']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('makes a partition empty', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    await publish(w, 'r2', { key: 'dt=1', tag: 'B', parts: 0 });
    expect(await tagsAt(w, 'dt=1')).toEqual([]);
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({ generation: 2, files: [] });
    w.may.set('dt=1', [NOTHING]);
    expect(await endViolations(w)).toEqual([]);
  });

  it('replaces files that lakefill did not write when the plan saw them', async () => {
    const w = world(name);
    const path = `${w.layout.root.path}dt=1/zzz-external.parquet`;
    await w.store.put(path, { bytes: foreignBytes('old') }, { kind: 'create' });
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    expect(await tagsAt(w, 'dt=1')).toEqual(['A0', 'A1']);
    const { retained } = (await actor(w, 'x')).journal.key('dt=1');
    expect(retained[0]).toMatchObject({ generation: null, contentOf: null });
    expect([...(await w.raw.snapshot()).keys()]).toContain(`${retained[0]!.prefix}zzz-external.parquet`);
    expect(await endViolations(w)).toEqual([]);
  });

  it('refuses a base that moved since the plan, and leaves nothing prepared', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const late = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 1 }]);
    await publish(w, 'r3', { key: 'dt=1', tag: 'C', parts: 1 });
    const [result] = await promote(w, 'r2', late);
    expect(result).toMatchObject({
      outcome: 'conflict',
      code: 'base-moved',
      message: 'Run r3 published generation 2 meanwhile.',
      foreign: [],
    });
    expect(await tagsAt(w, 'dt=1')).toEqual(['C0']);
    expect(await w.store.listPrepared(w.layout.root.path, w.control.prepared)).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
  });

  it('names the run that is publishing the partition just now', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const late = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 1 }]);
    const other = await plan(w, 'r3', [{ key: 'dt=1', tag: 'C', parts: 1 }]);
    // Stopped for ever right after its intent: its first completion never returns.
    let isBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (isBegun = resolve));
    const stuck = intercept(w.store, (call, next) => {
      if (call.method !== 'complete') return next();
      isBegun();
      return new Promise(() => undefined);
    });
    void promote(w, 'r3', other, stuck);
    await begun;
    const [result] = await promote(w, 'r2', late);
    expect(result).toMatchObject({
      outcome: 'conflict',
      code: 'in-flight',
      message: 'Run r3 is publishing it.',
    });
    expect(await tagsAt(w, 'dt=1')).toEqual(['A0', 'A1']);
  });

  it('goes on when all old files were removed beside it: to undo would leave readers with nothing', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const next = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 1 }]);
    const old = (await actor(w, 'x')).journal.key('dt=1').files;
    const store = intercept(w.store, async (call, proceed) => {
      const done = await proceed();
      if (call.method === 'complete')
        await w.store.delete(
          old.map((file) => ({ path: `${w.layout.root.path}dt=1/${file.name}`, etag: null })),
        );
      return done;
    });
    const [result] = await promote(w, 'r2', next, store);
    expect(result).toMatchObject({ outcome: 'promoted', generation: 2 });
    expect(await tagsAt(w, 'dt=1')).toEqual(['B0']);
  });

  it('gives way when one of several old files was removed beside it', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const next = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 1 }]);
    const [old] = (await actor(w, 'x')).journal.key('dt=1').files;
    const store = intercept(w.store, async (call, proceed) => {
      const done = await proceed();
      if (call.method === 'complete')
        await w.store.delete([{ path: `${w.layout.root.path}dt=1/${old!.name}`, etag: null }]);
      return done;
    });
    const [result] = await promote(w, 'r2', next, store);
    expect(result).toMatchObject({ outcome: 'conflict', code: 'withdrawn' });
    expect(await tagsAt(w, 'dt=1')).toEqual(['A1']);
  });

  it('moves a group of creations and replacements as one', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=2', tag: 'A', parts: 2 });
    const wants = ['dt=1', 'dt=2', 'dt=3'].map((key) => ({ key, tag: 'B', parts: 2 }));
    const results = await promote(w, 'r2', await plan(w, 'r2', wants));
    expect(results.map((result) => [result.key, result.outcome])).toEqual([
      ['dt=1', 'promoted'],
      ['dt=2', 'promoted'],
      ['dt=3', 'promoted'],
    ]);
    for (const { key } of wants) expect(await tagsAt(w, key)).toEqual(['B0', 'B1']);
    for (const { key } of wants) w.may.set(key, ['B']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('publishes nothing of a group when one key moved', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=2', tag: 'A', parts: 2 });
    const wants = ['dt=1', 'dt=2'].map((key) => ({ key, tag: 'B', parts: 2 }));
    const requests = await plan(w, 'r2', wants);
    await publish(w, 'r3', { key: 'dt=2', tag: 'C', parts: 1 });
    const results = await promote(w, 'r2', requests);
    expect(results.map((result) => result.outcome)).toEqual(['conflict', 'conflict']);
    expect(results[0]).toMatchObject({ key: 'dt=1', message: expect.stringContaining('dt=2') as string });
    expect(await tagsAt(w, 'dt=1')).toEqual([]);
    expect(await tagsAt(w, 'dt=2')).toEqual(['C0']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('leaves nothing prepared when the preparation of one file fails, and nothing goes on behind its back', async () => {
    for (let failing = 1; failing <= 4; failing++) {
      const w = world(name);
      await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
      const wants = ['dt=1', 'dt=2'].map((key) => ({ key, tag: 'B', parts: 2 }));
      const requests = await plan(w, 'r2', wants);
      let prepared = 0;
      let running = 0;
      const broken = intercept(w.store, async (call, next) => {
        if (call.method === 'prepare' && ++prepared === failing) throw new Error('planted');
        running += 1;
        return next().finally(() => (running -= 1));
      });
      await expect(promote(w, 'r2', requests, broken)).rejects.toThrow('planted');
      expect(running).toBe(0);
      expect(await w.store.listPrepared(w.layout.root.path, w.control.prepared)).toEqual([]);
      expect(await tagsAt(w, 'dt=1')).toEqual(['A0', 'A1']);
    }
  });

  it('is stopped by its signal before the intent and leaves nothing prepared', async () => {
    const w = world(name);
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const requests = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
    const stop = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(hivePublisher.promote(await actor(w, 'r2'), requests, stop)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await tagsAt(w, 'dt=1')).toEqual(['A0', 'A1']);
    expect(await w.store.listPrepared(w.layout.root.path, w.control.prepared)).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
  });
});
