/** A terminal in memory: collects what is written, answers questions from a list. */
import type { Terminal } from '../../../src/cli/terminal.js';

export interface FakeTerminal extends Terminal {
  readonly written: { out: string; err: string; readonly questions: string[]; writing: boolean };
}

export interface FakeOptions {
  readonly isTerminal?: boolean;
  readonly answers?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export function fakeTerminal(options: FakeOptions = {}): FakeTerminal {
  const isTerminal = options.isTerminal ?? false;
  const answers = [...(options.answers ?? [])];
  const written = { out: '', err: '', questions: [] as string[], writing: false };
  return {
    written,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    outIsTerminal: isTerminal,
    errIsTerminal: isTerminal,
    interactive: isTerminal,
    width: isTerminal ? 80 : null,
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    signal: options.signal ?? new AbortController().signal,
    ask(question) {
      written.questions.push(question);
      return Promise.resolve(answers.shift() ?? '');
    },
    startsWriting: () => void (written.writing = true),
  };
}
