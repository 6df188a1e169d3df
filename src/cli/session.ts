/**
 * One command's run: opens the project (loading the library only then), hands it to the verb, prints the
 * document as text or JSON, and remembers the exit code.
 */
import type { LakefillProject } from '../index.js';
import { CliError } from './error-document.js';
import { type OutputFlags } from './options.js';
import { createStyle, PIPE_WIDTH, type Style } from './render/style.js';
import type { View } from './render/view.js';
import type { Terminal } from './terminal.js';
import { projectWordsOf } from './words.js';

export interface Session {
  readonly terminal: Terminal;
  /** What the process will exit with. */
  exitCode: number;
}

export async function withProject(
  session: Session,
  flags: OutputFlags,
  work: (project: LakefillProject) => Promise<number>,
): Promise<void> {
  const { openProject } = await import('../index.js');
  const project = await openProject({ dir: flags.project ?? session.terminal.cwd });
  try {
    session.exitCode = await work(project);
  } finally {
    await project.close();
  }
}

export function viewOf(session: Session, flags: OutputFlags, words = ''): View {
  return {
    style: styleOf(session.terminal, flags.color, 'out'),
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
    words,
    projectWords: projectWordsOf(flags),
  };
}

/** Colour only on a terminal, and not where NO_COLOR, `--no-color` or a dumb terminal say no. */
export function styleOf(terminal: Terminal, color: boolean, stream: 'out' | 'err'): Style {
  const onTerminal = stream === 'out' ? terminal.outIsTerminal : terminal.errIsTerminal;
  const refused = (terminal.env['NO_COLOR'] ?? '') !== '' || terminal.env['TERM'] === 'dumb';
  return createStyle({ color: color && onTerminal && !refused, width: terminal.width ?? PIPE_WIDTH });
}

/** The document as JSON, or the lines that a person reads. */
export function print(
  session: Session,
  flags: OutputFlags,
  document: object,
  lines: () => readonly string[],
): void {
  session.terminal.out(flags.json === true ? toJson(document) : toText(lines()));
}

export function toJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Before a command that changes data does any work: somebody can be asked, or `--yes` was given.
 * @throws CONFIRMATION_NEEDED
 */
export function requireConsent(
  session: Session,
  verb: string,
  flags: { readonly yes?: boolean; readonly dryRun?: boolean },
  instead = '',
): void {
  if (flags.yes === true || flags.dryRun === true || session.terminal.interactive) return;
  throw new CliError(
    'CONFIRMATION_NEEDED',
    `\`lakefill ${verb}\` changes data and there is no terminal to ask on; nothing was done.`,
    `Add --yes${instead}, or look first with --dry-run.`,
  );
}

/** Asks [y/N]. @throws CANCELLED for anything but yes */
export async function confirm(session: Session, question: string): Promise<void> {
  const answer = await session.terminal.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CliError('CANCELLED', 'Not confirmed; nothing was changed.', 'Answer y, or add --yes.', 130);
}
