/** The suite of all calls of some scenarios, each in every way that differs; two files run it side by side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from './scenarios.js';
import { casesOf } from './s3-matrix.js';
import { SMALL } from '../store/s3/fixtures.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';

export function describeCalls(title: string, belongs: (name: string) => boolean): void {
  let lakes: S3Lakes;
  let cases = 0;
  let calls = 0;
  beforeAll(async () => {
    // Listings of one page: cut between two pages they are on the wire, and in memory.
    lakes = await s3Lakes({ sizes: SMALL });
  });
  afterAll(async () => {
    await lakes.close();
    process.stdout.write(`S3 matrix, ${title}: ${cases} cases at ${calls} calls of the port\n`);
  });

  describe(`a process that dies on S3, ${title}`, () => {
    it.each(
      SCENARIOS.filter(({ name }) => belongs(name)).map((scenario) => [scenario.name, scenario] as const),
    )(
      '%s',
      async (_name, scenario) => {
        const all = await casesOf(lakes, scenario);
        expect(all.calls).toBeGreaterThan(3);
        const violations: string[] = [];
        for (let at = 1; at <= all.calls; at++) {
          for (const death of all.deathsAt(at)) {
            violations.push(...(await all.atCall(at, death)));
            cases += 1;
          }
        }
        calls += all.calls;
        all.dispose();
        expect(violations).toEqual([]);
      },
      3_600_000,
    );
  });
}
