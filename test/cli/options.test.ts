/** Flags and the library's options: every flag arrives, and the words can be written back. */
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  type ExecutionFlags,
  executionOf,
  type SelectionFlags,
  selectionOf,
  withExecution,
  withOutput,
  withSelection,
} from '../../src/cli/options.js';
import { byteSize, duration } from '../../src/cli/values.js';
import { parseByteSize } from '../../src/core/byte-size.js';
import { parseDuration } from '../../src/core/duration.js';
import { quoteWord, wordsOf } from '../../src/cli/words.js';

function parse(...args: string[]): SelectionFlags & ExecutionFlags & { project?: string } {
  const command = withOutput(withExecution(withSelection(new Command('run').argument('[dataset...]'))));
  return command.exitOverride().parse(args, { from: 'user' }).opts();
}

describe('selection', () => {
  test('every flag arrives', () => {
    const flags = parse(
      ...['--from', '2025-01-01', '--to', 'yesterday', '--partition', 'dt=a', '--partition', 'dt=b..dt=c'],
      ...[
        '--exclude',
        'dt=x',
        '--tag',
        'daily',
        '--tag',
        'eu',
        '--only',
        'missing, stale',
        '--only',
        'failed',
      ],
      ...['--with-downstream', '--shard', '2/8'],
    );
    expect(selectionOf(['sales'], flags)).toEqual({
      datasets: ['sales'],
      from: '2025-01-01',
      to: 'yesterday',
      partitions: ['dt=a', 'dt=b..dt=c'],
      exclude: ['dt=x'],
      tags: ['daily', 'eu'],
      only: ['missing', 'stale', 'failed'],
      withDownstream: true,
      shard: '2/8',
    });
  });

  test('what is not given is not passed on', () => {
    expect(selectionOf([], parse())).toEqual({ datasets: [] });
  });
});

describe('execution', () => {
  const args = [
    ...['--concurrency', '4', '--batch', '7d', '--order', 'newest', '--canary', '--max-failures', '3'],
    ...[
      '--stage-only',
      '--together',
      '--reason',
      'fix tax',
      '--accept',
      'notNull(a, b)',
      '--accept',
      'unique(a)',
    ],
    ...['--limit', '10', '--max-bytes', '200GB', '--overwrite-external'],
  ];

  test('every flag arrives', () => {
    expect(executionOf(parse(...args))).toEqual({
      concurrency: 4,
      batch: '7d',
      order: 'newest',
      canary: true,
      maxFailures: 3,
      stageOnly: true,
      together: true,
      reason: 'fix tax',
      accept: ['notNull(a, b)', 'unique(a)'],
      limit: 10,
      maxBytes: 200_000_000_000,
      overwriteExternal: true,
    });
    expect(executionOf(parse())).toEqual({});
    expect(executionOf(parse('--limit', 'all'))).toEqual({ limit: 'all' });
  });

  test('accepting a check needs a reason', () => {
    expect(() => executionOf(parse('--accept', 'unique(a)'))).toThrow(
      'A check is accepted only with a reason.',
    );
  });

  test('the next command repeats the words, as a shell takes them', () => {
    const flags = parse(
      ...args,
      '--only',
      'missing,stale',
      '--partition',
      'dt=2025-01-*',
      '--project',
      "it's",
    );
    expect(wordsOf(['sales'], flags)).toBe(
      " sales --partition 'dt=2025-01-*' --only missing,stale --concurrency 4 --batch 7d --order newest --canary" +
        " --max-failures 3 --stage-only --together --reason 'fix tax' --accept 'notNull(a, b)' --accept 'unique(a)'" +
        " --limit 10 --max-bytes 200000000000 --overwrite-external --project 'it'\\''s'",
    );
    expect(quoteWord('')).toBe("''");
  });
});

describe('sizes', () => {
  const typed = [
    '1048576',
    '500MB',
    '1.5GiB',
    '2 tb',
    '10b',
    '1PiB',
    '',
    'GB',
    '1 K',
    '1ib',
    '1e3',
    '99999999TB',
    '-1',
  ];

  test.each(typed)('%j means what it means in a definition', (text) => {
    const bytes = parseByteSize(text);
    if (bytes === null) expect(() => byteSize(text)).toThrow('Give a size such as');
    else expect(byteSize(text)).toBe(bytes);
  });

  test.each(['0', '0.1'])('%j allows nothing, so it is refused', (text) =>
    expect(() => byteSize(text)).toThrow('Give a size such as'),
  );
});

describe('times', () => {
  test.each(['90s', '45m', ' 6 h', '1d'])('%j means what it means in a definition', (text) =>
    expect(duration(text)).toBe(parseDuration(text)),
  );

  test.each(['', '45', '0', '0m', '-1h', '1.5h', '1y'])('%j is no time', (text) =>
    expect(() => duration(text)).toThrow('Give a time such as 90s'),
  );
});
