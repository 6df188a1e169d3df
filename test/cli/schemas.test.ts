/** Documents that TypeScript accepts are documents that the published schemas accept, and the other way round. */
import { describe, expect, test } from 'vitest';
import type { GcDocument, HistoryDocument, RecoverDocument, RunEvent } from '../../src/index.js';
import { CliError, toErrorDocument } from '../../src/cli/error-document.js';
import {
  check,
  datasetPlan,
  ended,
  historyRun,
  planDocument,
  runDocument,
  scanDocument,
  scanned,
  scannedDataset,
  task,
} from './support/documents.js';
import { expectValid } from './support/schemas.js';

const at = '2025-02-01T09:00:00Z';
const full = ended(0, {
  outcome: 'rejected',
  checks: [check({ accepted: false, skipped: 'no current', message: 'm', samples: [{ a: 1 }] })],
  error: { code: 'c', message: 'm', hint: null },
  foreign: ['x.parquet'],
});
const events: readonly RunEvent[] = [
  { event: 'run-started', run: 'r', at, tasks: 1 },
  { event: 'recovered', run: 'r', at, dataset: 'd', key: 'k', how: 'finished' },
  { event: 'step', run: 'r', at, dataset: 'd', key: 'k', step: 'fetch', bytes: 1 },
  { event: 'step', run: 'r', at, dataset: 'd', key: 'k', step: 'promote' },
  { event: 'partition-ended', run: 'r', at, dataset: 'd', done: 1, tasks: 1, result: full },
  { event: 'note', run: 'r', at, message: 'm' },
  { event: 'run-ended', run: 'r', at, document: runDocument([full]) },
];
const history: HistoryDocument = {
  format: 'lakefill.history/1',
  runs: [historyRun(), historyRun({ plan: null, endedAt: null, exitCode: null })],
  events: [
    {
      dataset: 'd',
      key: 'k',
      sequence: 1,
      at,
      run: 'r',
      by: 'b',
      what: 'w',
      generation: null,
      rows: null,
      message: null,
    },
  ],
};
const gc: GcDocument = {
  format: 'lakefill.gc/1',
  dryRun: false,
  purge: ['p'],
  objects: 1,
  bytes: 1,
  datasets: [
    {
      dataset: 'd',
      store: 'file:///',
      items: [
        { kind: 'orphan', path: 'p', objects: 1, bytes: 1, why: 'w', removed: true },
        { kind: 'staging', path: 'p', objects: 1, bytes: 1, why: 'w', removed: false, kept: true },
      ],
    },
  ],
};
const recover: RecoverDocument = {
  format: 'lakefill.recover/1',
  datasets: [
    {
      dataset: 'd',
      copied: 1,
      keys: [{ key: 'k', run: 'r', phase: 'cleaning', result: 'conflict', message: 'm' }],
    },
  ],
};

describe('schemas of the documents', () => {
  test.each<[string, unknown]>([
    [
      'scan',
      scanDocument(
        scannedDataset([scanned(0, 'missing'), scanned(1, 'fresh', { lastModified: at, rows: 3 })]),
      ),
    ],
    [
      'scan',
      scanDocument(scannedDataset([], { grain: null, timezone: null, notes: [{ code: 'c', message: 'm' }] })),
    ],
    [
      'plan',
      planDocument([datasetPlan({ tasks: [task(0), task(1, { inputs: [{ name: 'a', tasks: ['b/c'] }] })] })]),
    ],
    ['plan', planDocument([], { refused: { code: 'c', message: 'm', hint: 'h' }, reason: 'r' })],
    ['plan', planDocument([datasetPlan({ held: [{ key: 'k', code: 'c', message: 'm', hint: 'h' }] })])],
    [
      'plan',
      planDocument([
        datasetPlan({
          held: [{ key: 'k', code: 'c', message: 'm', hint: 'h', status: 'missing', start: at, end: at }],
          unknown: [
            { key: 'k', code: 'c', message: 'm', hint: 'h', status: 'unknown', start: null, end: null },
          ],
        }),
      ]),
    ],
    ['run', runDocument([ended(0), full])],
    [
      'run',
      {
        ...runDocument([]),
        datasets: [
          {
            dataset: 'd',
            target: 't',
            partitions: [ended(0, { appeared: true })],
            newPartitions: { partitions: 1, repair: 'r', statements: ['s'] },
            held: [{ code: 'c', hint: 'h', keys: 2 }],
            unknown: [
              { key: 'k', code: 'c', message: 'm', hint: 'h', status: 'unknown', start: at, end: at },
            ],
          },
        ],
      },
    ],
    ['history', history],
    ['gc', gc],
    ['recover', recover],
    [
      'init',
      { format: 'lakefill.init/1', dir: '/p', files: [{ path: 'a', action: 'created' }], notes: ['n'] },
    ],
    ['error', toErrorDocument(new CliError('USAGE', 'm', 'h'))],
    ['error', toErrorDocument(new Error('boom'))],
  ])('%s', (name, document) => expectValid(name, JSON.parse(JSON.stringify(document))));

  test.each(events.map((event) => [event.event, event] as const))('event %s', (_, event) =>
    expectValid('event', JSON.parse(JSON.stringify(event))),
  );

  test('a member that the schema does not know is found', () => {
    expect(() => expectValid('gc', { ...gc, surprise: 1 })).toThrow();
    expect(() => expectValid('gc', { ...gc, dryRun: undefined })).toThrow();
  });
});
