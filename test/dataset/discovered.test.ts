import { describe, expect, it } from 'vitest';
import { DiscoveredValues } from '../../src/dataset/discovered.js';
import { expectedKeys } from '../../src/dataset/expected-keys.js';
import { STORE, sketch } from '../support/lake.js';
import type { DatasetSketch } from '../support/lake.js';

const from = (name: string) => ({ name, from: 'raw', values: [], column: null });
const listed = (name: string, ...values: string[]) => ({
  name,
  values: values.map((value) => ({ value, start: null, end: null })),
  column: null,
});
const NOW = Date.parse('2025-01-03T12:00:00Z');

function keysOf(words: DatasetSketch, held: Record<string, string | null>[], known: typeof held = []) {
  const dataset = sketch(words);
  const values = new DiscoveredValues(dataset, dataset.inputs[0]!, held, known);
  return { keys: expectedKeys(dataset, NOW, values).map((k) => k.partition.key), values };
}

describe('DiscoveredValues', () => {
  const daily: DatasetSketch = {
    target: `${STORE}clean/dt={dt}/region={region}/`,
    values: [from('region')],
    inputs: [{ name: 'raw', url: `${STORE}raw/dt={dt}/region={region}/*.parquet` }],
  };

  it('are the pairs that the input holds, not their product, and those that are known', () => {
    const { keys } = keysOf(
      daily,
      [
        { dt: '2025-01-01', region: 'us' },
        { dt: '2025-01-01', region: 'eu' },
        { dt: '2025-01-03', region: null },
        { dt: '2024-12-31', region: 'before' },
      ],
      [
        { dt: '2025-01-02', region: 'gone' },
        { dt: '2025-01-01', region: 'eu' },
      ],
    );
    expect(keys).toEqual([
      'dt=2025-01-01/region=eu',
      'dt=2025-01-01/region=us',
      'dt=2025-01-02/region=gone',
      'dt=2025-01-03/region=__HIVE_DEFAULT_PARTITION__',
    ]);
    expect(expectedKeys(sketch(daily), NOW)).toEqual([]);
  });

  it('are looked up in the units of the input that overlap, in its own zone', () => {
    const hourly = {
      ...daily,
      time: { timezone: 'Europe/Berlin' },
      inputs: [
        {
          name: 'raw',
          url: `${STORE}raw/{dt:yyyyMMddHH}/{region}/*.parquet`,
          grain: 'hour' as const,
          timezone: 'UTC',
        },
      ],
    };
    expect(
      keysOf(hourly, [
        { dt: '2024-12-31T22', region: 'too early' },
        { dt: '2024-12-31T23', region: 'eu' },
        { dt: '2025-01-01T22', region: 'eu' },
        { dt: '2025-01-01T23', region: 'us' },
      ]).keys,
    ).toEqual(['dt=2025-01-01/region=eu', 'dt=2025-01-02/region=us']);
  });

  it('hold for every unit where time does not cut the input, and keep listed values apart', () => {
    const words: DatasetSketch = {
      target: `${STORE}clean/{shop}/dt={dt}/{till}/`,
      time: { end: '2025-01-02' },
      values: [listed('shop', 'a', 'b'), from('till')],
      inputs: [{ name: 'raw', url: `${STORE}raw/{shop}/{till}.parquet` }],
    };
    const held = [
      { shop: 'a', till: '1' },
      { shop: 'b', till: '2' },
      { shop: 'c', till: '3' },
    ];
    expect(keysOf(words, held).keys).toEqual([
      'a/dt=2025-01-01/1',
      'b/dt=2025-01-01/2',
      'a/dt=2025-01-02/1',
      'b/dt=2025-01-02/2',
    ]);
  });

  it('leave out what the target cannot write, and name it', () => {
    const words: DatasetSketch = {
      target: `${STORE}clean/{region}/`,
      time: null,
      values: [from('region')],
      inputs: [{ name: 'raw', url: `${STORE}raw/region={region}/*.parquet` }],
    };
    const { keys, values } = keysOf(words, [{ region: 'eu' }, { region: 'a/b' }, { region: null }]);
    expect(keys).toEqual(['eu']);
    expect(values.unwritable).toEqual(['region=a/b', 'region=null']);
  });
});
