/**
 * Requests of every writing act on the S3 store that break on the wire, one in four (a soak takes every one, in every way); and
 * acts on a versioned bucket that die at some of their calls.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOAK_MINUTES } from '../support/soak.js';
import { SCENARIOS } from './scenarios.js';
import { BREAKS, casesOf, DEATHS } from './s3-matrix.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';

const REQUEST_STEP = 4;
const CALL_STEP = 6;

let lakes: S3Lakes;
const counts = { wire: 0, versioned: 0 };
beforeAll(async () => {
  lakes = await s3Lakes();
});
afterAll(async () => {
  await lakes.close();
  process.stdout.write(
    `S3 matrix: ${counts.wire} cases on the wire, ${counts.versioned} on a versioned bucket\n`,
  );
});

const named = SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const);

describe('a request that breaks on S3', () => {
  it.each(named)(
    '%s',
    async (_name, scenario, index) => {
      const all = await casesOf(lakes, scenario);
      expect(all.requests).toBeGreaterThan(3);
      const violations: string[] = [];
      for (const [nth, broken] of chosen(all.requests, BREAKS, REQUEST_STEP, index)) {
        violations.push(...(await all.atRequest(nth, broken)));
        counts.wire += 1;
      }
      all.dispose();
      expect(violations).toEqual([]);
    },
    3_600_000,
  );
});

describe('a process that dies on a versioned bucket', () => {
  it.each(named)(
    '%s',
    async (_name, scenario, index) => {
      const all = await casesOf(lakes, scenario, true);
      const violations: string[] = [];
      for (const [at, death] of chosen(all.calls, DEATHS, CALL_STEP, index)) {
        violations.push(...(await all.atCall(at, death)));
        counts.versioned += 1;
      }
      all.dispose();
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
