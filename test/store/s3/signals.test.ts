/** One signal of a run serves every request under way. */
import { afterEach, expect, it } from 'vitest';
import { s3Fixture, type S3Fixture } from './fixtures.js';

let fixture: S3Fixture;
afterEach(() => fixture.close());

it('many requests may listen to one signal without a warning of a leak', async () => {
  fixture = await s3Fixture();
  const warnings: Error[] = [];
  const heard = (warning: Error) => void warnings.push(warning);
  process.on('warning', heard);
  try {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 24 }, (_, i) => fixture.store.head(`key-${i}`, { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ name }) => name)).toEqual([]);
  } finally {
    process.off('warning', heard);
  }
});
