/** A listing of a million objects takes no more memory at its end than near its beginning. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { s3Fixture } from './fixtures.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const COUNT = 1_000_000;
/** Entries of a million objects would take some 250 MB; what may wait for the reader is 128 pages, about 32 MB. */
const ALLOWED = 48 * 1024 * 1024;

const DAYS = Array.from({ length: 1000 }, (_, d) =>
  new Date(Date.UTC(2020, 0, 1 + d)).toISOString().slice(0, 10),
);
const keyAt = (i: number) =>
  `clean/sales/dt=${DAYS[Math.floor(i / 1000)]}/part-g0000000001-${String(i % 1000).padStart(8, '0')}.parquet`;

it('a million objects, flat memory', { timeout: 300_000 }, async () => {
  const fixture = await s3Fixture({ options: { requestTimeout: 120_000 } });
  try {
    fixture.server.buckets.get('lake')!.simulate({ count: COUNT, keyAt, size: 7 });
    const heap: number[] = [];
    let listed = 0;
    let last = '';
    for await (const page of fixture.store.list('clean/sales/')) {
      const before = Math.floor(listed / 100_000);
      listed += page.length;
      last = page.at(-1)?.path ?? last;
      if (Math.floor(listed / 100_000) > before) {
        collect();
        heap.push(process.memoryUsage().heapUsed);
      }
    }
    expect(listed).toBe(COUNT);
    expect(last).toBe(keyAt(COUNT - 1));
    expect(Math.max(...heap.slice(1)) - heap[0]!).toBeLessThan(ALLOWED);
  } finally {
    await fixture.close();
  }
});
