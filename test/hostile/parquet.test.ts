/** Damaged Parquet through the whole engine: an answer or a LakefillError, in time, in the memory that it was given, in its folder. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import { openFixture, type Fixture } from '../engine/fixture.js';
import { damages, type Damage } from '../support/damage.js';

const RUNS = process.env['LAKEFILL_TEST_LONG'] === '1' ? 300 : 25;
const told = new Map<string, number>();
let fixture: Fixture;
let whole: Buffer;

beforeAll(async () => {
  fixture = await openFixture({ processes: 1, memoryBytes: 300e6 });
  const file = path.join(fixture.root, 'whole.parquet');
  await fixture.sql(
    `COPY (SELECT i AS id, TIMESTAMP '2025-01-03' + INTERVAL (i) SECOND AS ts, 'r' || i AS region FROM range(3000) t(i)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 1024)`,
  );
  whole = readFileSync(file);
});
afterAll(async () => {
  await fixture.close();
  process.stdout.write(`hostile parquet: ${[...told].map(([what, n]) => `${what} ${n}`).join(', ')}\n`);
});

async function transform(damage: Damage): Promise<string> {
  const job = await fixture.job({
    prepare: async (folder) => {
      const file = await fixture.file(folder, 'a.parquet', { bytes: damage(whole) });
      return [{ name: 'raw', format: 'parquet', options: {}, files: [file] }];
    },
    dropColumns: [],
    expectColumns: {},
    expectRange: null,
    limits: { memoryBytes: 300e6, threads: 1, timeoutMs: 20_000 },
  });
  try {
    await fixture.engine.transform(job);
    return 'read';
  } catch (error) {
    if (!isLakefillError(error)) throw error;
    expect(error.hint).not.toBe('');
    return error.code;
  }
}

describe('a damaged Parquet file', () => {
  it('is read, or is INPUT_UNREADABLE or another LakefillError, and the engine goes on', async () => {
    const before = readdirSync(path.dirname(fixture.root)).filter((name) =>
      name.startsWith('lakefill-engine-'),
    );
    await fc.assert(
      fc.asyncProperty(damages(), async (damage) => {
        const started = performance.now();
        const outcome = await transform(damage);
        told.set(outcome, (told.get(outcome) ?? 0) + 1);
        expect(performance.now() - started).toBeLessThan(60_000);
      }),
      { numRuns: RUNS },
    );
    expect(await transform((bytes) => bytes)).toBe('read');
    const after = readdirSync(path.dirname(fixture.root)).filter((name) =>
      name.startsWith('lakefill-engine-'),
    );
    expect(after.filter((name) => !before.includes(name) && fixture.root.endsWith(name))).toEqual([]);
  }, 900_000);

  it('that declares a million million rows does not take the memory for them', async () => {
    // Every `3000` of the footer as a zigzag varint (f0 2e) becomes ten times a larger number of the same length.
    const bomb = Buffer.from(whole);
    const length = bomb.readUInt32LE(bomb.length - 8) + 8;
    let changed = 0;
    for (let at = bomb.length - length; at < bomb.length - 8; at++) {
      if (bomb[at] === 0xf0 && bomb[at + 1] === 0x2e) {
        bomb.set([0xfe, 0x7f], at);
        changed += 1;
      }
    }
    expect(changed).toBeGreaterThan(0);
    const outcome = await transform(() => bomb);
    expect(['read', 'INPUT_UNREADABLE', 'TRANSFORM_MEMORY', 'ENGINE_CRASHED', 'TRANSFORM_FAILED']).toContain(
      outcome,
    );
  });
});
