/** Literal documents for render tests: small builders that fill in what a test does not look at. */
import type {
  CheckOutcome,
  DatasetPlan,
  HistoryRun,
  PartitionOutcome,
  Plan,
  RunDocument,
  ScanDocument,
  ScannedDataset,
  ScannedPartition,
  Status,
  Task,
} from '../../../src/index.js';
import { createStyle } from '../../../src/cli/render/style.js';
import type { View } from '../../../src/cli/render/view.js';

export const plain: View = {
  style: createStyle({ color: false, width: 80 }),
  verbose: false,
  quiet: false,
  words: '',
  projectWords: '',
};

/** ISO day `index` days after 2025-01-01. */
export function dayAfter(index: number): string {
  return new Date(Date.UTC(2025, 0, 1 + index)).toISOString().slice(0, 10);
}

export function scanned(
  index: number,
  status: Status,
  more: Partial<ScannedPartition> = {},
): ScannedPartition {
  const key = `dt=${dayAfter(index)}`;
  return {
    key,
    start: `${dayAfter(index)}T00:00:00Z`,
    end: `${dayAfter(index + 1)}T00:00:00Z`,
    status,
    reasons: status === 'missing' ? [{ code: 'absent', message: `no object under /lake/sales/${key}/` }] : [],
    notes: [],
    managed: status === 'fresh',
    generation: status === 'fresh' ? 1 : null,
    files: status === 'fresh' ? 1 : 0,
    bytes: status === 'fresh' ? 2048 : 0,
    rows: null,
    lastModified: null,
    ...more,
  };
}

export function scannedDataset(
  partitions: readonly ScannedPartition[],
  more: Partial<ScannedDataset> = {},
): ScannedDataset {
  const counts: Partial<Record<Status, number>> = {};
  const unmanaged: Partial<Record<Status, number>> = {};
  for (const { status, managed, files } of partitions) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (!managed && files > 0) unmanaged[status] = (unmanaged[status] ?? 0) + 1;
  }
  return {
    dataset: 'sales',
    target: '/lake/sales/dt={dt}/',
    grain: 'day',
    timezone: 'UTC',
    counts,
    unmanaged,
    partitions,
    notes: [],
    ...more,
  };
}

export function scanDocument(...datasets: readonly ScannedDataset[]): ScanDocument {
  return { format: 'lakefill.scan/1', asOf: '2025-02-01T09:00:00Z', datasets };
}

export function task(index: number, more: Partial<Task> = {}): Task {
  return {
    key: `dt=${dayAfter(index)}`,
    action: 'create',
    start: `${dayAfter(index)}T00:00:00Z`,
    end: `${dayAfter(index + 1)}T00:00:00Z`,
    reasons: [{ code: 'absent', message: 'no object' }],
    inputs: [{ name: 'raw', objects: 1, bytes: 1024, version: 'v' }],
    base: { generation: null, objects: 0, bytes: 0, version: 'v' },
    ...more,
  };
}

export function datasetPlan(more: Partial<DatasetPlan> = {}): DatasetPlan {
  return {
    dataset: 'sales',
    target: '/lake/sales/dt={dt}/',
    definition: 'd',
    journalSequence: 41,
    checks: 'c',
    warnings: [],
    guarantee: 'whole generations',
    tasks: [],
    held: [],
    unknown: [],
    fresh: 0,
    ...more,
  };
}

export function planDocument(datasets: readonly DatasetPlan[], more: Partial<Plan> = {}): Plan {
  const tasks = datasets.flatMap((d) => d.tasks);
  return {
    format: 'lakefill.plan/1',
    id: 'p1',
    createdAt: '2025-02-01T09:00:00.123Z',
    asOf: '2025-02-01T09:00:00.123Z',
    reason: null,
    requestedBy: 'ada@desk',
    options: {
      concurrency: null,
      batch: null,
      order: 'oldest',
      canary: false,
      maxFailures: null,
      stageOnly: false,
      together: false,
      accept: [],
    },
    datasets,
    refused: null,
    estimate: {
      partitions: tasks.length,
      readBytes: 1024 * tasks.length,
      writeBytes: 512 * tasks.length,
      requests: 12 * tasks.length,
      seconds: null,
    },
    ...more,
  };
}

export function check(more: Partial<CheckOutcome> = {}): CheckOutcome {
  return { check: 'notNull(order_id)', severity: 'error', passed: true, failures: 0, samples: [], ...more };
}

export function ended(index: number, more: Partial<PartitionOutcome> = {}): PartitionOutcome {
  return {
    key: `dt=${dayAfter(index)}`,
    outcome: 'promoted',
    generation: 1,
    attempts: 1,
    rows: { input: { raw: 1000 }, output: 998, previous: null },
    files: 1,
    bytes: 52311,
    contentHash: 'h',
    checks: [check(), check(), check(), check()],
    error: null,
    seconds: { fetch: 0.1, transform: 0.44, check: 0.1, stage: 0.1, promote: 0.1 },
    ...more,
  };
}

export function runDocument(
  partitions: readonly PartitionOutcome[],
  more: Partial<RunDocument> = {},
): RunDocument {
  const counts: Partial<Record<PartitionOutcome['outcome'], number>> = {};
  for (const { outcome } of partitions) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return {
    format: 'lakefill.run/1',
    id: 'r1',
    plan: 'p1',
    command: 'run',
    requestedBy: 'ada@desk',
    reason: null,
    startedAt: '2025-02-01T09:00:00Z',
    endedAt: '2025-02-01T09:00:03.2Z',
    exitCode: 0,
    guarantee: 'readers see whole generations',
    engine: 'duckdb',
    counts,
    datasets: [{ dataset: 'sales', target: '/lake/sales/dt={dt}/', partitions }],
    ...more,
  };
}

export function historyRun(more: Partial<HistoryRun> = {}): HistoryRun {
  return {
    run: 'r1',
    plan: 'p1',
    command: 'run',
    requestedBy: 'ada@desk',
    reason: null,
    startedAt: '2025-02-01T09:00:00Z',
    endedAt: '2025-02-01T09:00:03.2Z',
    exitCode: 0,
    counts: { promoted: 3 },
    datasets: ['sales'],
    ...more,
  };
}
