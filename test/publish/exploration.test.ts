import { describe, expect, it } from 'vitest';
import { SOAK_MINUTES } from '../support/soak.js';
import { explore } from './exploration.js';

const SECONDS = SOAK_MINUTES > 0 ? SOAK_MINUTES * 60 : 25;
/** Given to explore one schedule again: `LAKEFILL_SEED=123`. */
const ONE_SEED = process.env['LAKEFILL_SEED'];

describe('random schedules of everybody at once', () => {
  it(
    'keep every invariant after every step',
    async () => {
      const until = performance.now() + SECONDS * 1000;
      let schedules = 0;
      let steps = 0;
      const first = ONE_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(ONE_SEED);
      for (let seed = first; performance.now() < until; seed++) {
        const explored = await explore(seed);
        schedules += 1;
        steps += explored.steps;
        const told = explored.violations.length > 0 ? explored.trace.join('\n') : '';
        expect(explored.violations, `LAKEFILL_SEED=${seed}\n${told}`).toEqual([]);
        if (ONE_SEED !== undefined) break;
      }
      process.stdout.write(`exploration: ${schedules} schedules, ${steps} steps, from seed ${first}\n`);
    },
    (SECONDS + 60) * 1000,
  );
});
