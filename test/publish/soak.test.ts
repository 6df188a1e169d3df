/** `npm run soak [-- --minutes 20 --seed N]`; a share of it belongs to the long set, and a few runs to every day. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOAK_MINUTES } from '../support/soak.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { soakRun } from './soak.js';

const LONG = process.env['LAKEFILL_TEST_LONG'] === '1';
const SEED = process.env['LAKEFILL_SEED'];
const RUNS = SEED !== undefined ? 1 : SOAK_MINUTES > 0 ? Infinity : LONG ? 300 : 12;

let lakes: S3Lakes;
beforeAll(async () => {
  lakes = await s3Lakes({ options: { requestTimeout: 3000, idleTimeout: 3000, checksums: true } });
});
afterAll(() => lakes.close());

describe('runs of writing acts on a store that fails at random', () => {
  it(
    'keep every invariant, and end in what an outsider finds',
    async () => {
      const until = SOAK_MINUTES > 0 ? performance.now() + SOAK_MINUTES * 60_000 : Infinity;
      // Everyday runs take new seeds each time; the failing one is printed.
      const first = SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
      const told = new Map<string, number>();
      let runs = 0;
      let requests = 0;
      for (; runs < RUNS && performance.now() < until; runs++) {
        const soaked = await soakRun(lakes, first + runs);
        requests += soaked.requests;
        for (const act of soaked.acts) {
          const how = act.replace(/^\S+ /, '');
          told.set(how, (told.get(how) ?? 0) + 1);
        }
        const seed = `LAKEFILL_SEED=${first + runs}`;
        expect(soaked.violations, `${seed}\n${soaked.acts.join('\n')}`).toEqual([]);
      }
      const common = [...told].sort(([, a], [, b]) => b - a).slice(0, 12);
      process.stdout.write(
        `soak: ${runs} runs, ${requests} requests, 0 violations, from seed ${first}; ${common.map(([how, n]) => `${how} ${n}`).join(', ')}\n`,
      );
    },
    (SOAK_MINUTES + 15) * 60_000,
  );
});
