/** Logs: each line is JSON of the published schema, says whose it is, and the last one carries the exit code. */
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/index.js';
import { createDisplay } from '../../../src/cli/display.js';
import { CliError, toErrorDocument } from '../../../src/cli/error-document.js';
import { logsJson } from '../../../src/cli/options.js';
import { encodeLog, logOfEnd, logOfError, logOfEvent } from '../../../src/cli/render/log.js';
import { runCommand } from '../../../src/cli/run-command.js';
import { ended, runDocument } from '../support/documents.js';
import { fakeTerminal } from '../support/fake-terminal.js';
import { expectValid } from '../support/schemas.js';

const at = '2025-02-01T09:00:00Z';
const common = { run: 'r1', at };
const refused = ended(1, {
  outcome: 'rejected',
  error: { code: 'checks-failed', message: 'one\nfailed', hint: 'Correct it.' },
});
const cancelled = ended(2, {
  outcome: 'cancelled',
  error: { code: 'time-budget', message: 'm', hint: null },
});
const events: readonly RunEvent[] = [
  { ...common, event: 'run-started', tasks: 3 },
  { ...common, event: 'recovered', dataset: 'sales', key: 'dt=a', how: 'finished' },
  { ...common, event: 'step', dataset: 'sales', key: 'dt=2025-01-01', step: 'fetch', bytes: 7 },
  { ...common, event: 'note', message: 'the store is slow' },
  { ...common, event: 'partition-ended', dataset: 'sales', done: 1, tasks: 3, result: ended(0) },
  { ...common, event: 'partition-ended', dataset: 'sales', done: 2, tasks: 3, result: refused },
  { ...common, event: 'partition-ended', dataset: 'sales', done: 3, tasks: 3, result: cancelled },
  {
    ...common,
    event: 'run-ended',
    document: { ...runDocument([ended(0), refused, cancelled]), exitCode: 3 },
  },
];

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('one line per event, with level, time, run, dataset and key; the last for alerts', () => {
  const lines = linesOf(events.map((event) => encodeLog(logOfEvent(event))).join(''));
  for (const line of lines) expectValid('log', line);
  expect(lines.map(({ level, event }) => `${String(level)} ${String(event)}`)).toEqual([
    'info run-started',
    'warn recovered',
    'debug step',
    'info note',
    'info partition-ended',
    'error partition-ended',
    'warn partition-ended',
    'error run-ended',
  ]);
  expect(lines[5]).toMatchObject({
    time: at,
    run: 'r1',
    dataset: 'sales',
    key: 'dt=2025-01-02',
    outcome: 'rejected',
    code: 'checks-failed',
    message: 'rejected: one failed',
  });
  expect(lines.at(-1)).toMatchObject({ exitCode: 3, counts: { promoted: 1, rejected: 1, cancelled: 1 } });
});

test('lines of what has no run', () => {
  expectValid('log', logOfEnd('gc', 0, 'nothing', at));
  expectValid('log', logOfError(toErrorDocument(new CliError('USAGE', 'm', 'h')), at));
});

test.each([{}, { isTerminal: true }])(
  'on stderr beside whatever is shown, and nothing else there %j',
  (options) => {
    const logsOf = (flags: object) => {
      const terminal = fakeTerminal(options);
      const session = { terminal, exitCode: 0 };
      const display = createDisplay(
        session,
        { color: false, logFormat: 'json', ...flags },
        { withDataset: false, keys: [] },
      );
      for (const event of events) display.onEvent(event);
      display.end();
      return terminal.written;
    };
    for (const flags of [{}, { json: true, verbose: true }, { events: true }, { quiet: true }])
      expect(linesOf(logsOf(flags).err)).toHaveLength(events.length);
    expect(logsOf({}).out).toContain('dt=2025-01-01  promoted');
    expect(logsOf({ json: true, verbose: true }).out).toBe('');
    expect(linesOf(logsOf({ events: true }).out)).toEqual(events);
  },
);

test.each([
  ['run', '--log-format', 'json', '--from', ''],
  ['apply', '/nowhere/plan.json', '--log-format=json', '--json'],
])('an error is a line too, and also the error document: %s', async (...words) => {
  const terminal = fakeTerminal();
  expect(await runCommand(terminal, words, '0.0.0')).toBe(2);
  const [line, ...rest] = linesOf(terminal.written.err);
  expect(rest).toEqual([]);
  expectValid('log', line);
  expect(line).toMatchObject({ level: 'error', event: 'error', format: 'lakefill.error/1', exitCode: 2 });
});

test('the words are found before they are parsed', () => {
  expect(logsJson(['run', '--log-format', 'json'])).toBe(true);
  expect(logsJson(['run', '--log-format=json'])).toBe(true);
  expect(logsJson(['run', 'json', '--json', '--log-format', 'text'])).toBe(false);
});
