/** The end of every help text: worked examples, then the exit codes that the command can end with. */
import type { Command } from 'commander';
import { EXIT_CODES, type ExitCode } from './exit-codes.js';

export interface Example {
  readonly command: string;
  readonly does: string;
}

export function withHelp(
  command: Command,
  end: { readonly examples: readonly Example[]; readonly exits: readonly ExitCode[] },
): Command {
  return command.addHelpText('after', `\n${helpEnd(end.examples, end.exits).join('\n')}\n`);
}

function helpEnd(examples: readonly Example[], exits: readonly ExitCode[]): string[] {
  return [
    'Examples:',
    ...examples.flatMap((example) => [`  # ${example.does}`, `  ${example.command}`]),
    '',
    'Exit codes:',
    ...exits.map((code) => `  ${String(code).padEnd(4)} ${EXIT_CODES[code]}`),
  ];
}
