/** What a real S3 answers at the two moments that count, the completion of a file and the entry that decides: planted on the wire. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault, FaultAction } from '../support/s3-server/index.js';
import { dataFiles } from '../support/independent-reader.js';
import { parsePart } from '../support/invariants.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { actor, endViolations, plan, promote, publish, recoverBy } from './world.js';
import type { World } from './world.js';

let lakes: S3Lakes;
beforeAll(async () => {
  lakes = await s3Lakes();
});
afterAll(() => lakes.close());

const conflict: FaultAction = { kind: 'status', status: 409, code: 'ConditionalRequestConflict' };
const internal: FaultAction = { kind: 'status', status: 500, code: 'InternalError' };
const errorBody: FaultAction = { kind: 'error-body', code: 'InternalError' };
const reset: FaultAction = { kind: 'reset' };

/** Generation A stands, B is promoted while the fault is planted. Gives how often it hit. */
async function replace(world: World, fault: Fault) {
  await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
  const requests = await plan(world, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
  const planted = lakes.server.faults.plant(fault);
  try {
    return { result: await promote(world, 'r2', requests).catch((error: unknown) => error), planted };
  } finally {
    planted.remove();
  }
}

async function tags(world: World): Promise<unknown[]> {
  const files = dataFiles(await world.raw.snapshot(), `${world.layout.root.path}dt=1/`);
  return [...files.values()].map((bytes) => parsePart(bytes)?.tag);
}

/** Facts about dt=1 of run r2, entry by entry, as they stand in the bucket. */
async function factsOf(world: World, run: string): Promise<string[]> {
  return [...(await world.raw.snapshot())]
    .filter(([path]) => path.startsWith(`${world.control.prefix}journal/`))
    .map(([, bytes]) => JSON.parse(bytes.toString()) as { run: string; facts: { fact: string }[] })
    .filter((entry) => entry.run === run)
    .flatMap((entry) => entry.facts.map(({ fact }) => fact));
}

describe('the completion of a file', () => {
  const operation = 'CompleteMultipartUpload';
  it.each<[string, Omit<Fault, 'operation'>]>([
    ['answered 200 with an error, without effect', { action: errorBody }],
    ['answered 200 with an error, after its effect', { when: 'after', action: errorBody }],
    ['answered 500 before its effect', { action: internal }],
    ['answered 500 after its effect', { when: 'after', action: internal }],
    ['never answered', { when: 'after', action: reset }],
    ['cut off before it arrived', { action: reset }],
    ['slowed down twice', { times: 2, action: { kind: 'status', status: 503, code: 'SlowDown' } }],
  ])('%s, is found out and the promotion ends', async (_name, fault) => {
    const world = await lakes.world();
    const { result, planted } = await replace(world, { operation, ...fault });
    expect(planted.hits).toBe(fault.times ?? 1);
    expect(result).toMatchObject([{ outcome: 'promoted', generation: 2 }]);
    expect(await tags(world)).toEqual(['B', 'B']);
    expect(await factsOf(world, 'r2')).toEqual(['promoting', 'cleaning', 'published']);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });

  it('answered 409 can never be done: the promotion is taken back, and the old generation stays', async () => {
    const world = await lakes.world();
    const { result } = await replace(world, { operation, action: conflict });
    expect(result).toMatchObject([{ outcome: 'conflict', foreign: [] }]);
    expect(await tags(world)).toEqual(['A', 'A']);
    expect(await factsOf(world, 'r2')).toEqual(['promoting', 'aborting', 'withdrawn']);
    expect(lakes.bucketOf(world).uploads.size).toBe(0);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });

  it('broken for long raises, and a recovery finishes what the journal names', async () => {
    const world = await lakes.world();
    const { result } = await replace(world, { operation, times: 99, action: reset });
    expect(result).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await actor(world, 'x')).journal.key('dt=1').phase).toBe('promoting');
    expect(await recoverBy(world, 'r3')).toMatchObject([{ key: 'dt=1', run: 'r2', result: 'promoted' }]);
    expect(await tags(world)).toEqual(['B', 'B']);
    expect(await endViolations(world)).toEqual([]);
    world.dispose();
  });
});

describe('an entry of the journal', () => {
  it.each<[string, Omit<Fault, 'operation' | 'key'>]>([
    ['whose answer is lost', { when: 'after', action: reset }],
    ['answered 500 after it was written', { when: 'after', action: internal }],
    ['answered 500 without being written', { action: internal }],
    ['cut off before it arrived', { action: reset }],
    ['answered 409 while another writes', { action: conflict }],
  ])('%s, is recorded once', async (_name, fault) => {
    for (const nth of [1, 2, 3]) {
      const world = await lakes.world();
      const { result, planted } = await replace(world, {
        operation: 'PutObject',
        key: /\/journal\//,
        nth,
        ...fault,
      });
      expect(planted.hits).toBe(1);
      expect(result).toMatchObject([{ outcome: 'promoted', generation: 2 }]);
      expect(await factsOf(world, 'r2')).toEqual(['promoting', 'cleaning', 'published']);
      expect(await endViolations(world)).toEqual([]);
      world.dispose();
    }
  });
});
