import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import { observed } from '../../src/store/observe.js';
import { ManualClock } from '../support/manual-clock.js';
import { expectCode, putText } from './conformance.js';

describe('observe', () => {
  it('counts calls, errors, bytes and seconds by method', async () => {
    const clock = new ManualClock();
    const slow = faults(
      createMemoryStore('memory://test/', { pageSize: 2 }),
      { at: 4, kind: 'fail-after' },
      { onCall: () => clock.advance(500) },
    );
    const { store, stats } = observed(slow.store, clock);
    for (const name of ['a', 'b', 'c']) await putText(store, name, 'four');
    await expectCode(store.get('a'), 'STORE_FAILED');
    await store.get('a');
    await store.get('none');
    await listAll(store, '');
    await listAll(store, 'empty/');
    expect(stats()).toEqual({
      put: { calls: 3, errors: 0, bytes: 12, seconds: 1.5 },
      get: { calls: 3, errors: 1, bytes: 4, seconds: 1.5 },
      // Two pages, the end that costs nothing, and an empty listing.
      list: { calls: 3, errors: 0, bytes: 0, seconds: 2 },
    });
  });

  it('counts the bytes of files', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lakefill-observe-'));
    try {
      const { store, stats } = observed(createMemoryStore('memory://test/'), new ManualClock());
      writeFileSync(join(dir, 'in'), 'eleven byte');
      const put = await store.put('a', { file: join(dir, 'in') }, { kind: 'create' });
      await store.download('a', put.outcome === 'done' ? put.object.etag : '', join(dir, 'out'));
      expect([stats().put?.bytes, stats().download?.bytes, stats().get]).toEqual([11, 11, undefined]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
