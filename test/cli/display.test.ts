/** What a terminal, a pipe, and a program see of the same run. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/index.js';
import { createDisplay } from '../../src/cli/display.js';
import type { WriteFlags } from '../../src/cli/execute.js';
import { createStyle, visibleWidth } from '../../src/cli/render/style.js';
import { confirm, requireConsent, styleOf } from '../../src/cli/session.js';
import { ended, runDocument } from './support/documents.js';
import { type FakeOptions, fakeTerminal } from './support/fake-terminal.js';

const common = { run: 'r1', at: '2025-02-01T09:00:00Z' };
const events: readonly RunEvent[] = [
  { ...common, event: 'run-started', tasks: 1 },
  { ...common, event: 'recovered', dataset: 'sales', key: 'dt=a', how: 'finished' },
  { ...common, event: 'step', dataset: 'sales', key: 'dt=2025-01-01', step: 'fetch' },
  { ...common, event: 'note', message: 'the store is slow' },
  { ...common, event: 'partition-ended', dataset: 'sales', done: 1, tasks: 1, result: ended(0) },
  { ...common, event: 'run-ended', document: runDocument([ended(0)]) },
];
const ROW = '[1/1] dt=2025-01-01  promoted  998 rows  51 KiB  checks 4 ok  0.84 s\n';
const LINES = `recovered sales/dt=a: finished\nthe store is slow\n${ROW}`;

function show(options: FakeOptions, flags: Partial<WriteFlags> = {}) {
  const terminal = fakeTerminal(options);
  const session = { terminal, exitCode: 0 };
  const display = createDisplay(session, { color: false, ...flags }, { withDataset: false, keys: [] });
  for (const event of events) display.onEvent(event);
  display.end();
  return terminal.written;
}

describe('a run is shown', () => {
  test('in a pipe as rows, and nothing blinks', () => {
    expect(show({})).toMatchObject({ out: LINES, err: '' });
  });

  test('on a terminal as rows above a line that is wiped in the end', () => {
    const { out, err } = show({ isTerminal: true });
    expect(out).toBe(LINES);
    expect(err).toContain('\r\u001b[K0/1 done; in flight: dt=2025-01-01 fetch');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });

  test('on a dumb terminal without the line', () => {
    expect(show({ isTerminal: true, env: { TERM: 'dumb' } }).err).toBe('');
  });

  test('with --events as JSON Lines, one per event', () => {
    const { out, err } = show({ isTerminal: true }, { events: true });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events);
    expect(err).toBe('');
  });

  test('with --json not at all, with -v on stderr', () => {
    expect(show({}, { json: true })).toMatchObject({ out: '', err: '' });
    expect(show({}, { json: true, verbose: true })).toMatchObject({ out: '', err: LINES });
  });

  test('with --quiet not at all', () => {
    expect(show({}, { quiet: true })).toMatchObject({ out: '', err: '' });
  });
});

describe('colour', () => {
  const red = (options: FakeOptions, color = true) =>
    styleOf(fakeTerminal(options), color, 'out').paint.red('x');

  test('only on a terminal that does not refuse it', () => {
    expect(red({ isTerminal: true })).toBe('\u001b[31mx\u001b[39m');
    expect(red({})).toBe('x');
    expect(red({ isTerminal: true }, false)).toBe('x');
    expect(red({ isTerminal: true, env: { NO_COLOR: '1' } })).toBe('x');
    expect(red({ isTerminal: true, env: { NO_COLOR: '' } })).toBe('\u001b[31mx\u001b[39m');
    expect(red({ isTerminal: true, env: { TERM: 'dumb' } })).toBe('x');
  });

  test('takes no width', () => {
    expect(visibleWidth(createStyle({ color: true, width: 80 }).paint.bold('späť'))).toBe(4);
  });
});

describe('consent', () => {
  const session = (options: FakeOptions) => ({ terminal: fakeTerminal(options), exitCode: 0 });

  test('is needed without a terminal, unless --yes or --dry-run', () => {
    expect(() => requireConsent(session({}), 'run', {})).toThrow('no terminal to ask on; nothing was done');
    expect(() => requireConsent(session({}), 'run', { yes: true })).not.toThrow();
    expect(() => requireConsent(session({}), 'run', { dryRun: true })).not.toThrow();
    expect(() => requireConsent(session({ isTerminal: true }), 'run', {})).not.toThrow();
  });

  test.each(['y', 'Y', 'yes', ' yes '])('%j confirms', async (answer) => {
    const asking = session({ isTerminal: true, answers: [answer] });
    await confirm(asking, 'Do it?');
    expect(asking.terminal.written.questions).toEqual(['Do it? [y/N] ']);
  });

  test.each(['', 'n', 'no', 'yep', 'ja'])('%j does not', async (answer) => {
    const asking = confirm(session({ isTerminal: true, answers: [answer] }), 'Do it?');
    await expect(asking).rejects.toMatchObject({ code: 'CANCELLED', exitCode: 130 });
  });
});
