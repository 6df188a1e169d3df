import { describe, expect, it } from 'vitest';
import { LakefillError } from '../../src/core/errors.js';
import { versionDigest } from '../../src/core/digest.js';
import { fingerprintOf } from '../../src/dataset/fingerprint.js';
import type { DatasetScan } from '../../src/scan/dataset-scan.js';
import type { ObjectInfo, ObjectStore } from '../../src/store/object-store.js';
import { Lake, STORE, journalOf, produced, showing, sketch } from '../support/lake.js';

const RAW = { name: 'raw', url: `${STORE}raw/sales/dt={dt}/*.parquet` };
const recordOf = (name: string, objects: readonly ObjectInfo[]) => ({
  name,
  objects: objects.length,
  bytes: objects.reduce((sum, o) => sum + o.size, 0),
  version: versionDigest(objects),
  tracked: true,
});
const seen = (scan: DatasetScan) =>
  Object.fromEntries(
    scan.keys.map((k) => [k.partition.key, [k.status, k.reasons[0]?.code ?? null].join(' ').trim()]),
  );

describe('scanDataset', () => {
  it('tells fresh, missing, blocked and pending keys apart', async () => {
    const lake = new Lake('2025-01-04T12:00:00Z');
    const dataset = lake.add(sketch({ inputs: [RAW] }));
    for (const day of ['01', '02']) await lake.write(`raw/sales/dt=2025-01-${day}/a.parquet`);
    lake.clock.set('2025-01-04T13:00:00Z');
    await lake.write('clean/sales/dt=2025-01-01/x.parquet');
    const scan = await lake.scan(dataset);
    expect(seen(scan)).toEqual({
      'dt=2025-01-01': 'fresh',
      'dt=2025-01-02': 'missing absent',
      'dt=2025-01-03': 'blocked input-missing',
      'dt=2025-01-04': 'pending not-due',
    });
    expect(scan.keys[0]).toMatchObject({ managed: false, rows: null });
    expect(scan.keys[2]!.reasons[0]!.message).toBe(
      `raw: no data at ${STORE}raw/sales/dt=2025-01-03/*.parquet`,
    );
  });

  it('compares recorded input versions, and names what was written since', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    const dataset = sketch({ inputs: [RAW], time: { end: '2025-01-02' } });
    const raw1 = await lake.write('raw/sales/dt=2025-01-01/a.parquet');
    const raw2 = await lake.write('raw/sales/dt=2025-01-02/a.parquet');
    const out1 = await lake.write('clean/sales/dt=2025-01-01/x.parquet');
    const out2 = await lake.write('clean/sales/dt=2025-01-02/x.parquet');
    const keys = journalOf(
      produced(dataset, 'dt=2025-01-01', [out1], [recordOf('raw', [raw1])]),
      produced(dataset, 'dt=2025-01-02', [out2], [recordOf('raw', [raw2])]),
    );
    lake.add(dataset, showing(keys));
    lake.clock.set('2025-01-12T00:00:00Z');
    await lake.write('raw/sales/dt=2025-01-02/late.parquet');
    const scan = await lake.scan(dataset);
    expect(seen(scan)).toEqual({ 'dt=2025-01-01': 'fresh', 'dt=2025-01-02': 'stale input-changed' });
    expect(scan.keys[1]!.reasons[0]!.message).toContain(
      'written since: memory://lake/raw/sales/dt=2025-01-02/late.parquet',
    );
    expect(scan.keys[0]).toMatchObject({ managed: true, rows: 7 });
  });

  it('says what differs of an input that kept its number of files and bytes', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    const dataset = sketch({ inputs: [RAW], time: { end: '2025-01-02' } });
    const out = await Promise.all(
      ['01', '02'].map((d) => lake.write(`clean/sales/dt=2025-01-${d}/x.parquet`)),
    );
    const raw = await Promise.all(['01', '02'].map((d) => lake.write(`raw/sales/dt=2025-01-${d}/a.parquet`)));
    const keys = ['01', '02'].map((d, i) =>
      produced(dataset, `dt=2025-01-${d}`, [out[i]!], [recordOf('raw', [raw[i]!])]),
    );
    lake.add(dataset, showing(journalOf(...keys)));
    await lake.write('raw/sales/dt=2025-01-01/a.parquet');
    lake.clock.set('2025-01-12T00:00:00Z');
    await lake.write('raw/sales/dt=2025-01-02/a.parquet');
    expect((await lake.scan(dataset)).keys.map((key) => key.reasons[0]!.message)).toEqual([
      'raw: still 1 object with 64 bytes, but not the same files: copied, restored, moved or renamed (none was written since it was read)',
      'raw: still 1 object with 64 bytes, rewritten 2025-01-12T00:00:00Z; written since: memory://lake/raw/sales/dt=2025-01-02/a.parquet',
    ]);
  });

  it('calls every key unknown when the target cannot be listed, and none missing', async () => {
    const lake = new Lake('2025-01-03T00:00:00Z');
    const dataset = lake.add(sketch({ inputs: [RAW] }));
    const scan = await lake.scan(dataset, { stores: () => failing(lake.store, 'clean/sales/') });
    expect(new Set(scan.keys.map((k) => k.status))).toEqual(new Set(['unknown']));
    expect(scan.keys[0]!.reasons[0]).toMatchObject({ code: 'listing-failed' });
    expect(scan.keys[0]!.inputs).toBeNull();
  });

  it('calls a key unknown when its input cannot be listed, unless it is there and the input is not tracked', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    await lake.write('clean/sales/dt=2025-01-01/x.parquet');
    const stores = () => failing(lake.store, 'raw/sales/');
    const tracked = await lake.scan(lake.add(sketch({ inputs: [RAW] })), { stores });
    expect(seen(tracked)['dt=2025-01-01']).toBe('unknown input-unknown');
    const ignored = sketch({ inputs: [{ ...RAW, onChange: 'ignore' }] });
    expect(seen(await lake.scan(lake.add(ignored), { stores }))['dt=2025-01-01']).toBe('fresh');
  });

  it('calls every key unknown when the journal cannot be read', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const broken = {
      ...showing(),
      read: () => Promise.reject(new LakefillError('JOURNAL_CORRUPT', 'entry 3 is torn')),
    };
    const scan = await lake.scan(lake.add(sketch(), broken));
    expect(seen(scan)).toEqual({
      'dt=2025-01-01': 'unknown journal-failed',
      'dt=2025-01-02': 'unknown journal-failed',
    });
    expect(scan.keys[0]!.reasons[0]!.message).toContain('entry 3 is torn');
  });

  it('lists a key again when its journal moved during the listing', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const dataset = sketch({ time: { end: '2025-01-01' } });
    const old = await lake.write('clean/sales/dt=2025-01-01/old.parquet');
    const before = journalOf(produced(dataset, 'dt=2025-01-01', [old]));
    // Between the two reads another run publishes: the first listing still shows its predecessor.
    const swapped = await publishWhileListing(lake, dataset, before);
    lake.add(dataset, swapped.journal);
    const scan = await lake.scan(dataset, { stores: () => swapped.store });
    expect(seen(scan)).toEqual({ 'dt=2025-01-01': 'fresh' });
    expect(scan.keys[0]!.objects.map((o) => o.path)).toEqual(['clean/sales/dt=2025-01-01/new.parquet']);
  });

  it('does not judge a key whose journal moves during every listing', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const dataset = sketch({ time: { end: '2025-01-01' } });
    const file = await lake.write('clean/sales/dt=2025-01-01/a.parquet');
    let reads = 0;
    const journal = {
      ...showing(),
      read: () => {
        const state = produced(dataset, 'dt=2025-01-01', [file], [], { generation: ++reads, highest: reads });
        return Promise.resolve({ sequence: reads, keys: new Map([[state.key, state]]) });
      },
    };
    expect(seen(await lake.scan(lake.add(dataset, journal)))).toEqual({
      'dt=2025-01-01': 'stale interrupted',
    });
    expect(reads).toBe(5);
  });

  it('reports what stands outside the definition, and other spellings as a blocker', async () => {
    const lake = new Lake('2025-02-01T00:00:00Z');
    const dataset = sketch({
      target: `${STORE}clean/sales/month={dt:MM}/y={dt:yyyy}/`,
      time: { grain: 'month', first: '2025-01' },
    });
    lake.add(dataset);
    await lake.write('clean/sales/month=1/y=2025/a.parquet');
    await lake.write('clean/sales/month=12/y=2024/a.parquet');
    await lake.write('clean/sales/nonsense/here/a.parquet');
    await lake.write('clean/sales/readme.txt');
    const scan = await lake.scan(dataset);
    expect(seen(scan)).toMatchObject({
      'month=01/y=2025': 'blocked other-spelling',
      'month=1/y=2025': 'unexpected other-layout',
      'month=12/y=2024': 'unexpected not-expected',
      'nonsense/here': 'unexpected other-layout',
    });
    expect(scan.notes.map((note) => note.code)).toEqual(['stray-objects']);
  });

  it('asks for the tree only when a recorded text differs, and believes it', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const now = sketch({ sql: 'SELECT  1 AS a', time: { end: '2025-01-01' } });
    const before = sketch({ sql: 'select 1 as A' });
    const out = await lake.write('clean/sales/dt=2025-01-01/x.parquet');
    const tree = { algorithm: 'tree/test', tree: 'same' };
    const state = produced(now, 'dt=2025-01-01', [out], [], { definition: fingerprintOf(before, tree) });
    lake.add(now, showing(journalOf(state)));
    const asked: string[] = [];
    const treeOf = (sql: string) => (asked.push(sql), Promise.resolve(tree));
    expect(seen(await lake.scan(now, { treeOf }))).toEqual({ 'dt=2025-01-01': 'fresh' });
    expect(asked).toEqual(['SELECT  1 AS a']);
    const other = () => Promise.resolve({ algorithm: 'tree/test', tree: 'other' });
    expect(seen(await lake.scan(now, { treeOf: other }))).toEqual({
      'dt=2025-01-01': 'stale definition-changed',
    });
    const same = showing(journalOf(produced(now, 'dt=2025-01-01', [out])));
    await lake.scan(lake.add(now, same), { treeOf });
    expect(asked).toHaveLength(1);
  });

  it('finds truncated files with deep only, and lets young files of others settle', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const dataset = lake.add(sketch({ time: { end: '2025-01-02' } }));
    await lake.write('clean/sales/dt=2025-01-01/x.parquet', 'PAR1'.repeat(20) + 'oops');
    await lake.write('clean/sales/dt=2025-01-02/x.parquet', '');
    lake.clock.set('2025-01-03T00:05:00Z');
    await lake.write('clean/sales/dt=2025-01-02/y.parquet', 'PAR1');
    lake.clock.set('2025-01-03T00:15:00Z');
    expect(seen(await lake.scan(dataset))).toEqual({
      'dt=2025-01-01': 'fresh',
      'dt=2025-01-02': 'pending settling',
    });
    lake.clock.set('2025-01-03T00:20:00Z');
    expect(seen(await lake.scan(dataset, { deep: true }))).toEqual({
      'dt=2025-01-01': 'unreadable unreadable',
      'dt=2025-01-02': 'unreadable unreadable',
    });
  });

  it('reads the footers of files that differ from the journal without being asked', async () => {
    const lake = new Lake('2025-01-02T00:00:00Z');
    const dataset = sketch({ time: { end: '2025-01-01' } });
    const file = await lake.write('clean/sales/dt=2025-01-01/x.parquet', 'PAR1'.repeat(30));
    lake.add(dataset, showing(journalOf(produced(dataset, 'dt=2025-01-01', [file]))));
    expect(seen(await lake.scan(dataset))).toEqual({ 'dt=2025-01-01': 'fresh' });
    await lake.write('clean/sales/dt=2025-01-01/x.parquet', 'PAR1'.repeat(20) + 'oops');
    expect(seen(await lake.scan(dataset))).toEqual({ 'dt=2025-01-01': 'unreadable unreadable' });
  });

  it('looks into the files of others whose names end like something else', async () => {
    const lake = new Lake('2025-01-01T00:00:00Z');
    const dataset = sketch({ time: { end: '2025-01-03' } });
    const files = [];
    for (const day of ['01', '02'])
      files.push(await lake.write(`clean/sales/dt=2025-01-${day}/x.parquet`, 'PAR1'.repeat(30)));
    const made = files.map((file, i) => produced(dataset, `dt=2025-01-0${i + 1}`, [file]));
    lake.add(dataset, showing(journalOf(...made)));
    await lake.write('clean/sales/dt=2025-01-01/notes.txt', 'some words about the day');
    await lake.write('clean/sales/dt=2025-01-02/part-0000_0', 'some words about the day');
    await lake.write('clean/sales/dt=2025-01-03/notes.txt', 'some words about the day');
    lake.clock.set('2025-01-04T00:20:00Z');
    expect(seen(await lake.scan(dataset))).toEqual({
      'dt=2025-01-01': 'unreadable unreadable',
      'dt=2025-01-02': 'stale modified-outside',
      'dt=2025-01-03': 'unreadable unreadable',
    });
  });

  it('says upstream-missing for what another dataset has yet to make, and waits for one in flight', async () => {
    const lake = new Lake('2025-02-01T00:00:00Z');
    const orders = sketch({
      name: 'orders',
      target: `${STORE}clean/orders/dt={dt}/`,
      time: { end: '2025-01-03' },
    });
    const monthly = sketch({
      name: 'monthly',
      target: `${STORE}clean/monthly/m={dt}/`,
      time: { grain: 'month', first: '2025-01' },
      inputs: [
        {
          name: 'orders',
          url: `${STORE}clean/orders/dt={dt}/`,
          grain: 'day',
          dataset: 'orders',
          upstream: { start: '2025-01-01', end: '2025-01-03', exclude: [] },
        },
      ],
    });
    const one = await lake.write('clean/orders/dt=2025-01-01/a.parquet');
    await lake.write('clean/orders/dt=2025-01-02/a.parquet');
    const empty = produced(orders, 'dt=2025-01-03', []);
    lake.add(orders, showing(journalOf()));
    lake.add(monthly);
    const missing = (await lake.scan(monthly)).keys[0]!;
    expect(missing.reasons).toEqual([
      { code: 'upstream-missing', message: 'orders: orders/dt=2025-01-03 has no data yet' },
    ]);
    expect(missing.inputStates[0]!.awaits).toEqual({
      dataset: 'orders',
      keys: ['dt=2025-01-03'],
      need: 'all',
    });
    lake.add(orders, showing(journalOf(empty)));
    expect(seen(await lake.scan(monthly))).toMatchObject({ 'm=2025-01': 'missing absent' });
    const inFlight = { ...produced(orders, 'dt=2025-01-01', [one]), phase: 'cleaning' as const };
    lake.add(orders, showing(journalOf(inFlight, empty)));
    expect(seen(await lake.scan(monthly))).toMatchObject({ 'm=2025-01': 'blocked upstream-missing' });
    await lake.write('clean/monthly/m=2025-01/a.parquet');
    const there = (await lake.scan(monthly)).keys[0]!;
    expect([there.status, there.notes[0]?.code]).toEqual(['fresh', 'input-in-flight']);
  });

  it('judges only what is wanted', async () => {
    const lake = new Lake('2025-01-10T00:00:00Z');
    const dataset = lake.add(sketch({ inputs: [RAW] }));
    const scan = await lake.scan(dataset, { wanted: ({ key }) => key === 'dt=2025-01-05' });
    expect(Object.keys(seen(scan))).toEqual(['dt=2025-01-05']);
  });
});

function failing(store: ObjectStore, prefix: string): ObjectStore {
  return Object.create(store, {
    list: {
      value: (path: string, options?: object) => {
        if (path.startsWith(prefix)) throw new LakefillError('STORE_UNAVAILABLE', 'connection reset');
        return store.list(path, options);
      },
    },
  }) as ObjectStore;
}

async function publishWhileListing(
  lake: Lake,
  dataset: ReturnType<typeof sketch>,
  before: ReturnType<typeof journalOf>,
) {
  const path = 'clean/sales/dt=2025-01-01/';
  let state = before;
  const store = Object.create(lake.store, {
    list: {
      value: async function* (prefix: string) {
        for await (const page of lake.store.list(prefix)) yield page;
        if (state !== before) return;
        const fresh = await lake.write(`${path}new.parquet`);
        await lake.store.delete([{ path: `${path}old.parquet`, etag: null }]);
        const next = produced(dataset, 'dt=2025-01-01', [fresh], [], { generation: 2, highest: 2 });
        state = { sequence: 9, keys: new Map([[next.key, next]]) };
      },
    },
  }) as ObjectStore;
  return { store, journal: { ...showing(), read: () => Promise.resolve(state) } };
}
