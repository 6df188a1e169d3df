/** What a command has of the world: two streams, a width, a question, a signal. process.ts makes the real one. */

export interface Terminal {
  /** Results. Does nothing once the reader has gone away. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** All of stdin, stdout and stderr are terminals: somebody can be asked. */
  readonly interactive: boolean;
  /** Columns of stdout; null where it has none. */
  readonly width: number | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory, absolute. */
  readonly cwd: string;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Prints the question on stderr and gives the line that was typed; rejects when the signal is aborted. */
  ask(question: string): Promise<string>;
  /** From here on an interrupt has something to finish or undo. */
  startsWriting(): void;
}
