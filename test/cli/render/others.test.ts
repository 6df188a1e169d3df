import { describe, expect, test } from 'vitest';
import type { GcDocument, RecoverDocument } from '../../../src/index.js';
import { renderError } from '../../../src/cli/render/error.js';
import { renderGc } from '../../../src/cli/render/gc.js';
import { renderHistory } from '../../../src/cli/render/history.js';
import { renderInit } from '../../../src/cli/render/init.js';
import { renderRecover } from '../../../src/cli/render/recover.js';
import { historyRun, plain } from '../support/documents.js';

const FORMAT = 'lakefill.history/1' as const;

describe('history', () => {
  test('a table of runs, newest first', () => {
    const runs = [
      historyRun({
        run: 'r2',
        endedAt: null,
        counts: {},
        reason: 'late data',
        datasets: ['sales', 'summary'],
      }),
      historyRun({ counts: { rejected: 1, promoted: 3 } }),
    ];
    expect(renderHistory({ format: FORMAT, runs, events: [] }, plain)).toEqual([
      'run  started               took       command  datasets        by        outcome                 reason',
      'r2   2025-02-01 09:00:00Z  not ended  run      sales, summary  ada@desk  unknown                 late data',
      'r1   2025-02-01 09:00:00Z  3.20 s     run      sales           ada@desk  3 promoted  1 rejected',
      'next: lakefill history r2',
    ]);
  });

  test('of partitions of which nothing is recorded: that, the nearest, and no list of runs', () => {
    const document = { format: FORMAT, runs: [historyRun({})], events: [] };
    const render = (nearest: string | null, view = plain) =>
      renderHistory({ ...document, unmatched: [{ partition: 'dt=2025-01-09', nearest }] }, view);
    expect(render('dt=2025-01-03')).toEqual([
      'nothing is recorded of dt=2025-01-09; the nearest is dt=2025-01-03',
      'next: lakefill history --partition dt=2025-01-03',
    ]);
    expect(render(null)).toEqual([
      'nothing is recorded of dt=2025-01-09; a scan shows which partitions there are',
      'next: lakefill scan',
    ]);
    expect(render(null, { ...plain, quiet: true })).toEqual(['nothing is recorded of dt=2025-01-09']);
  });

  test('what happened to one key', () => {
    const event = {
      dataset: 'sales',
      key: 'dt=2025-01-03',
      sequence: 4,
      at: '2025-02-01T09:00:00Z',
      run: 'r1',
      by: 'ada@desk',
      what: 'published',
      generation: 2,
      rows: 12998,
      message: null,
    };
    expect(renderHistory({ format: FORMAT, runs: [], events: [event] }, plain)).toEqual([
      'at                    partition            what       generation    rows  run  by        message',
      '2025-02-01 09:00:00Z  sales/dt=2025-01-03  published           2  12,998  r1   ada@desk',
    ]);
  });

  test('an empty one', () => {
    expect(renderHistory({ format: FORMAT, runs: [], events: [] }, plain)).toEqual([
      'nothing has happened yet',
    ]);
  });

  test('one that was lost is no empty one', () => {
    const notes = [{ dataset: 'sales', code: 'journal-lost', message: 'The journal of sales is lost.' }];
    expect(renderHistory({ format: FORMAT, runs: [], events: [], notes }, plain)).toEqual([
      'WARNING  The journal of sales is lost.',
    ]);
  });
});

describe('gc', () => {
  const item = {
    kind: 'staging',
    path: 'l/staging/r1/',
    objects: 3,
    bytes: 30_000,
    why: 'expired',
    removed: true,
  } as const;
  const document = (dryRun: boolean, removed = !dryRun): GcDocument => ({
    format: 'lakefill.gc/1',
    dryRun,
    objects: 7,
    bytes: 70_000,
    datasets: [
      {
        dataset: 'sales',
        store: 'file:///',
        items: [
          { ...item, removed },
          { ...item, path: 'l/staging/r2/', removed },
          {
            kind: 'retained',
            path: 'l/retained/1/',
            objects: 1,
            bytes: 10_000,
            why: 'older than 7d',
            removed,
          },
        ],
      },
    ],
  });

  test('groups what is alike', () => {
    expect(renderGc(document(true), plain)).toEqual([
      'sales',
      '  staging   /l/staging/r1/ and 1 more  6 objects 59 KiB  expired',
      '  retained  /l/retained/1/             1 object 9.8 KiB  older than 7d',
      'would remove 7 objects, 68 KiB',
      'next: lakefill gc sales',
    ]);
    expect(renderGc(document(true), plain, true).at(-1)).toBe('would remove 7 objects, 68 KiB');
  });

  test('-v lists each; what could not be removed is called kept', () => {
    expect(renderGc(document(false, false), { ...plain, verbose: true })).toEqual([
      'sales',
      '  staging   /l/staging/r1/  3 objects 29 KiB  expired        kept',
      '  staging   /l/staging/r2/  3 objects 29 KiB  expired        kept',
      '  retained  /l/retained/1/  1 object 9.8 KiB  older than 7d  kept',
      'removed 7 objects, 68 KiB',
    ]);
  });

  test('nothing', () => {
    expect(renderGc({ ...document(false), objects: 0, bytes: 0, datasets: [] }, plain)).toEqual([
      'nothing to remove',
    ]);
  });
});

describe('recover', () => {
  test('each key, how it ended', () => {
    const document: RecoverDocument = {
      format: 'lakefill.recover/1',
      datasets: [
        {
          dataset: 'sales',
          copied: 0,
          keys: [
            { key: 'dt=1', run: 'r1', phase: 'promoting', result: 'promoted', message: 'finished' },
            { key: 'dt=2', run: 'r1', phase: 'aborting', result: 'in-flight', message: 'its lease is alive' },
          ],
        },
      ],
    };
    expect(renderRecover(document, plain, false, 'scan')).toEqual([
      'promoted   sales/dt=1  was promoting  run r1  finished',
      'in-flight  sales/dt=2  was aborting   run r1  its lease is alive',
      'next: lakefill scan sales',
    ]);
    expect(renderRecover(document, plain, true, 'recover').at(-1)).toBe('next: lakefill recover sales');
    expect(renderRecover(document, plain)).toHaveLength(2);
    expect(renderRecover({ ...document, datasets: [] }, plain, false, 'scan')).toEqual([
      'nothing to recover',
    ]);
  });

  test('names gc for what runs left that are over', () => {
    const document: RecoverDocument = {
      format: 'lakefill.recover/1',
      datasets: [{ dataset: 'sales', copied: 0, keys: [], leftovers: { objects: 2, bytes: 2048 } }],
    };
    expect(renderRecover(document, plain, false, 'scan')).toEqual([
      'nothing to recover',
      'sales: work files and expired output of runs that are over are still there (2 objects, 2 KiB); `lakefill gc sales` removes them',
    ]);
  });

  test('what was copied, and that a dry run recorded nothing', () => {
    const document: RecoverDocument = {
      format: 'lakefill.recover/1',
      datasets: [{ dataset: 'sales', copied: 2, keys: [] }],
    };
    const line = (verb: string) =>
      `sales: 2 partitions were copied or restored and have the published bytes; their new versions ${verb} recorded, so that no scan reads them again`;
    expect(renderRecover(document, plain)).toEqual([line('are')]);
    expect(renderRecover(document, plain, true)).toEqual([line('would be')]);
  });
});

describe('init', () => {
  const files = [
    { path: 'lakefill.yaml', action: 'created' },
    { path: '.gitignore', action: 'extended' },
  ] as const;
  const document = { format: 'lakefill.init/1', dir: '/p', files, notes: [] } as const;

  test('what was written and what to type', () => {
    expect(renderInit(document, 'my lake', plain)).toEqual([
      'wrote lakefill.yaml',
      'added to .gitignore',
      "next: lakefill scan --project 'my lake'",
    ]);
    expect(renderInit(document, '.', plain).at(-1)).toBe('next: lakefill scan');
  });
});

describe('errors', () => {
  const error = { format: 'lakefill.error/1', code: 'X', context: {}, exitCode: 1 } as const;

  test('message, then hint', () => {
    expect(renderError({ ...error, message: 'It broke.\nbadly', hint: 'Do this.' }, plain.style)).toEqual([
      'error: It broke.',
      '  badly',
      '  Do this.',
    ]);
    expect(renderError({ ...error, message: 'It broke.', hint: null }, plain.style)).toEqual([
      'error: It broke.',
    ]);
  });

  test('a definition error lists its problems by position, once', () => {
    const problems = [
      { file: 'partitions/a.yaml', line: 1, column: 10, path: 'target', message: 'is missing' },
      { file: 'partitions/long.yaml', line: 12, column: 1, path: 'checks[1]', message: "unknown key 'mni'" },
    ];
    const message = '2 problems in 2 files.\n  partitions/a.yaml:1:10 target is missing';
    expect(
      renderError(
        { ...error, code: 'DEFINITION_INVALID', message, hint: 'Correct them.', context: { problems } },
        plain.style,
      ),
    ).toEqual([
      'error: 2 problems in 2 files.',
      '  partitions/a.yaml:1:10     target     is missing',
      "  partitions/long.yaml:12:1  checks[1]  unknown key 'mni'",
      '  Correct them.',
    ]);
  });
});
