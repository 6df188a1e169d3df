/**
 * The crash matrix on the real S3 store: calls of every writing act at the port, and requests of it on the wire, where the
 * store itself has to find out what became of it. A soak takes every one, in every way.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults } from '../../src/store/fault.js';
import type { FaultKind } from '../../src/store/fault.js';
import type { FaultAction } from '../support/s3-server/index.js';
import { SOAK_MINUTES } from '../support/soak.js';
import { oneByOne } from './backends.js';
import { countCalls, cutCase } from './crash-case.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';

const DEATHS: readonly (readonly [FaultKind, 'forward' | 'abort'])[] = [
  ['fail-before', 'forward'],
  ['fail-after', 'abort'],
  ['lose-answer', 'forward'],
  ['hang', 'abort'],
  ['hang', 'forward'],
  ['hang-after', 'forward'],
  ['hang-after', 'abort'],
];

/** On the wire: what happened, and whether the request took effect. */
const BREAKS: readonly (readonly [string, 'before' | 'after', FaultAction])[] = [
  ['500 before', 'before', { kind: 'status', status: 500, code: 'InternalError' }],
  ['500 after', 'after', { kind: 'status', status: 500, code: 'InternalError' }],
  ['lost answer', 'after', { kind: 'reset' }],
  ['503', 'before', { kind: 'status', status: 503, code: 'SlowDown' }],
  ['reset', 'before', { kind: 'reset' }],
];

/** A case takes a quarter of a second, so that everyday runs take a share: a call in eight, a request in thirty. */
const CALL_STEP = 8;
const REQUEST_STEP = 30;

let lakes: S3Lakes;
const counts = { port: 0, wire: 0 };
beforeAll(async () => {
  lakes = await s3Lakes();
});
afterAll(async () => {
  await lakes.close();
  process.stdout.write(`crash matrix on S3: ${counts.port} cases at the port, ${counts.wire} on the wire\n`);
});

const named = SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const);

describe('a process that dies on S3', () => {
  it.each(named)(
    '%s',
    async (_name, scenario, index) => {
      const calls = await countCalls(await lakes.world(), scenario);
      expect(calls).toBeGreaterThan(3);
      const violations: string[] = [];
      for (const [at, [kind, wish]] of chosen(calls, DEATHS, CALL_STEP, index)) {
        const found = await cutCase(await lakes.world(), {
          scenario,
          wish,
          watch: true,
          async interrupt(store, act, look) {
            const interrupted = faults(store, { at, kind }, { onEffect: look });
            const ended = act(oneByOne(interrupted.store)).catch(() => null);
            return Promise.race([ended, interrupted.hung.then(() => null)]);
          },
        });
        violations.push(...found.map((text) => `${kind} at call ${at} of ${calls}, then ${wish}: ${text}`));
        counts.port += 1;
      }
      expect(violations).toEqual([]);
    },
    3_600_000,
  );
});

describe('a request that breaks on S3', () => {
  it.each(named)(
    '%s',
    async (_name, scenario, index) => {
      const requests = await countRequests(scenario);
      expect(requests).toBeGreaterThan(3);
      const violations: string[] = [];
      for (const [nth, [name, when, action]] of chosen(requests, BREAKS, REQUEST_STEP, index)) {
        let hits = 0;
        const found = await cutCase(await lakes.world(), {
          scenario,
          wish: nth % 2 === 0 ? 'forward' : 'abort',
          watch: false,
          async interrupt(store, act) {
            const planted = lakes.server.faults.plant({ nth, when, action });
            const told = await act(store).catch(() => null);
            hits = planted.hits;
            planted.remove();
            return told;
          },
        });
        if (hits !== 1) found.push('the fault hit nothing');
        violations.push(...found.map((text) => `${name} at request ${nth} of ${requests}: ${text}`));
        counts.wire += 1;
      }
      expect(violations).toEqual([]);
    },
    3_600_000,
  );
});

/** Every `step`-th place with the ways in turn, beginning elsewhere in each scenario; a soak does all. */
function* chosen<T>(
  places: number,
  ways: readonly T[],
  step: number,
  offset: number,
): Generator<readonly [number, T]> {
  if (SOAK_MINUTES > 0) {
    for (let at = 1; at <= places; at++) for (const way of ways) yield [at, way];
    return;
  }
  let turn = offset;
  for (let at = 1 + (offset % step); at <= places; at += step) yield [at, ways[turn++ % ways.length]!];
}

async function countRequests(scenario: Scenario): Promise<number> {
  const world = await lakes.world();
  try {
    const act = await scenario.arrange(world);
    const before = lakes.server.requests.length;
    await act(world.store);
    return lakes.server.requests.length - before;
  } finally {
    world.dispose();
  }
}
