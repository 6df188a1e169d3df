/**
 * The publication protocol on a real server: whole promotions, a rollback, gc, and processes that die at sampled calls. An
 * outsider reads the bucket with the bare SDK.
 */
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { faults } from '../../src/store/fault.js';
import type { FaultKind } from '../../src/store/fault.js';
import { listAll } from '../../src/store/object-store.js';
import { probeStore, provenCapabilities } from '../../src/store/probe.js';
import { createS3Store, TO_PROBE } from '../../src/store/s3/store.js';
import { oneByOne } from '../publish/backends.js';
import { countCalls, cutCase } from '../publish/crash-case.js';
import { worldOf } from '../publish/s3-world.js';
import { SCENARIOS } from '../publish/scenarios.js';
import { DAY, endViolations, gc, plan, promote, publish, rollBack } from '../publish/world.js';
import type { World } from '../publish/world.js';
import type { RawStore } from '../support/independent-reader.js';

const system = process.env['LAKEFILL_TEST_SYSTEM'] ?? '';
const store = await createS3Store({ bucket: 'lake', capabilities: TO_PROBE });
const proven = provenCapabilities(
  store.capabilities,
  await probeStore(store, 'protocol-probe/', { clock: systemClock }),
);
const resting = await createS3Store({ bucket: 'lake', capabilities: proven });
const outsider = new S3Client({ forcePathStyle: true });
afterAll(async () => {
  await Promise.all([store.close(), resting.close()]);
  outsider.destroy();
});

/** Cases of each scenario, spread over its calls: these servers answer slowly, and the whole matrix runs on the in-process one. */
const SAMPLES = 2;
const SAMPLED = [
  'promote, creating',
  'promote, three together',
  'abort of three together, one file visible',
  'recover from cleaning',
  'rollback of a replacement',
  'gc of every kind',
];
const DEATHS: readonly (readonly [FaultKind, 'forward' | 'abort'])[] = [
  ['hang', 'forward'],
  ['lose-answer', 'forward'],
  ['hang-after', 'abort'],
  ['fail-before', 'forward'],
  ['fail-after', 'abort'],
];
let made = 0;

function world(): World {
  made += 1;
  const base = `protocol-${process.pid}-${made}/`;
  return worldOf(resting, base, rawPrefix(base), () => undefined);
}

function rawPrefix(base: string): RawStore {
  return {
    async snapshot() {
      const objects = new Map<string, Buffer>();
      for (let token: string | undefined; ;) {
        const page = await outsider.send(
          new ListObjectsV2Command({ Bucket: 'lake', Prefix: base, ContinuationToken: token }),
        );
        for (const { Key } of page.Contents ?? []) {
          const got = await outsider.send(new GetObjectCommand({ Bucket: 'lake', Key }));
          objects.set(Key!, Buffer.from(await got.Body!.transformToByteArray()));
        }
        token = page.NextContinuationToken;
        if (token === undefined) return objects;
      }
    },
  };
}

describe(`publication on ${system}`, () => {
  it('creates, replaces, empties, moves a group as one, rolls back and leaves nothing over', async () => {
    const w = world();
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 }, { key: 'dt=2', tag: 'A', parts: 1 });
    await publish(w, 'r2', { key: 'dt=1', tag: 'B', parts: 3 }, { key: 'dt=3', tag: 'B', parts: 1 });
    await publish(w, 'r3', { key: 'dt=2', tag: 'C', parts: 0 });
    w.may.set('dt=1', ['A']);
    w.may.set('dt=3', ['-']);
    const undone = await rollBack(w, 'r4', 'r2');
    expect(undone.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['dt=1', 'promoted'],
      ['dt=3', 'promoted'],
    ]);
    expect(await endViolations(w)).toEqual([]);
    const removed = await gc(w, 'r5', 40 * DAY);
    expect(new Set(removed.map(({ kind }) => kind))).toEqual(new Set(['retained']));
    expect(await listAll(resting, w.control.retained)).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
  });

  it('lets exactly one of two promotions of the same base through', async () => {
    const w = world();
    await publish(w, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
    const one = await plan(w, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
    const two = await plan(w, 'r3', [{ key: 'dt=1', tag: 'C', parts: 2 }]);
    const results = await Promise.all([promote(w, 'r2', one), promote(w, 'r3', two)]);
    expect(
      results
        .flat()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['conflict', 'promoted']);
    expect(await endViolations(w)).toEqual([]);
  });
});

describe(`a process that dies on ${system}`, () => {
  it.each(SAMPLED.map((name, i) => [name, i] as const))(
    '%s',
    async (name, index) => {
      const scenario = SCENARIOS.find((one) => one.name === name)!;
      const calls = await countCalls(world(), scenario);
      const violations: string[] = [];
      for (let sample = 1; sample <= SAMPLES; sample++) {
        const at = Math.ceil((calls * sample) / (SAMPLES + 1));
        const [kind, wish] = DEATHS[(index + sample) % DEATHS.length]!;
        const found = await cutCase(world(), {
          scenario,
          wish,
          watch: false,
          interrupt(below, act) {
            const interrupted = faults(below, { at, kind });
            const ended = act(oneByOne(interrupted.store)).catch(() => null);
            return Promise.race([ended, interrupted.hung.then(() => null)]);
          },
        });
        violations.push(...found.map((text) => `${kind} at call ${at} of ${calls}, then ${wish}: ${text}`));
      }
      expect(violations).toEqual([]);
    },
    300_000,
  );
});
