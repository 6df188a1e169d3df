/**
 * The everyday share of the S3 matrix: one replacement stopped before each of its calls and undone, which is where a wrong
 * order of its steps shows, and a call in twelve of every other act. `npm run test:long` takes every call in every way.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from './scenarios.js';
import { casesOf, DEATHS } from './s3-matrix.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';

const STEP = 12;

let lakes: S3Lakes;
let cases = 0;
beforeAll(async () => {
  lakes = await s3Lakes();
});
afterAll(async () => {
  await lakes.close();
  process.stdout.write(`S3 matrix, sample: ${cases} cases\n`);
});

describe('a process that dies on S3', () => {
  it('promote, replacing: before each call, and is undone', async () => {
    const all = await casesOf(
      lakes,
      SCENARIOS.find(({ name }) => name === 'promote, replacing')!,
    );
    const violations: string[] = [];
    for (let at = 1; at <= all.calls; at++) violations.push(...(await all.atCall(at, ['hang', 'abort'])));
    cases += all.calls;
    all.dispose();
    expect(violations).toEqual([]);
  });

  it.each(SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const))(
    '%s: at some calls',
    async (_name, scenario, index) => {
      const all = await casesOf(lakes, scenario);
      const violations: string[] = [];
      for (let at = 1 + (index % STEP); at <= all.calls; at += STEP) {
        violations.push(...(await all.atCall(at, DEATHS[(index + at) % DEATHS.length]!)));
        cases += 1;
      }
      all.dispose();
      expect(violations).toEqual([]);
    },
  );
});
