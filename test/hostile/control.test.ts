/**
 * One object of a lake is damaged, at the control prefix or among the data, and then every act is tried on it: each ends in an
 * outcome or a LakefillError, in time, and writes nothing outside the lake. A damaged checkpoint changes nothing at all.
 */
import { afterAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isLakefillError } from '../../src/core/errors.js';
import { Lease } from '../../src/journal/lease.js';
import { readPin, pin } from '../../src/journal/pin.js';
import { readJournal } from '../../src/journal/read.js';
import { loadRun, saveRun } from '../../src/run/run-store.js';
import { readStaged, saveStaged, stagedUntil } from '../../src/run/staged-record.js';
import type { StagedRecord } from '../../src/run/staged-record.js';
import { runDocument } from '../cli/support/documents.js';
import { damages, jsonDamages } from '../support/damage.js';
import type { Damage } from '../support/damage.js';
import { appends, dieWhile } from '../publish/scenarios.js';
import {
  actor,
  createWorld,
  gc,
  plan,
  promote,
  publish,
  recoverBy,
  Refused,
  rollBack,
} from '../publish/world.js';
import type { World } from '../publish/world.js';

const RUNS = process.env['LAKEFILL_TEST_LONG'] === '1' ? 1500 : 60;

const told = new Map<string, number>();
afterAll(() => {
  const most = [...told].sort(([, a], [, b]) => b - a).slice(0, 10);
  process.stdout.write(`hostile control objects: ${most.map(([what, n]) => `${what} ${n}`).join(', ')}\n`);
});

/** A lake with every kind of control object, one key in flight. */
async function lake(): Promise<World> {
  const world = createWorld('memory');
  const { store, control, clock } = world;
  await pin(store, control, PIN);
  await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 }, { key: 'dt=2', tag: 'A', parts: 1 });
  await publish(world, 'r2', { key: 'dt=1', tag: 'B', parts: 1 });
  const requests = await plan(world, 'r3', [{ key: 'dt=2', tag: 'C', parts: 2 }]);
  await dieWhile(world, appends('promoting'), (under) => promote(world, 'r3', requests, under));
  const lease = new Lease({ store, control, clock, run: 'r3', by: 'tester@here', keys: ['dt=2'] });
  await lease.take();
  lease.begin('dt=2', 't');
  await saveRun(store, control, {
    document: { ...runDocument([]), id: 'r2' },
    stagingExpires: '2025-04-01T00:00:00Z',
  });
  await saveStaged(store, control, STAGED);
  clock.advance(600_000);
  return world;
}

const PIN = {
  format: 'lakefill.dataset/1',
  root: 'memory://lake/lake/sales/',
  layout: 'dt={dt}/',
  timezone: null,
  grain: null,
  table: 'hive',
} as const;

const STAGED = {
  format: 'lakefill.staged/1',
  run: 'r4',
  plan: 'p',
  dataset: 'sales',
  key: 'dt=4',
  stagedAt: '2025-03-01T00:00:00Z',
  expires: '2025-03-15T00:00:00Z',
  partition: {
    key: 'dt=4',
    files: [{ path: 'lake/_lakefill/sales/staging/r4/dt=4/0.parquet', etag: 'e', size: 1, sha256: 'ab' }],
    record: {
      inputs: [],
      definition: { digests: { 'text/1': 'd' } },
      rows: 1,
      schema: null,
      contentHash: 'c',
      assumed: false,
    },
  },
  passed: true,
  tried: 't',
  base: { generation: null, version: 'v', objects: [] },
  together: false,
  outcome: {
    key: 'dt=4',
    outcome: 'staged',
    generation: null,
    attempts: 1,
    rows: { input: {}, output: 1, previous: null },
    files: 1,
    bytes: 1,
    contentHash: 'c',
    checks: [],
    error: null,
    seconds: { fetch: 0, transform: 0, check: 0, stage: 0, promote: 0 },
  },
  decided: null,
} satisfies StagedRecord;

const ACTS: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  pin: async ({ store, control }) => {
    await readPin(store, control);
    await pin(store, control, PIN);
  },
  'read run': ({ store, control }) => loadRun(store, control, 'r2'),
  'read staged': async ({ store, control }) => {
    await readStaged(store, control, 'r4');
    await stagedUntil(store, control, 'r4');
  },
  fold: async (world) => (await actor(world, 'x')).journal.state,
  recover: (world) => recoverBy(world, 'x1'),
  undo: (world) => recoverBy(world, 'x2', 'abort'),
  rollback: (world) => rollBack(world, 'x3', 'r2'),
  promote: async (world) =>
    promote(world, 'x4', await plan(world, 'x4', [{ key: 'dt=1', tag: 'D', parts: 1 }])),
  gc: (world) => gc(world, 'x5', 40 * 86_400_000),
};

describe('a damaged object', () => {
  it('gives an outcome or a LakefillError in every act, and nothing is written outside', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.oneof(damages(), jsonDamages()),
        fc.shuffledSubarray(Object.keys(ACTS), { minLength: 4 }),
        async (which, damage, acts) => {
          const world = await lake();
          const path = await harm(world, which, damage);
          for (const name of acts) await survive(world, name, path);
          const outside = [...(await world.raw.snapshot()).keys()].filter(
            (one) => !one.startsWith('lake/sales/') && !one.startsWith(world.control.prefix),
          );
          expect(outside).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  }, 900_000);
});

/** Damages one of the objects; what is no JSON only as bytes. */
async function harm(world: World, which: number, damage: Damage): Promise<string> {
  const objects = [...(await world.raw.snapshot())].sort(([a], [b]) => (a < b ? -1 : 1));
  const [path, bytes] = objects[which % objects.length]!;
  let damaged: Buffer;
  try {
    damaged = damage(bytes);
  } catch {
    damaged = bytes.subarray(0, bytes.length >> 1);
  }
  await world.store.put(path, { bytes: damaged }, { kind: 'overwrite' });
  return path.replace(/[0-9a-f]{16}/g, '').replace(/^lake\/(_lakefill\/)?/, '');
}

async function survive(world: World, name: string, path: string): Promise<void> {
  let outcome = 'went on';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} hangs after ${path} was damaged`)), 60_000);
  });
  try {
    await Promise.race([ACTS[name]!(world), late]);
  } catch (error) {
    if (error instanceof Refused) outcome = 'refused';
    else if (isLakefillError(error)) outcome = error.code;
    else throw new Error(`${name} after ${path} was damaged`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  told.set(outcome, (told.get(outcome) ?? 0) + 1);
}

describe('a damaged checkpoint', () => {
  it('changes nothing: the entries are folded instead', async () => {
    const world = createWorld('memory');
    await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const { journal } = await actor(world, 'r2');
    for (let i = 0; journal.state.sequence < 70; i++) {
      const outcome = 'failed' as const;
      const words = { code: 'TRANSFORM_FAILED', message: 'm', tried: 't' };
      await journal.submit([{ fact: 'ended', key: `dt=${i % 5}`, attempt: `a${i}`, outcome, ...words }]);
    }
    const path = world.control.checkpoint(64);
    const bytes = (await world.raw.snapshot()).get(path)!;
    const fold = await readJournal(world.store, world.control);
    expect(fold.sequence).toBe(70);
    await fc.assert(
      fc.asyncProperty(fc.oneof(damages(), jsonDamages()), async (damage) => {
        await world.store.put(path, { bytes: damage(bytes) }, { kind: 'overwrite' });
        const again = await readJournal(world.store, world.control);
        expect(again.sequence).toBe(70);
        expect([...again.keys].sort()).toEqual([...fold.keys].sort());
      }),
      { numRuns: Math.min(RUNS, 150) },
    );
  });
});
