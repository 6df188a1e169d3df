import { afterEach, describe, expect, it } from 'vitest';
import { Lease } from '../../src/journal/lease.js';
import type { LeaseContent } from '../../src/journal/lease.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { recover } from '../../src/publish/recover.js';
import { faults } from '../../src/store/fault.js';
import { intercept } from '../../src/store/intercept.js';
import { listAll } from '../../src/store/object-store.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { tell } from '../support/independent-reader.js';
import { BACKENDS } from './backends.js';
import type { BackendName } from './backends.js';
import { appends, dieWhile } from './scenarios.js';
import { actor, endViolations, plan, promote, publish, recoverBy } from './world.js';
import type { World } from './world.js';
import { usingWorlds } from './worlds.js';

const world = usingWorlds();
const leases: Lease[] = [];
afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.release();
});

const A = { key: 'dt=1', tag: 'A', parts: 2 };
const B = { key: 'dt=1', tag: 'B', parts: 2 };

async function takeLease(w: World, run: string, keys: readonly string[]): Promise<Lease> {
  const { store, control, clock } = w;
  const lease = new Lease({ store, control, clock, run, by: 'tester@here', keys });
  await lease.take();
  leases.push(lease);
  return lease;
}

/** The lease of a run whose process died while it worked on the keys. */
async function deadLease(w: World, run: string, ...keys: readonly string[]): Promise<void> {
  await takeLease(w, run, keys);
  const path = `${w.control.leases}${run}.json`;
  const content = JSON.parse((await w.raw.snapshot()).get(path)!.toString()) as LeaseContent;
  const dead = { ...content, started: '1', working: keys.map((key) => ({ key, tried: `tried-${key}` })) };
  await w.store.put(path, { bytes: Buffer.from(JSON.stringify(dead)) }, { kind: 'overwrite' });
}

async function ends(w: World): Promise<Record<string, number>> {
  const { keys } = tell(await w.raw.snapshot(), w.control.prefix);
  return Object.fromEntries([...keys].map(([key, { ended }]) => [key, ended]));
}

async function inFlight(w: World, fact: string): Promise<void> {
  await publish(w, 'r1', A);
  const requests = await plan(w, 'r2', [B]);
  await dieWhile(w, appends(fact), (store) => promote(w, 'r2', requests, store));
}

describe.each(BACKENDS)('recover on %s', (name) => {
  it('finishes what a dead process began, or undoes it when asked', async () => {
    for (const [wish, result, tag] of [
      ['forward', 'promoted', 'B'],
      ['abort', 'withdrawn', 'A'],
    ] as const) {
      const w = world(name);
      await inFlight(w, 'promoting');
      expect(await recoverBy(w, 'r3', wish)).toMatchObject([
        { key: 'dt=1', run: 'r2', phase: 'promoting', result },
      ]);
      expect(await w.store.listPrepared(w.layout.root.path, w.control.prepared)).toEqual([]);
      w.may.set('dt=1', [tag]);
      expect(await endViolations(w)).toEqual([]);
    }
  });

  it('goes forward past the point of no return, whatever was asked', async () => {
    const w = world(name);
    await inFlight(w, 'cleaning');
    expect(await recoverBy(w, 'r3', 'abort')).toMatchObject([{ phase: 'cleaning', result: 'promoted' }]);
    w.may.set('dt=1', ['B']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('asks again before it undoes: the phase may have moved since it was read', async () => {
    const w = world(name);
    await inFlight(w, 'promoting');
    const late = await actor(w, 'late');
    // Another recovery dies right behind the point of no return.
    await dieWhile(w, appends('cleaning'), (store) => recoverBy(w, 'r3', 'forward', store));
    await late.journal.refresh();
    const { attempt } = late.journal.key('dt=1').attempt!;
    expect(await hivePublisher.settle(late, attempt, 'abort')).toMatchObject([{ outcome: 'promoted' }]);
    w.may.set('dt=1', ['B']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('undoes when an upload was lost before it became visible', async () => {
    const w = world(name);
    await inFlight(w, 'promoting');
    const [upload] = await w.store.listPrepared(w.layout.root.path, w.control.prepared);
    await w.store.abort(upload!);
    const [recovered] = await recoverBy(w, 'r3');
    expect(recovered).toMatchObject({
      result: 'withdrawn',
      message: expect.stringContaining('is gone') as string,
    });
    w.may.set('dt=1', ['A']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('undoes when what became visible is not what was staged', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const requests = await plan(w, 'r2', [{ ...B, parts: 1 }]);
    await dieWhile(
      w,
      (call) => call.method === 'complete',
      (store) => promote(w, 'r2', requests, store),
    );
    const listed = await hivePublisher.current(await actor(w, 'x'), 'dt=1');
    const ours = listed.find((object) => object.path.includes('part-g0000000002'))!;
    await w.store.put(ours.path, { bytes: Buffer.alloc(ours.size, 7) }, { kind: 'overwrite' });
    const [recovered] = await recoverBy(w, 'r3');
    expect(recovered).toMatchObject({
      result: 'withdrawn',
      message: expect.stringContaining('replaced') as string,
    });
    w.may.set('dt=1', ['A']);
    expect(await endViolations(w)).toEqual([]);
  });

  it.each(['forward', 'abort'] as const)(
    'with a journal of before the end of a promotion it never removes the only generation (%s)',
    async (wish) => {
      const w = world(name);
      await publish(w, 'r1', A);
      await publish(w, 'r2', B);
      const entries = (await listAll(w.store, w.control.journal)).map(({ path }) => path);
      const bodies = await w.raw.snapshot();
      const intent = entries.findLastIndex((path) => bodies.get(path)!.includes('"fact":"promoting"'));
      const later = entries.slice(intent + 1);
      expect(later.length).toBeGreaterThan(0);
      await w.store.delete(later.map((path) => ({ path, etag: null })));

      expect(await recoverBy(w, 'r3', wish)).toMatchObject([{ key: 'dt=1', result: 'promoted' }]);
      w.may.set('dt=1', ['B']);
      expect(await endViolations(w)).toEqual([]);
    },
  );

  it('leaves alone what a live run works on, and only that', async () => {
    const w = world(name);
    await inFlight(w, 'promoting');
    const lease = await takeLease(w, 'r2', ['dt=1']);
    expect(await recoverBy(w, 'r3')).toMatchObject([{ key: 'dt=1', run: 'r2', result: 'in-flight' }]);
    expect(await recoverBy(w, 'r2')).toMatchObject([{ result: 'promoted' }]);
    await lease.release();
  });

  it('counts every key that a dead run had in hand once, and removes its lease', async () => {
    const w = world(name);
    await publish(w, 'r0', { ...A, key: 'dt=3' });
    await deadLease(w, 'r1', 'dt=1', 'dt=2');
    await recoverBy(w, 'r3');
    expect(await ends(w)).toEqual({ 'dt=1': 1, 'dt=2': 1, 'dt=3': 0 });
    expect((await actor(w, 'x')).journal.key('dt=1').lastEnded).toMatchObject({
      outcome: 'failed',
      code: 'process-died',
      tried: 'tried-dt=1',
      times: 1,
    });
    expect(await listAll(w.store, w.control.leases)).toEqual([]);
  });

  it('holds a partition that kills its process: three deaths in a row count three', async () => {
    const w = world(name);
    for (const run of ['r1', 'r2', 'r3']) {
      await deadLease(w, run, 'dt=1');
      await recoverBy(w, `after-${run}`);
    }
    expect((await actor(w, 'x')).journal.key('dt=1').lastEnded?.times).toBe(3);
  });

  it('does not count a key that the dead run had published or ended', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const context = await actor(w, 'r1');
    const ended = {
      fact: 'ended',
      key: 'dt=2',
      attempt: 'e',
      outcome: 'rejected',
      code: 'c',
      message: 'm',
    } as const;
    await context.journal.submit([{ ...ended, tried: 't' }]);
    await deadLease(w, 'r1', 'dt=1', 'dt=2', 'dt=4');
    await recoverBy(w, 'r3');
    expect(await ends(w)).toEqual({ 'dt=1': 0, 'dt=2': 1, 'dt=4': 1 });
  });

  it('counts a death once when two recover at the same time, whichever call one of them stops at', async () => {
    const calls = await deathCalls(name);
    expect(calls).toBeGreaterThan(3);
    for (let at = 1; at <= calls; at++) {
      const w = world(name);
      await deadLease(w, 'r1', 'dt=1', 'dt=2');
      const stopped = faults(w.store, { at, kind: 'hang' });
      const first = recoverBy(w, 'r3', 'forward', stopped.store);
      await stopped.hung;
      await recoverBy(w, 'r4');
      stopped.release();
      await first;
      expect(await ends(w)).toEqual({ 'dt=1': 1, 'dt=2': 1 });
    }
  });

  it('counts a death once although the recovery itself dies at any call', async () => {
    const calls = await deathCalls(name);
    for (let at = 1; at <= calls; at++) {
      const w = world(name);
      await deadLease(w, 'r1', 'dt=1', 'dt=2');
      const dying = faults(w.store, { at, kind: 'hang-after' });
      void recoverBy(w, 'r3', 'forward', dying.store);
      await dying.hung;
      await recoverBy(w, 'r4');
      expect(await ends(w)).toEqual({ 'dt=1': 1, 'dt=2': 1 });
      expect(await listAll(w.store, w.control.leases)).toEqual([]);
    }
  });

  it('reports a key whose recovery fails and goes on with the others', async () => {
    const w = world(name);
    await inFlight(w, 'promoting');
    const requests = await plan(w, 'r4', [{ ...A, key: 'dt=2' }]);
    await dieWhile(w, appends('promoting'), (store) => promote(w, 'r4', requests, store));
    const broken = intercept(w.store, (call, next) =>
      call.method === 'complete' && call.args[0].path.includes('dt=1')
        ? Promise.reject(new Error('planted'))
        : next(),
    );
    const context = await actor(w, 'r3', broken);
    expect(await recover(context, hivePublisher, { wish: 'forward', run: 'r3' })).toMatchObject([
      { key: 'dt=1', result: 'failed', message: 'planted' },
      { key: 'dt=2', result: 'promoted' },
    ]);
    w.may.set('dt=2', ['A']);
    expect(await recoverBy(w, 'r5')).toMatchObject([{ key: 'dt=1', result: 'promoted' }]);
    w.may.set('dt=1', ['B']);
    expect(await endViolations(w)).toEqual([]);
  });
});

async function deathCalls(name: BackendName): Promise<number> {
  const w = world(name);
  await deadLease(w, 'r1', 'dt=1', 'dt=2');
  const counted = faults(w.store as ObjectStore);
  await recoverBy(w, 'r3', 'forward', counted.store);
  return counted.calls.length;
}
