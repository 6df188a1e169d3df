import { describe, expect, test } from 'vitest';
import { createRowRenderer } from '../../../src/cli/render/run-rows.js';
import { renderRun, renderRunSummary } from '../../../src/cli/render/run.js';
import { createStatusLine } from '../../../src/cli/render/status-line.js';
import { check, ended, plain, runDocument } from '../support/documents.js';

const view = { ...plain, dryRun: false, justEnded: true };
const rejected = ended(1, {
  outcome: 'rejected',
  generation: 3,
  checks: [
    check(),
    check({
      check: 'unique(order_id)',
      passed: false,
      failures: 2,
      message: '2 rows share a value',
      samples: [{ order_id: 7, n: 2 }],
    }),
  ],
  error: { code: 'checks-failed', message: '1 check failed', hint: null },
});
const failed = ended(2, {
  outcome: 'failed',
  generation: null,
  error: {
    code: 'ENGINE_MEMORY',
    message: 'The transform needed more\nthan 512 MiB.',
    hint: 'Raise limits.memory.',
  },
});
const unchanged = ended(3, {
  outcome: 'unchanged',
  error: { code: 'same-content', message: 'identical output', hint: null },
});

test('keys that were not begun for one reason are told once, with -v each by itself', () => {
  const error = { code: 'time-budget', message: 'The time was over.', hint: 'Retry.' };
  const late = [1, 2, 3].map((day) => ended(day, { outcome: 'cancelled', generation: null, error }));
  const document = runDocument([ended(0), ...late]);
  expect(renderRunSummary(document, view).slice(1)).toEqual([
    '',
    'sales/dt=2025-01-02 .. dt=2025-01-04 (3)  cancelled',
    '  time-budget: The time was over.',
    '  now: readers find what they found before',
    '  do:  Retry.',
    '',
    `next: lakefill retry ${document.id}`,
  ]);
  const told = renderRunSummary(document, { ...view, verbose: true }).filter((line) =>
    line.includes('cancelled'),
  );
  expect(told).toHaveLength(4);
});

describe('rows of a run', () => {
  const row = (keys: readonly string[] = []) =>
    createRowRenderer({ style: plain.style, withDataset: false, keys });

  test('the shape of a promoted partition', () => {
    expect(row()({ dataset: 'sales', done: 3, tasks: 31, result: ended(2) })).toBe(
      '[ 3/31] dt=2025-01-03  promoted  998 rows  51 KiB  checks 4 ok  0.84 s',
    );
  });

  test('rows that nobody counted are left out', () => {
    const restored = ended(2, { rows: { input: {}, output: null, previous: 9 } });
    expect(row()({ dataset: 'sales', done: 3, tasks: 31, result: restored })).toBe(
      '[ 3/31] dt=2025-01-03  promoted  51 KiB  checks 4 ok  0.84 s',
    );
  });

  test('columns are aligned and never narrow', () => {
    const render = row(['dt=2025-01-01', 'dt=__HIVE_DEFAULT_PARTITION__']);
    const big = ended(1, { bytes: 10_000_000, rows: { input: {}, output: 1_234_567, previous: 1 } });
    const warned = ended(2, {
      checks: [check(), check({ passed: false, severity: 'warn' }), check({ skipped: 'no current' })],
    });
    expect(
      [ended(0), big, warned].map((result, i) => render({ dataset: 's', done: i + 1, tasks: 3, result })),
    ).toEqual([
      '[1/3] dt=2025-01-01                  promoted  998 rows  51 KiB  checks 4 ok  0.84 s',
      '[2/3] dt=2025-01-02                  promoted  1,234,567 rows  9.5 MiB  checks 4 ok  0.84 s',
      '[3/3] dt=2025-01-03                  promoted        998 rows   51 KiB  checks 1 ok, 1 warn, 1 skipped  0.84 s',
    ]);
  });

  test('what did not end promoted says why in a word', () => {
    const render = row();
    const rows = [rejected, failed, unchanged].map((result, i) =>
      render({ dataset: 's', done: i + 1, tasks: 3, result }),
    );
    expect(rows).toEqual([
      '[1/3] dt=2025-01-02  rejected  unique(order_id): 2 rows share a value',
      '[2/3] dt=2025-01-03  failed    ENGINE_MEMORY: The transform needed more than 512 MiB.',
      '[3/3] dt=2025-01-04  unchanged  same-content: identical output',
    ]);
  });

  test('an accepted check is not a reason', () => {
    const accepted = ended(0, { checks: [check({ passed: false, accepted: true })] });
    expect(row()({ dataset: 's', done: 1, tasks: 1, result: accepted })).toContain('checks 0 ok, 1 accepted');
  });

  test('one row is one; what nothing checked says nothing of checks', () => {
    const restored = ended(0, { rows: { input: {}, output: 1, previous: 3 }, checks: [] });
    expect(row()({ dataset: 's', done: 1, tasks: 1, result: restored })).toBe(
      '[1/1] dt=2025-01-01  promoted  1 row  51 KiB  0.84 s',
    );
  });

  test('a partition that a rollback removed again', () => {
    const removed = ended(0, { generation: null, rows: { input: {}, output: 0, previous: 3 }, checks: [] });
    expect(row()({ dataset: 's', done: 1, tasks: 1, result: removed })).toBe(
      '[1/1] dt=2025-01-01  promoted  absent again  0.84 s',
    );
  });

  test('several datasets: keys carry their names', () => {
    const render = createRowRenderer({ style: plain.style, withDataset: true, keys: [] });
    expect(render({ dataset: 'sales', done: 1, tasks: 1, result: ended(0) })).toContain(
      ' sales/dt=2025-01-01 ',
    );
  });
});

describe('summary of a run', () => {
  test('for each failure: what happened, to what, its state, what to do', () => {
    const document = runDocument([ended(0), rejected, failed, unchanged], { exitCode: 3 });
    expect(renderRunSummary(document, view)).toEqual([
      'run r1  3.20 s  1 promoted  1 unchanged  1 rejected  1 failed  exit 3',
      '',
      'sales/dt=2025-01-02  rejected',
      '  unique(order_id): 2 rows share a value',
      '    {"order_id":7,"n":2}',
      '  now: readers find generation 3',
      '  do:  Correct the input, the SQL or the check.',
      '',
      'sales/dt=2025-01-03  failed',
      '  ENGINE_MEMORY: The transform needed more',
      '  than 512 MiB.',
      '  now: lakefill has published nothing for this partition',
      '  do:  Raise limits.memory.',
      '',
      'next: lakefill retry r1',
    ]);
  });

  test('-v says what readers can rely on', () => {
    expect(renderRunSummary(runDocument([ended(0)]), { ...view, verbose: true })).toEqual([
      'run r1  3.20 s  1 promoted',
      '  readers: readers see whole generations',
    ]);
  });

  test('foreign objects are named', () => {
    const conflict = ended(0, { outcome: 'conflict', foreign: ['x.parquet'] });
    expect(renderRunSummary(runDocument([conflict]), view)).toContain(
      '  now: readers find generation 1; kept beside it, not written by lakefill: x.parquet',
    );
  });

  test('of a publication that was cut only what is known is said', () => {
    const cut = ended(0, { outcome: 'failed', standing: 'cleaning' });
    expect(renderRunSummary(runDocument([cut]), view)).toContain(
      '  now: the new files are in place, and old ones may stand beside them; `lakefill recover` finishes it',
    );
  });

  test('ten failures are told, the rest are counted', () => {
    const lines = renderRunSummary(
      runDocument(Array.from({ length: 13 }, (_, i) => ({ ...failed, key: `k=${i}` }))),
      view,
    );
    expect(lines.filter((line) => line.startsWith('sales/'))).toHaveLength(10);
    expect(lines).toContain('3 more failures: lakefill history r1 -v');
  });

  test('what is staged waits for a decision', () => {
    const document = runDocument([ended(0, { outcome: 'staged' })], { stagedUntil: '2025-02-15T09:00:00Z' });
    expect(renderRunSummary(document, { ...view, projectWords: ' --project lake' })).toEqual([
      'run r1  3.20 s  1 staged',
      'next: lakefill diff r1 --project lake',
      'next: lakefill promote r1 --project lake (kept until 2025-02-15 09:00:00Z)',
    ]);
  });

  test('a past run says nothing of now, and asks for a decision only while its output waits', () => {
    const staged = [ended(0, { outcome: 'staged' as const }), failed];
    const waiting = runDocument(staged, { stagedUntil: '2025-02-15T09:00:00Z' });
    const past = (document: typeof waiting) => renderRun(document, { ...plain, past: true }).join('\n');
    expect(past(waiting)).toContain('next: lakefill promote r1 (kept until');
    expect(past(runDocument(staged))).not.toMatch(/next:|now:|do:/);
    expect(past(waiting)).not.toMatch(/retry|now:|do:/);
    expect(renderRunSummary(waiting, view).join('\n')).toMatch(/now:[^]*do:[^]*lakefill retry/);
  });

  test('why a partition was passed over is told with --quiet', () => {
    const error = { code: 'checks-refused', message: 'Its checks refused it.', hint: null };
    const skipped = ended(0, { outcome: 'skipped', error });
    const lines = renderRunSummary(runDocument([skipped, ended(1)]), { ...view, quiet: true });
    expect(lines.slice(1)).toEqual(['sales/dt=2025-01-01  skipped  checks-refused: Its checks refused it.']);
  });

  test('a failed rollback is not for retry', () => {
    const lines = renderRunSummary(runDocument([failed], { command: 'rollback' }), view);
    expect(lines.join()).not.toContain('lakefill retry');
  });

  test('after a rollback: that it is held, how to include it, and the scan; not in the history', () => {
    const document = { ...runDocument([ended(1)]), command: 'rollback' } as const;
    const after = [
      'what was undone is not made again until its SQL or inputs change, or you ask for it: lakefill run sales --only failed',
      'next: lakefill scan sales',
    ];
    expect(renderRunSummary(document, view).slice(1)).toEqual(after);
    expect(renderRunSummary(document, { ...view, quiet: true })).toHaveLength(1);
    expect(renderRun(document, plain)).not.toContain(after[1]);
    expect(renderRunSummary({ ...document, command: 'promote' }, view).slice(1)).toEqual([after[1]]);
    expect(renderRunSummary({ ...document, command: 'run' }, view)).toHaveLength(1);
  });

  describe('new partitions of a dataset on an object store', () => {
    const statements = [
      "ALTER TABLE sales ADD IF NOT EXISTS PARTITION (dt='2025-01-01') LOCATION 's3://l/s/dt=2025-01-01/'",
    ];
    const withNew = (partitions: number, target = 's3://l/s/dt={dt}/') => ({
      ...runDocument([ended(0)]),
      datasets: [
        {
          dataset: 'sales',
          target,
          partitions: [ended(0)],
          newPartitions: { partitions, repair: 'MSCK REPAIR TABLE sales', statements },
        },
      ],
    });

    test('a few are named, many are found by the repair; not with --quiet, nor for local targets', () => {
      expect(renderRunSummary(withNew(1), view).slice(1)).toEqual([
        '1 new partition of sales; a catalogue (Glue, Hive) learns of it by:',
        `  ${statements[0]!};`,
      ]);
      expect(renderRunSummary(withNew(3), view)[2]).toBe(`  ${statements[0]!};`);
      expect(renderRunSummary(withNew(4), { ...view, projectWords: ' --project p' }).slice(1)).toEqual([
        '4 new partitions of sales; a catalogue (Glue, Hive) learns of them by:',
        '  MSCK REPAIR TABLE sales;  -- each by itself: newPartitions in lakefill history r1 --project p --json',
      ]);
      expect(renderRunSummary(withNew(1), { ...view, quiet: true })).toHaveLength(1);
      expect(renderRun(withNew(1), { ...plain, past: true }).join('\n')).not.toContain('TABLE');
      for (const local of [
        './lake/dt={dt}/',
        '/lake/dt={dt}/',
        'file:///lake/dt={dt}/',
        'C:\\lake\\dt={dt}/',
      ])
        expect(renderRunSummary(withNew(4, local), view)).toHaveLength(1);
    });

    test('the next command stays last', () => {
      const document = { ...withNew(1), downstream: [{ dataset: 'monthly', partitions: 1 }] };
      expect(renderRunSummary(document, view).at(-1)).toBe('next: lakefill run monthly');
    });
  });

  test('nothing to do; a dry run has nothing to retry', () => {
    expect(renderRunSummary(runDocument([]), view)).toEqual(['nothing to do; no run was recorded']);
    const lines = renderRunSummary(runDocument([failed]), { ...view, dryRun: true });
    expect(lines.at(-1)).toBe('dry run: nothing was written');
    expect(lines.join('\n')).not.toContain('retry');
  });

  test('what was left alone is told, also with --quiet', () => {
    const document = runDocument([], { exitCode: 1 });
    const [only] = document.datasets;
    const held = [
      { code: 'definition-changed', hint: 'Add --only stale.', keys: 28 },
      { code: 'tried-before', hint: 'Add --only failed.', keys: 1 },
    ];
    const unknown = [0, 1].map((i) => ({ key: `k=${i}`, code: 'journal', message: 'no', hint: 'Clear it.' }));
    expect(
      renderRunSummary({ ...document, datasets: [{ ...only!, held, unknown }] }, { ...view, quiet: true }),
    ).toEqual([
      'nothing that could be decided; no run was recorded  exit 1',
      '28 held, definition-changed: Add --only stale.',
      '1 held, tried-before: Add --only failed.',
      '2 unknown: k=0 and others: journal: no (Clear it.)',
    ]);
  });

  test('history RUN: who asked, every outcome in aligned rows, the summary', () => {
    const document = runDocument([ended(0), unchanged], { reason: 'fix tax' });
    expect(renderRun(document, plain)).toEqual([
      'lakefill run  by ada@desk  started 2025-02-01 09:00:00Z  reason: fix tax',
      'sales  /lake/sales/dt={dt}/',
      '[1/2] dt=2025-01-01  promoted   998 rows  51 KiB  checks 4 ok  0.84 s',
      '[2/2] dt=2025-01-04  unchanged  same-content: identical output',
      'run r1  3.20 s  1 promoted  1 unchanged',
    ]);
  });
});

describe('the line at the bottom', () => {
  const event = { run: 'r1', at: '2025-02-01T09:00:00Z', dataset: 'sales' };

  test('says how far, what is in flight and at which step', () => {
    const status = createStatusLine();
    status.update({ ...event, event: 'run-started', tasks: 31 });
    status.update({ ...event, event: 'step', key: 'dt=a', step: 'fetch', bytes: 2048 });
    status.update({ ...event, event: 'step', key: 'dt=b', step: 'transform' });
    expect(status.text(80)).toBe('0/31 done; in flight: dt=a fetch 2 KiB, dt=b transform');
    status.update({
      ...event,
      event: 'partition-ended',
      done: 1,
      tasks: 31,
      result: { ...ended(0), key: 'dt=a' },
    });
    expect(status.text(80)).toBe('1/31 done; in flight: dt=b transform');
    expect(status.text(20)).toBe('1/31 done; in flig…');
  });

  test('is empty when nothing is in flight', () => {
    const status = createStatusLine();
    status.update({ ...event, event: 'step', key: 'dt=a', step: 'wait' });
    status.update({ ...event, event: 'run-ended', document: runDocument([]) });
    expect(status.text(80)).toBe('');
  });
});
