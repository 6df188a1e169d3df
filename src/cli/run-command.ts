/** argv to exit code: parses, carries out, and tells every error in one way. The process itself is process.ts. */
import { CommanderError } from 'commander';
import { CliError, toErrorDocument } from './error-document.js';
import type { ErrorDocument } from './error-document.js';
import { exitAfterSignal } from './exit-codes.js';
import { buildProgram } from './program.js';
import { logsJson } from './options.js';
import { renderError } from './render/error.js';
import { encodeLog, logOfError } from './render/log.js';
import { type Session, styleOf, toText } from './session.js';
import type { Terminal } from './terminal.js';

/** Never rejects. `args` are the words after the program's name. */
export async function runCommand(
  terminal: Terminal,
  args: readonly string[],
  version: string,
): Promise<number> {
  const session: Session = { terminal, exitCode: 0 };
  try {
    if (args.length === 0)
      throw new CliError(
        'USAGE',
        'A verb is missing.',
        'Begin with `lakefill --help`, `lakefill init` or `lakefill scan`.',
      );
    const program = await buildProgram(session, version, args);
    await program.parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    // Help and version end parsing this way too.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return tell(terminal, args, error);
  }
}

/** What is told is what the process exits with. */
function asSignalled(document: ErrorDocument, { signal }: Terminal): ErrorDocument {
  const by = signal.aborted && signal.reason === 'SIGTERM' ? 'SIGTERM' : null;
  return { ...document, exitCode: exitAfterSignal(document.exitCode, by) };
}

function tell(terminal: Terminal, args: readonly string[], error: unknown): number {
  const document = asSignalled(toErrorDocument(error), terminal);
  if (logsJson(args)) {
    terminal.err(encodeLog(logOfError(document, new Date().toISOString())));
    return document.exitCode;
  }
  const color = !args.includes('--no-color');
  if (document.code === 'INTERNAL' && args.some((arg) => arg === '-v' || arg === '--verbose'))
    terminal.err(`${error instanceof Error ? error.stack : String(error)}\n`);
  if (args.includes('--json') || args.includes('--events')) terminal.err(`${JSON.stringify(document)}\n`);
  else terminal.err(toText(renderError(document, styleOf(terminal, color, 'err'))));
  return document.exitCode;
}
