/** Many soak runs, several at a time: a few wait for the timeout of a request that is never answered. Two files take half each. */
import { expect } from 'vitest';
import { SOAK_MINUTES } from '../support/soak.js';
import { s3Lakes } from './s3-world.js';
import type { S3Lakes } from './s3-world.js';
import { soakRun } from './soak.js';
import type { Soaked } from './soak.js';

const LONG = process.env['LAKEFILL_TEST_LONG'] === '1';
const SEED = process.env['LAKEFILL_SEED'];

/** Of one file: a thousand runs of the long set, a few of every day. */
export const RUNS = SEED !== undefined ? 1 : SOAK_MINUTES > 0 ? Infinity : LONG ? 500 : 6;
/** Each has a server of its own, so that the faults of a seed hit its own requests. */
const LANES = Math.min(4, RUNS);

export const SOAK_LIMIT_MS = (SOAK_MINUTES + 15) * 60_000;

/** Runs with seeds from a random one on, or with the one that is asked for. The failing one is printed. */
export async function soak(): Promise<void> {
  const until = SOAK_MINUTES > 0 ? performance.now() + SOAK_MINUTES * 60_000 : Infinity;
  const first = SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
  const seen = { runs: 0, requests: 0, ends: new Map<string, number>() };
  let next = first;
  const lane = async () => {
    const lakes = await openLakes();
    try {
      while (next - first < RUNS && performance.now() < until) {
        const seed = next++;
        count(seen, expectSound(seed, await soakRun(lakes, seed)));
      }
    } finally {
      // The others end after the run that they are in.
      next = Infinity;
      await lakes.close();
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason as Error;
  const common = [...seen.ends].sort(([, a], [, b]) => b - a).slice(0, 12);
  process.stdout.write(
    `soak: ${seen.runs} runs, ${seen.requests} requests, 0 violations, from seed ${first}; ${common.map(([how, n]) => `${how} ${n}`).join(', ')}\n`,
  );
}

function openLakes(): Promise<S3Lakes> {
  return s3Lakes({ options: { requestTimeout: 3000, idleTimeout: 3000, checksums: true } });
}

function expectSound(seed: number, soaked: Soaked): Soaked {
  expect(soaked.violations, `LAKEFILL_SEED=${seed}\n${soaked.acts.join('\n')}`).toEqual([]);
  return soaked;
}

function count(seen: { runs: number; requests: number; ends: Map<string, number> }, soaked: Soaked): void {
  seen.runs += 1;
  seen.requests += soaked.requests;
  for (const act of soaked.acts) {
    const how = act.replace(/^\S+ /, '');
    seen.ends.set(how, (seen.ends.get(how) ?? 0) + 1);
  }
}
