/** The built command line as a process of its own, in a temporary project. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Sandbox {
  readonly dir: string;
  /** Runs `lakefill` with these words in the folder; stdin is empty, nothing is a terminal. */
  lakefill(...args: string[]): Promise<Ended>;
  /** The same, expecting JSON on stdout. */
  json(...args: string[]): Promise<unknown>;
  /** Starts it and leaves it running. */
  start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  remove(): void;
}

export function createSandbox(): Sandbox {
  const dir = mkdtempSync(path.join(tmpdir(), 'lakefill-cli-'));
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    return { child, ended: endOf(child) };
  };
  return {
    dir,
    start,
    lakefill: (...args) => start(...args).ended,
    async json(...args) {
      const ended = await start(...args, '--json').ended;
      return JSON.parse(ended.out) as unknown;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A shell line in the folder, under a terminal of its own; once `at` was printed, `typed` is typed. */
export function onTerminal(
  dir: string,
  line: string,
  answer?: { readonly at: string; readonly typed: string },
): Promise<Ended> {
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd: dir,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let seen = '';
  let typed = false;
  child.stdout.on('data', (text: Buffer) => {
    seen += text.toString();
    if (answer === undefined || typed || !seen.includes(answer.at)) return;
    typed = true;
    child.stdin.write(answer.typed);
  });
  return endOf(child);
}

export function shell(dir: string, line: string): Ended {
  const done = spawnSync('bash', ['-c', line], { cwd: dir, encoding: 'utf8' });
  return { exitCode: done.status, signal: done.signal, out: done.stdout, err: done.stderr };
}

function endOf(child: ChildProcess): Promise<Ended> {
  const texts = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...texts }));
  });
}
