import { describe, expect, it } from 'vitest';
import { inventoryOf, whyHidden, withKeys } from '../../src/scan/inventory.js';
import { STORE, info, sketch } from '../support/lake.js';

const two = sketch({
  target: `${STORE}t/dt={dt}/region={region}/`,
  values: [{ name: 'region', values: [], column: null }],
}).layout;
const listed = (paths: readonly string[]) => ({
  outcome: 'listed' as const,
  objects: paths.map((p) => info(p)),
  unlisted: [],
});
const keysOf = (paths: readonly string[]) =>
  Object.fromEntries(
    [...inventoryOf(two, listed(paths), 5).byKey].map(([key, objects]) => [key, objects.length]),
  );

describe('inventoryOf', () => {
  it('groups by the segments of a key, deeper folders included', () => {
    expect(
      keysOf([
        't/dt=1/region=a/x',
        't/dt=1/region=a/y',
        't/dt=1/region=a/deep/z',
        't/dt=1/region=b/x',
        't/dt=2/region=a/x',
      ]),
    ).toEqual({ 'dt=1/region=a': 3, 'dt=1/region=b': 1, 'dt=2/region=a': 1 });
  });

  it('does not count hidden names and folder markers', () => {
    expect(
      keysOf([
        't/dt=1/region=a/_SUCCESS',
        't/dt=1/region=a/.x.crc',
        't/dt=1/region=a/',
        't/dt=1/region=a_$folder$',
        't/_tmp/r/x',
      ]),
    ).toEqual({});
  });

  it('keeps objects above the keys apart', () => {
    const { strays } = inventoryOf(two, listed(['t/a.parquet', 't/dt=1/b.parquet', 't/dt=1/region=a/c']), 5);
    expect(strays.map((o) => o.path)).toEqual(['t/a.parquet', 't/dt=1/b.parquet']);
  });

  it.each([
    ['t/_delta_log/00.json', 'delta'],
    ['t/.hoodie/hoodie.properties', 'hudi'],
    ['t/metadata/v1.metadata.json', 'iceberg'],
    ['t/metadata/notes.json', null],
    ['t/dt=1/region=a/_delta_log/0.json', null],
  ])('%s means %s', (path, format) => {
    expect(inventoryOf(two, listed(['t/dt=1/region=a/c', path]), 5).tableFormat).toBe(format);
  });

  it('says nothing of content when the listing failed', () => {
    const inventory = inventoryOf(two, { outcome: 'failed', code: 'STORE_DENIED', message: 'denied' }, 5);
    expect(inventory).toMatchObject({ error: { code: 'listing-failed', message: 'denied' } });
    expect(inventory.byKey.size).toBe(0);
  });

  it('hides the keys that a place touches, and no others', () => {
    const place = (path: string, kind: 'file' | 'folder' = 'folder') => ({ path, kind, message: path });
    const unlisted = [
      place('t/dt=1/region=a/x.parquet', 'file'),
      place('t/dt=1/region=b'),
      place('t/dt=2'),
      place('t/dt=3/region=a/_tmp'),
      place('t/dt=3/region=a/.link', 'file'),
    ];
    const inventory = inventoryOf(two, { ...listed(['t/dt=3/region=a/y', 't/dt=4']), unlisted }, 5, true);
    const why = (key: string) => whyHidden(inventory, key)?.message ?? null;
    expect(why('dt=1/region=a')).toBe('t/dt=1/region=a/x.parquet');
    expect(why('dt=1/region=b')).toBe('t/dt=1/region=b');
    expect(why('dt=2/region=z')).toBe('t/dt=2');
    expect(why('dt=4/region=a')).toBe('memory://lake/t/dt=4 is a file where a folder is needed.');
    for (const key of ['dt=1/region=c', 'dt=3/region=a', 'dt=20/region=a']) expect(why(key)).toBeNull();
    expect(whyHidden(inventoryOf(two, listed(['t/dt=4']), 5), 'dt=4/region=a')).toBeNull();
  });

  it('knows a table format by a folder that cannot be read', () => {
    const unlisted = [{ path: 't/_delta_log', kind: 'folder' as const, message: 'denied' }];
    expect(inventoryOf(two, { ...listed([]), unlisted }, 5).tableFormat).toBe('delta');
  });

  it('takes later listings of single keys', () => {
    const before = inventoryOf(two, listed(['t/dt=1/region=a/x', 't/dt=1/region=b/x']), 5);
    const after = withKeys(
      before,
      new Map([
        ['dt=1/region=a', []],
        ['dt=2/region=a', [info('t/dt=2/region=a/x')]],
      ]),
      6,
    );
    expect([...after.byKey.keys()]).toEqual(['dt=1/region=b', 'dt=2/region=a']);
    expect([before.byKey.size, before.asOf, after.asOf]).toEqual([2, 5, 6]);
  });
});
