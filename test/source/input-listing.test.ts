import { describe, expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { expectedKeys, keyOf } from '../../src/dataset/expected-keys.js';
import { InputFactsReader } from '../../src/source/input-facts.js';
import { InputListing } from '../../src/source/input-listing.js';
import { ListingCache } from '../../src/source/listing-cache.js';
import { missingUnits } from '../../src/source/requirement.js';
import type { UnitContent } from '../../src/source/requirement.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { Lake, STORE, info, sketch } from '../support/lake.js';
import type { InputSketch } from '../support/lake.js';

const RAW: InputSketch = { name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` };

function counting(store: ObjectStore): { store: ObjectStore; listed: string[] } {
  const listed: string[] = [];
  const counted = Object.create(store, {
    list: {
      value: (prefix: string, options?: object) => {
        listed.push(prefix);
        return store.list(prefix, options);
      },
    },
  }) as ObjectStore;
  return { store: counted, listed };
}

async function open(
  dataset: Dataset,
  store: ObjectStore,
  keys: readonly string[],
  cache = new ListingCache(),
) {
  const partitions = keys.map((key) => keyOf(dataset, key)!);
  const listing = await InputListing.open({ dataset, input: dataset.inputs[0]!, store, partitions, cache });
  return { listing, of: (key: string) => listing.objectsFor(keyOf(dataset, key)!) };
}

const paths = (objects: readonly { path: string }[]) => objects.map((o) => o.path);

describe('InputListing', () => {
  it('lists few prefixes one by one and many by their root', async () => {
    const lake = new Lake('2025-06-01T00:00:00Z');
    const dataset = sketch({ inputs: [RAW] });
    await lake.write('raw/dt=2025-01-02/b.parquet');
    await lake.write('raw/dt=2025-01-02/a.parquet');
    await lake.write('raw/dt=2025-01-02/_SUCCESS');
    await lake.write('raw/dt=2025-01-02/readme.txt');
    const few = counting(lake.store);
    const { of } = await open(dataset, few.store, ['dt=2025-01-01', 'dt=2025-01-02']);
    expect(few.listed).toEqual(['raw/dt=2025-01-01/', 'raw/dt=2025-01-02/']);
    expect(paths(of('dt=2025-01-02').objects)).toEqual([
      'raw/dt=2025-01-02/a.parquet',
      'raw/dt=2025-01-02/b.parquet',
    ]);
    expect(of('dt=2025-01-01').missingUnits.map((unit) => unit.values)).toEqual([{ dt: '2025-01-01' }]);
    const many = counting(lake.store);
    const all = expectedKeys(dataset, lake.clock.now()).map((k) => k.partition.key);
    const whole = await open(dataset, many.store, all);
    expect(many.listed).toEqual(['raw/']);
    expect(paths(whole.of('dt=2025-01-02').objects)).toEqual(paths(of('dt=2025-01-02').objects));
  });

  it('shares listings between readers of one command, and takes prefixes from a listed root', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    await lake.write('raw/dt=2025-01-01/a.parquet');
    await lake.write('raw/dt=2025-01-011/no.parquet');
    const { store, listed } = counting(lake.store);
    const cache = new ListingCache();
    await cache.list(store, 'raw/');
    const { of } = await open(sketch({ inputs: [RAW] }), store, ['dt=2025-01-01'], cache);
    await open(sketch({ inputs: [RAW] }), store, ['dt=2025-01-01'], cache);
    expect(listed).toEqual(['raw/']);
    expect(paths(of('dt=2025-01-01').objects)).toEqual(['raw/dt=2025-01-01/a.parquet']);
    expect(await cache.list(store, 'raw/dt=2025-01-01/')).toMatchObject({
      objects: [{ path: 'raw/dt=2025-01-01/a.parquet' }],
    });
    await cache.listAgain(store, 'raw/');
    expect(listed).toEqual(['raw/', 'raw/']);
  });

  it('makes a failed listing a failure, never an empty one, and cancellation an error', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    const denied = Object.create(lake.store, {
      list: {
        value: () => {
          throw new LakefillError('STORE_DENIED', 'no s3:ListBucket');
        },
      },
    }) as ObjectStore;
    const { listing } = await open(sketch({ inputs: [RAW] }), denied, ['dt=2025-01-01']);
    expect(listing.failure).toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('no s3:ListBucket'),
    });
    const signal = AbortSignal.abort();
    await expect(
      open(sketch({ inputs: [RAW] }), lake.store, ['dt=2025-01-01'], new ListingCache({ signal })),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('reads the neighbours of a window if they exist, and says which they are', async () => {
    const lake = new Lake('2025-01-09T00:00:00Z');
    for (const day of ['04', '05', '06']) await lake.write(`raw/dt=2025-01-${day}/a.parquet`);
    const window = [-2, 0] as const;
    const { of } = await open(sketch({ inputs: [{ ...RAW, window }] }), lake.store, ['dt=2025-01-05']);
    const found = of('dt=2025-01-05');
    expect(paths(found.objects)).toEqual(['raw/dt=2025-01-04/a.parquet', 'raw/dt=2025-01-05/a.parquet']);
    expect(paths(found.neighbours)).toEqual(['raw/dt=2025-01-04/a.parquet']);
    expect(found.missingUnits).toEqual([]);
  });

  it('requires the whole window, but not before the first prefix of the input', async () => {
    const lake = new Lake('2025-01-09T00:00:00Z');
    for (const day of ['02', '03', '05']) await lake.write(`raw/dt=2025-01-${day}/a.parquet`);
    const dataset = sketch({ inputs: [{ ...RAW, window: [-2, 0], require: 'window' }] });
    const { of } = await open(dataset, lake.store, ['dt=2025-01-03', 'dt=2025-01-05']);
    expect(of('dt=2025-01-03').missingUnits).toEqual([]);
    expect(of('dt=2025-01-05').missingUnits.map((unit) => unit.values.dt)).toEqual(['2025-01-04']);
  });

  it('takes a prefix without its marker for absent', async () => {
    const lake = new Lake('2025-01-09T00:00:00Z');
    await lake.write('raw/dt=2025-01-01/a.parquet');
    await lake.write('raw/dt=2025-01-02/a.parquet');
    await lake.write('raw/dt=2025-01-02/_SUCCESS');
    const dataset = sketch({ inputs: [{ ...RAW, marker: '_SUCCESS' }] });
    const { of } = await open(dataset, lake.store, ['dt=2025-01-01', 'dt=2025-01-02']);
    expect(of('dt=2025-01-01')).toMatchObject({ objects: [], missingUnits: [{}] });
    expect(paths(of('dt=2025-01-02').objects)).toEqual(['raw/dt=2025-01-02/a.parquet']);
  });

  it('looks for the marker where the files are, however their folders are escaped', async () => {
    const lake = new Lake('2025-01-09T00:00:00Z');
    const dataset = sketch({
      target: `${STORE}clean/dt={dt}/r={r}/`,
      values: [{ name: 'r', values: [{ value: 'a b', start: null, end: null }], column: null }],
      inputs: [{ name: 'raw', url: `${STORE}raw/dt={dt}/r={r}/x/`, marker: 'done' }],
    });
    for (const folder of ['r=a%20b', 'r=a b']) {
      await lake.write(`raw/dt=2025-01-01/${folder}/x/part/a.parquet`);
      await lake.write(`raw/dt=2025-01-02/${folder}/x/part/a.parquet`);
    }
    await lake.write('raw/dt=2025-01-01/r=a%20b/x/done');
    await lake.write('raw/dt=2025-01-02/done');
    const { of } = await open(dataset, lake.store, ['dt=2025-01-01/r=a b', 'dt=2025-01-02/r=a b']);
    expect(paths(of('dt=2025-01-01/r=a b').objects)).toEqual(['raw/dt=2025-01-01/r=a%20b/x/part/a.parquet']);
    expect(of('dt=2025-01-02/r=a b')).toMatchObject({ objects: [], missingUnits: [{}] });
  });

  it('reads a Berlin day from the UTC hours that overlap it', async () => {
    const lake = new Lake('2025-11-09T00:00:00Z');
    const dataset = sketch({
      time: { timezone: 'Europe/Berlin' },
      inputs: [
        { name: 'raw', url: `${STORE}ev/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/`, grain: 'hour', timezone: 'UTC' },
      ],
    });
    const { of } = await open(dataset, lake.store, ['dt=2025-10-26', 'dt=2025-03-30']);
    expect([of('dt=2025-10-26').byUnit.length, of('dt=2025-03-30').byUnit.length]).toEqual([25, 23]);
  });
});

describe('missingUnits', () => {
  const unit = (over: Partial<UnitContent>, filled: boolean): UnitContent => ({
    values: {},
    neighbour: false,
    beforeFirst: false,
    objects: filled ? [info('a')] : [],
    ...over,
  });
  const own = unit({}, true);
  const gap = unit({}, false);
  const far = unit({ neighbour: true }, false);
  const early = unit({ neighbour: true, beforeFirst: true }, false);
  it.each([
    ['all', [own, gap, far], [gap]],
    ['any', [own, gap, far], []],
    ['any', [gap, far], [gap]],
    ['none', [gap, far], []],
    ['window', [own, far, early], [far]],
    ['window', [gap, early], [gap]],
  ] as const)('%s', (require, units, missing) => {
    expect(missingUnits(require, units)).toEqual(missing);
  });
});

describe('InputFactsReader', () => {
  it('finds files too short for Parquet, archived ones, and the newest', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    const dataset = sketch({ inputs: [RAW] });
    await lake.write('raw/dt=2025-01-01/a.parquet', 'PAR1');
    lake.clock.set('2025-01-04T00:00:00Z');
    await lake.write('raw/dt=2025-01-01/b.parquet');
    const cold = Object.create(lake.store, {
      list: {
        value: async function* (prefix: string) {
          for await (const page of lake.store.list(prefix))
            yield page.map((o) => ({ ...o, storageClass: 'DEEP_ARCHIVE' }));
        },
      },
    }) as ObjectStore;
    const read = async (store: ObjectStore) =>
      new InputFactsReader((await open(dataset, store, ['dt=2025-01-01'])).listing).read(
        keyOf(dataset, 'dt=2025-01-01')!,
      );
    const facts = await read(lake.store);
    expect(paths(facts.unreadable)).toEqual(['raw/dt=2025-01-01/a.parquet']);
    expect([facts.archived.length, facts.newest]).toEqual([0, Date.parse('2025-01-04T00:00:00Z')]);
    expect(facts.record).toMatchObject({ name: 'raw', objects: 2, bytes: 68, tracked: true });
    expect((await read(cold)).archived).toHaveLength(2);
  });
});
