import { describe, expect, it } from 'vitest';
import { explore } from './exploration.js';
import { WRONG } from './wrong-protocols.js';

/** Schedules until the mistake must have shown itself. */
const LIMIT = 3000;

describe('the exploration notices a protocol with', () => {
  it.each(Object.keys(WRONG))(
    '%s',
    async (name) => {
      for (let seed = 1; seed <= LIMIT; seed++) {
        const { violations } = await explore(seed, WRONG[name]);
        if (violations.length === 0) continue;
        process.stdout.write(`caught: ${name}: schedule ${seed}: ${violations[0]!.slice(0, 160)}\n`);
        return;
      }
      expect.fail(`${LIMIT} schedules did not show it`);
    },
    300_000,
  );
});
