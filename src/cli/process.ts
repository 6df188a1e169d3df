/**
 * The process: the only place with process.exit, argv, env and signals. Everything else sees a Terminal.
 *
 * Ctrl-C or SIGTERM once aborts the signal that every command passes on; twice ends at once, which is as safe as a
 * power cut: `recover` tidies up.
 */
import { readFileSync } from 'node:fs';
import { CliError } from './error-document.js';
import { exitAfterSignal } from './exit-codes.js';
import { logsJson } from './options.js';
import { encodeLog } from './render/log.js';
import { runCommand } from './run-command.js';
import type { Terminal } from './terminal.js';

const { stdin, stdout, stderr } = process;
const abort = new AbortController();
let writing = false;
let outClosed = false;
let outFailed = false;
let interruptedBy: NodeJS.Signals | null = null;

const terminal: Terminal = {
  out: (text) => {
    if (!outClosed && text !== '') stdout.write(text);
  },
  err: (text) => {
    if (text !== '') stderr.write(text);
  },
  outIsTerminal: stdout.isTTY === true,
  errIsTerminal: stderr.isTTY === true,
  interactive: stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true,
  // A pseudo-terminal that nobody sized says 0.
  width: stdout.columns || null,
  env: process.env,
  cwd: process.cwd(),
  signal: abort.signal,
  ask,
  startsWriting: () => {
    writing = true;
  },
};

/** Ctrl-D is an empty answer. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  // Not in raw mode, so that Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question, { signal: abort.signal }), closed]);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new CliError(
      'CANCELLED',
      'Interrupted at the question; nothing was changed.',
      'Run it again.',
      130,
    );
  } finally {
    lines.close();
  }
}

function interrupt(signal: NodeJS.Signals): void {
  if (logsJson(process.argv)) return logInterrupt(signal);
  const wipe = terminal.errIsTerminal ? '\r\u001b[K' : '';
  if (interruptedBy !== null) {
    stderr.write(`${wipe}stopped${writing ? '; `lakefill recover` will tidy up' : ''}\n`);
    process.exit(exitAfterSignal(130, signal));
  }
  interruptedBy = signal;
  const how = writing
    ? ': starting nothing new, finishing or undoing what is in flight (Ctrl-C again to stop now; `lakefill recover` will tidy up)'
    : '';
  stderr.write(`${wipe}stopping${how}\n`);
  abort.abort(signal);
}

function logInterrupt(signal: NodeJS.Signals): void {
  const again = interruptedBy !== null;
  const message = again ? 'stopped; `lakefill recover` will tidy up' : 'stopping: starting nothing new';
  const time = new Date().toISOString();
  stderr.write(encodeLog({ level: 'warn', time, event: 'interrupted', message, signal }));
  if (again) process.exit(exitAfterSignal(130, signal));
  interruptedBy = signal;
  abort.abort(signal);
}

process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

// The reader went away (`| head`): a command that only looks ends; one that writes goes on without words.
// A full disk is no reader that went away: it is told once, and the command ends with 1 when what it writes in the lake is settled.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (outClosed) return;
  outClosed = true;
  const isGone = error.code === 'EPIPE';
  outFailed = !isGone;
  if (!isGone) stderr.write(`error: The output cannot be written (${error.code ?? error.message}).\n`);
  if (!writing) process.exit(isGone ? 0 : 1);
});
stderr.on('error', () => undefined);

// As seen from dist/, where this module ends.
const packageFile = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
const code = await runCommand(terminal, process.argv.slice(2), version);
const drained = (stream: NodeJS.WriteStream) => new Promise<void>((done) => stream.write('', () => done()));
await Promise.all([drained(stdout), drained(stderr)]);
process.exit(exitAfterSignal(code === 0 && outFailed ? 1 : code, interruptedBy));
