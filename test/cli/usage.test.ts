/** Words on the command line: what is refused, with which words, before any project is opened. */
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { buildProgram } from '../../src/cli/program.js';
import { runCommand } from '../../src/cli/run-command.js';
import { fakeTerminal } from './support/fake-terminal.js';

const VERBS = [
  'init',
  'scan',
  'plan',
  'apply',
  'run',
  'diff',
  'promote',
  'discard',
  'retry',
  'rollback',
  'history',
  'recover',
  'gc',
  'doctor',
  'schema',
];

async function lakefill(...args: string[]) {
  const terminal = fakeTerminal();
  const exitCode = await runCommand(terminal, args, '1.2.3');
  return { exitCode, ...terminal.written };
}

/** Parses without carrying anything out; rejects where the words are wrong. */
async function parse(args: readonly string[]) {
  const program = await buildProgram({ terminal: fakeTerminal(), exitCode: 0 }, '1.2.3', args);
  for (const command of program.commands) command.action(() => undefined);
  await program.parseAsync(args, { from: 'user' });
}

/** A line as a shell splits it, what is redirected left out. */
function wordsOf(line: string): string[] {
  const command = line.replace(/ > .*/, '');
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => (m[1] ?? m[2] ?? m[3]) as string);
}

describe('wrong words', () => {
  test.each<[string, string[], string, string]>([
    ['no verb', [], 'A verb is missing.', 'lakefill --help'],
    ['unknown verb', ['scna'], "Unknown command 'scna'.", 'Did you mean scan?'],
    ['help of an unknown verb', ['help', 'scna'], "Unknown command 'scna'.", 'Did you mean scan?'],
    ['unknown flag', ['scan', '--chekc'], "Unknown option '--chekc'.", 'Did you mean --check?'],
    ['flag of another verb', ['scan', '--canary'], "Unknown option '--canary'.", ''],
    ['missing argument', ['apply'], "Missing required argument 'plan'.", ''],
    ['too many arguments', ['apply', 'a', 'b'], "Too many arguments for 'apply'.", ''],
    ['missing value', ['scan', '--from'], "Option '--from <when>' argument missing.", ''],
    ['wrong number', ['plan', '--concurrency', '0'], 'Give a whole number from 1 upwards.', ''],
    ['wrong limit', ['plan', '--limit', 'many'], "Give a whole number from 1 upwards, or 'all'.", ''],
    ['wrong size', ['plan', '--max-bytes', '3x'], 'Give a size such as', ''],
    ['wrong order', ['plan', '--order', 'up'], 'Give oldest or newest.', ''],
    ['empty list', ['plan', '--only', ','], 'Give at least one word.', ''],
    ['wrong kind', ['schema', 'datset'], 'Allowed choices are dataset, project.', ''],
  ])('%s: exit 2', async (_, args, message, hint) => {
    const { exitCode, err, out } = await lakefill(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(/^error: /);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  test('with --json the last line on stderr is the error as a document', async () => {
    const { exitCode, err } = await lakefill('scan', '--json', '--chekc');
    expect(exitCode).toBe(2);
    expect(JSON.parse(err.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      format: 'lakefill.error/1',
      code: 'USAGE',
      message: "Unknown option '--chekc'.",
      hint: 'Did you mean --check?',
      context: { nearest: '--check' },
      exitCode: 2,
    });
  });
});

describe('without a terminal', () => {
  test.each([
    ['run'],
    ['promote', 'r1'],
    ['discard', 'r1'],
    ['retry', 'r1'],
    ['rollback', 'r1'],
    ['recover'],
    ['gc'],
  ])('%s needs --yes and says so before it does anything', async (...args) => {
    const { exitCode, err } = await lakefill(...args, '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ code: 'CONFIRMATION_NEEDED', exitCode: 2 });
    expect(err).toContain('--yes');
  });

  test.each(['run', 'apply plan.json', 'retry r', 'promote r'])(
    '%s takes --json or --events',
    async (line) => {
      const { exitCode, err, out } = await lakefill(...line.split(' '), '--yes', '--json', '--events');
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
      expect(JSON.parse(err)).toMatchObject({ code: 'USAGE', exitCode: 2 });
      expect(err).toContain('--events');
    },
  );

  test('run names the saved plan as the other way', async () => {
    expect((await lakefill('run')).err).toContain('lakefill plan --out plan.json');
  });
});

describe('help', () => {
  test('lists every verb, then examples, then exit codes', async () => {
    const { exitCode, out, err } = await lakefill('--help');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const verb of VERBS) expect(out).toMatch(new RegExp(`^  ${verb} `, 'm'));
    expect(out.indexOf('Exit codes:')).toBeGreaterThan(out.indexOf('Examples:'));
    for (const meaning of Object.values(EXIT_CODES)) expect(out).toContain(meaning);
  });

  test.each(VERBS)('of %s ends with worked examples and exit codes', async (verb) => {
    const { exitCode, out } = await lakefill(verb, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain(`Usage: lakefill ${verb} `);
    const [, examples = '', codes = ''] = /Examples:\n([^]*)\nExit codes:\n([^]*)$/.exec(out) ?? [];
    expect(examples).toContain(`  lakefill ${verb}`);
    expect(codes).toContain('  0    done, or nothing to do\n');
  });

  test.each(VERBS)('the examples of %s are command lines that are accepted', async (verb) => {
    const { out } = await lakefill(verb, '--help');
    const lines = [...out.matchAll(/^ {2}(lakefill .+)$/gm)].flatMap((match) =>
      (match[1] as string).split(' && '),
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) await parse(wordsOf(line).slice(1));
  });

  test('help VERB is the same as VERB --help', async () => {
    expect((await lakefill('help', 'scan')).out).toBe((await lakefill('scan', '--help')).out);
    expect((await lakefill('help')).out).toBe((await lakefill('--help')).out);
  });

  test('--version', async () => {
    expect(await lakefill('--version')).toMatchObject({ exitCode: 0, out: '1.2.3\n' });
  });
});
