/** `--max-failures`: once so many have failed, no further transform begins, also of tasks that were fetched ahead. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAYS, endsOf, StagedLake } from './staged-lake.js';

let lake: StagedLake;
beforeEach(async () => void (lake = await StagedLake.make()));
afterEach(() => lake.remove());

test(
  'one failure ends the run where one is allowed, and what was ahead is cancelled',
  { timeout: 300_000 },
  async () => {
    await lake.setSql("SELECT id, ts, CASE WHEN id > 0 THEN error('x') END AS amount FROM raw");
    expect(endsOf(await lake.run({ maxFailures: 1 }))).toEqual({
      [DAYS[0]!]: 'failed TRANSFORM_FAILED',
      [DAYS[1]!]: 'cancelled max-failures',
      [DAYS[2]!]: 'cancelled max-failures',
    });
    await lake.setSql('SELECT 1 AS id, ts, NULL AS amount FROM raw');
    expect(Object.values(endsOf(await lake.run({ maxFailures: 2 })))).toEqual([
      'rejected checks',
      'rejected checks',
      'cancelled max-failures',
    ]);
  },
);
