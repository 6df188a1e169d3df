import { describe, expect, it } from 'vitest';
import { dryRun } from '../../src/store/dry-run.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import { ManualClock } from '../support/manual-clock.js';
import { bytes, putText, readText, requestFor } from './conformance.js';
import { localFixture } from './fixtures.js';

describe('dry run', () => {
  it('records writes, answers them as the store would, and makes none', async () => {
    const memory = createMemoryStore('memory://test/');
    const a = await putText(memory, 'a', 'a');
    const before = await listAll(memory, '');
    const { store, writes } = dryRun(memory, new ManualClock());
    const create = { kind: 'create' } as const;

    expect(await store.put('a', bytes('x'), create)).toEqual({ outcome: 'lost' });
    expect(await store.put('new', bytes('new'), create)).toMatchObject({
      outcome: 'done',
      object: { size: 3 },
    });
    expect(await store.put('new', bytes('again'), create)).toEqual({ outcome: 'lost' });
    expect(await store.put('a', bytes('x'), { kind: 'update', etag: 'stale' })).toEqual({ outcome: 'lost' });
    expect(await store.put('a', bytes('xy'), { kind: 'update', etag: a.etag })).toMatchObject({
      outcome: 'done',
    });
    expect(await store.copy('none', a.etag, 'b')).toEqual({ outcome: 'absent' });
    expect(await store.copy('a', a.etag, 'b')).toEqual({ outcome: 'lost' }); // as recorded, `a` was replaced
    expect(
      await store.delete([
        { path: 'none', etag: null },
        { path: 'a', etag: 'stale' },
        { path: 'new', etag: null },
        { path: 'new', etag: null },
      ]),
    ).toMatchObject([
      { outcome: 'absent' },
      { outcome: 'changed' },
      { outcome: 'deleted' },
      { outcome: 'absent' },
    ]);

    expect(writes.map(({ method, path, size }) => [method, path, size])).toEqual([
      ['put', 'new', 3],
      ['put', 'a', 2],
      ['delete', 'new', null],
    ]);
    expect(await listAll(memory, '')).toEqual(before);
    expect(await readText(store, 'a')).toBe('a');
  });

  it('prepares and completes nothing', async () => {
    const memory = createMemoryStore('memory://test/');
    const staged = await putText(memory, 'staged', 'rows');
    const { store, writes } = dryRun(memory, new ManualClock());
    const request = requestFor(staged, 'data/x', '', 'rows');
    const prepared = await store.prepare(request);
    expect(await store.prepare({ ...request, sourceEtag: 'stale' })).toEqual({ outcome: 'changed' });
    expect(await store.prepare({ ...request, source: 'none' })).toEqual({ outcome: 'absent' });
    const upload = (prepared as { upload: Parameters<typeof store.complete>[0] }).upload;
    expect(await store.complete(upload)).toMatchObject({ outcome: 'done' });
    expect(await store.abort(upload)).toEqual({ outcome: 'aborted' });
    expect(writes.map((write) => write.method)).toEqual(['prepare', 'complete', 'abort']);
    expect(await memory.listPrepared('', 'prepared/')).toEqual([]);
    expect(await memory.head('data/x')).toBeNull();
  });

  it('does not probe folders by writing', async () => {
    const { store: local, prefix, cleanup } = await localFixture();
    const { store } = dryRun(local, new ManualClock());
    expect(await store.folders!.probeFolding(prefix)).toBeNull();
    expect(await store.folders!.probeHardLinks(prefix)).toBe(true);
    expect(await store.folders!.removeLeftovers(prefix, 0)).toBe(0);
    await store.folders!.checkOneDevice({ control: `${prefix}c/`, root: `${prefix}r/`, prefixes: [] });
    expect(await local.listLevel(prefix)).toEqual({ prefixes: [], objects: [] });
    await cleanup!();
  });
});
