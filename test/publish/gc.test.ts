import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/publish/gc.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { intercept } from '../../src/store/intercept.js';
import { listAll } from '../../src/store/object-store.js';
import { Lease } from '../../src/journal/lease.js';
import { foreignBytes, orphans } from '../support/invariants.js';
import { BACKENDS } from './backends.js';
import { appends, dieWhile } from './scenarios.js';
import { actor, DAY, endViolations, gc, plan, promote, publish, rollBack } from './world.js';
import type { World } from './world.js';
import { usingWorlds } from './worlds.js';

const world = usingWorlds();

const A = { key: 'dt=1', tag: 'A', parts: 2 };
const B = { key: 'dt=1', tag: 'B', parts: 3 };

async function paths(w: World): Promise<string[]> {
  return [...(await w.raw.snapshot()).keys()].sort();
}

describe.each(BACKENDS)('gc on %s', (name) => {
  it('removes staging of a run that is over, a day after its last write, or when its document says so', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const context = await actor(w, 'gc');
    const at = (now: number, expiry: number | null = null) =>
      collectGarbage(context, { now, dryRun: true, stagingExpiry: () => Promise.resolve(expiry) });
    const now = w.clock.now();
    expect(await at(now + DAY - 60_000)).toEqual([]);
    expect(await at(now + DAY + 60_000)).toMatchObject([
      { kind: 'staging', path: `${w.control.staging}r1/`, objects: 2, removed: false },
    ]);
    expect(await at(now + DAY + 60_000, now + 14 * DAY)).toEqual([]);
    expect(await at(now + 2, now + 1)).toHaveLength(1);
  });

  it('leaves the staging of a live run alone', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const { store, control, clock } = w;
    const lease = new Lease({ store, control, clock, run: 'r1', by: 'tester@here', keys: ['dt=1'] });
    await lease.take();
    expect(await gc(w, 'gc', 2 * DAY)).toEqual([]);
    await lease.release();
    expect(await gc(w, 'gc', 2 * DAY)).toMatchObject([{ kind: 'staging', removed: true }]);
  });

  it('a dry run says the same and removes nothing', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    const context = await actor(w, 'gc');
    const options = { now: w.clock.now() + 31 * DAY, stagingExpiry: () => Promise.resolve(null) };
    const before = await paths(w);
    const would = await collectGarbage(context, { ...options, dryRun: true });
    expect(await paths(w)).toEqual(before);
    expect(context.journal.key('dt=1').retained).toHaveLength(2);
    const did = await collectGarbage(context, { ...options, dryRun: false });
    expect(did).toEqual(would.map((item) => ({ ...item, removed: true })));
    expect(did.map((item) => item.kind)).toEqual(['staging', 'staging', 'retained']);
    expect(await collectGarbage(context, { ...options, dryRun: false })).toEqual([]);
    expect(orphans(await w.raw.snapshot(), w.expected)).toEqual([]);
  });

  it('keeps retained generations for rollback.keep, then says so before it deletes them', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    await gc(w, 'gc', 30 * DAY - 60_000);
    const kept = (await actor(w, 'x')).journal.key('dt=1').retained[1]!;
    expect(kept.prefix).not.toBeNull();
    // The deletion fails; the entry stands, no rollback can use it any more, and the next gc finishes.
    const failing = intercept(w.store, (call, next) =>
      call.method === 'delete' ? Promise.reject(new Error('planted')) : next(),
    );
    await expect(gc(w, 'gc', 31 * DAY, failing)).rejects.toThrow('planted');
    expect((await actor(w, 'x')).journal.key('dt=1').retained).toHaveLength(1);
    await expect(rollBack(w, 'back', 'r2')).rejects.toThrow('not-retained');
    expect(await listAll(w.store, kept.prefix!)).toHaveLength(2);
    const items = await gc(w, 'gc', 31 * DAY);
    expect(items).toMatchObject([{ kind: 'orphan', objects: 2 }]);
    expect(await listAll(w.store, kept.prefix!)).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
  });

  it('aborts uploads that no entry names, after a day, and none that one names', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const uploads = () => w.store.listPrepared(w.layout.root.path, w.control.prepared);
    const requests = await plan(w, 'r2', [B]);
    await dieWhile(
      w,
      (call) => call.method === 'prepare',
      (store) => promote(w, 'r2', requests, store),
    );
    const unnamed = (await uploads()).length;
    expect(unnamed).toBeGreaterThan(0);
    await dieWhile(w, appends('promoting'), (store) => promote(w, 'r3', requests, store));
    expect(await uploads()).toHaveLength(unnamed + 3);
    await gc(w, 'gc', DAY - 60_000);
    expect(await uploads()).toHaveLength(unnamed + 3);
    const items = await gc(w, 'gc', DAY + 60_000);
    expect(items.filter((item) => item.kind === 'prepared')).toHaveLength(unnamed);
    expect(await uploads()).toHaveLength(3);
    expect(await endViolationsAfterRecovery(w)).toEqual([]);
  });

  it('removes facts that no entry names, after a day, and keeps those that one names', async () => {
    const w = world(name);
    const { journal } = await actor(w, 'r1');
    const message = 'x'.repeat(1_100_000);
    await journal.submit([
      { fact: 'ended', key: 'dt=1', attempt: 'a', outcome: 'failed', code: 'c', message, tried: 't' },
    ]);
    const [named] = await listAll(w.store, w.control.facts);
    await w.store.put(`${w.control.facts}lost-0.json`, { bytes: Buffer.from('[]') }, { kind: 'create' });
    expect(await gc(w, 'gc', DAY - 60_000)).toEqual([]);
    expect(await gc(w, 'gc', DAY + 60_000)).toMatchObject([
      { kind: 'orphan', path: `${w.control.facts}lost-0.json`, objects: 1 },
    ]);
    expect((await listAll(w.store, w.control.facts)).map((object) => object.path)).toEqual([named!.path]);
    expect((await actor(w, 'x')).journal.key('dt=1').lastEnded?.message).toBe(message);
  });

  it('touches nothing that others put beside it, and nothing under the dataset', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    const theirs = [
      `${w.layout.root.path}dt=9/other.parquet`,
      `${w.layout.root.path}_tmp/x`,
      `${w.control.prefix}README`,
      `${w.control.runs}r1.json`,
      `${w.base}lake/_lakefill/other/staging/r1/x`,
      `${w.base}lake/other/retained/x`,
    ];
    for (const path of theirs) await w.store.put(path, { bytes: foreignBytes(path) }, { kind: 'create' });
    const data = (await paths(w)).filter((path) => path.startsWith(w.layout.root.path));
    await gc(w, 'gc', 400 * DAY);
    const left = await paths(w);
    expect(left).toEqual(expect.arrayContaining([...theirs, ...data]));
  });

  it('keeps a generation that is moved to retained/ while it looks', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    w.clock.advance(name === 'local' ? 0 : 3 * DAY);
    const requests = await plan(w, 'r2', [B]);
    let promoted = false;
    // The replacement happens between gc's fold and its listing of retained/: what it lists there is older than a day.
    const racing = intercept(w.store, async (call, next) => {
      if (!promoted && call.method === 'list' && call.args[0] === w.control.retained) {
        promoted = true;
        await promote(w, 'r2', requests);
      }
      return next();
    });
    await gc(w, 'gc', name === 'local' ? 3 * DAY : 0, racing);
    expect(promoted).toBe(true);
    w.may.set('dt=1', ['B']);
    expect(await endViolations(w)).toEqual([]);
    w.may.set('dt=1', ['A']);
    expect(await rollBack(w, 'back', 'r2')).toMatchObject([{ outcome: 'promoted' }]);
    expect(await endViolations(w)).toEqual([]);
  });
});

async function endViolationsAfterRecovery(w: World): Promise<string[]> {
  const context = await actor(w, 'finish');
  for (const { attempt } of context.journal.state.keys.values())
    if (attempt) await hivePublisher.settle(context, attempt.attempt, 'forward');
  return endViolations(w);
}
