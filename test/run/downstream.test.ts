/** Which partitions read what a run changed: from the definitions alone. */
import { expect, test } from 'vitest';
import type { Dataset, Project } from '../../src/dataset/dataset.js';
import { downstreamOf } from '../../src/run/downstream.js';
import type { PartitionOutcome } from '../../src/run/run-document.js';
import { ended } from '../cli/support/documents.js';
import { sketch, STORE } from '../support/lake.js';

const NOW = Date.parse('2025-01-11T00:00:00Z');
const region = { name: 'region', from: 'raw', values: [], column: null };
const REGIONS = `${STORE}clean/regions/dt={dt}/region={region}/`;

/** Of a run of the first dataset that promoted these keys. */
function downstream(datasets: readonly Dataset[], ...keys: readonly string[]) {
  const partitions = keys.map((key): PartitionOutcome => ended(0, { key }));
  const project = { settings: {}, datasets } as unknown as Project;
  return downstreamOf(project, [{ dataset: datasets[0]!.name, partitions }], NOW);
}

const regions = sketch({
  name: 'regions',
  target: REGIONS,
  values: [region],
  inputs: [{ name: 'raw', url: `${STORE}raw/dt={dt}/region={region}/*` }],
});
const reading = (name: string, target: string, more: Parameters<typeof sketch>[0] = {}) =>
  sketch({
    name,
    target: `${STORE}clean/${name}/${target}`,
    inputs: [{ name: 'raw', url: `${REGIONS}*.parquet`, dataset: 'regions' }],
    ...more,
  });

test('a reader that finds its values in what changed is counted by exactly those', () => {
  const reader = reading('copy', 'dt={dt}/region={region}/', { values: [region] });
  expect(downstream([regions, reader], 'dt=2025-01-02/region=eu', 'dt=2025-01-03/region=us')).toEqual([
    { dataset: 'copy', partitions: 2 },
  ]);
  const coarse = reading('months', 'm={dt}/region={region}/', {
    values: [region],
    time: { grain: 'month', start: { value: '2024-12' } },
    inputs: [{ name: 'raw', url: `${REGIONS}*.parquet`, dataset: 'regions', grain: 'day' }],
  });
  expect(downstream([regions, coarse], 'dt=2024-12-02/region=eu', 'dt=2024-12-03/region=eu')).toEqual([
    { dataset: 'months', partitions: 1 },
  ]);
});

test('a reader that finds its values elsewhere is not counted', () => {
  const reader = reading('other', 'dt={dt}/region={region}/', {
    values: [{ ...region, from: 'list' }],
    inputs: [
      { name: 'list', url: `${STORE}list/dt={dt}/region={region}/*` },
      { name: 'regions', url: `${REGIONS}*.parquet`, dataset: 'regions' },
    ],
  });
  expect(downstream([regions, reader], 'dt=2025-01-02/region=eu')).toEqual([]);
});

test('the partition after a changed one reads it with self: -1, unless it is not due or was made by the same run', () => {
  const balance = sketch({
    name: 'balance',
    inputs: [{ name: 'previous', url: `${STORE}clean/sales/dt={dt}/*`, self: -1 }],
  });
  expect(downstream([balance], 'dt=2025-01-02')).toEqual([{ dataset: 'balance', partitions: 1 }]);
  expect(downstream([balance], 'dt=2025-01-02', 'dt=2025-01-03', 'dt=2025-01-04')).toEqual([
    { dataset: 'balance', partitions: 1 },
  ]);
  expect(downstream([balance], 'dt=2025-01-10')).toEqual([]);
});

test('a partition that is made from itself as it stands is not behind itself', () => {
  const merged = sketch({
    name: 'merged',
    inputs: [{ name: 'current', url: `${STORE}clean/sales/dt={dt}/*`, self: 0, onChange: 'ignore' }],
  });
  expect(downstream([merged], 'dt=2025-01-02')).toEqual([]);
});
