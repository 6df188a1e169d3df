/**
 * Errors as documents: whatever was thrown becomes `lakefill.error/1`, which text and JSON both show.
 *
 * Errors of the library are recognised by their shape, not by their class: the library is loaded only when a
 * command needs it, and a wrong flag must not wait for that.
 */
import { CommanderError } from 'commander';
import type { ErrorCode } from '../index.js';

export interface ErrorDocument {
  readonly format: 'lakefill.error/1';
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly context: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
}

/** An error that the command line itself finds: wrong usage, a missing confirmation, an interrupt. */
export class CliError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, hint: string, exitCode = 2) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

export function toErrorDocument(error: unknown): ErrorDocument {
  if (error instanceof CommanderError) return usageDocument(error);
  if (isCoded(error))
    return {
      format: 'lakefill.error/1',
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      context: error.context ?? {},
      exitCode: error.exitCode,
    };
  return {
    format: 'lakefill.error/1',
    code: 'INTERNAL',
    message: `Unexpected error: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'This is a bug in lakefill: report it with the output of the same command with -v. What was in flight is finished or undone by `lakefill recover`.',
    context: {},
    exitCode: 1,
  };
}

interface Coded extends Error {
  readonly code: string;
  readonly hint?: string | null;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
}

function isCoded(error: unknown): error is Coded {
  return (
    error instanceof Error &&
    (error.name === 'LakefillError' || error.name === 'CliError') &&
    'code' in error &&
    'exitCode' in error
  );
}

/** Commander writes `error: unknown option '--chekc'\n(Did you mean --check?)`. */
function usageDocument(error: CommanderError): ErrorDocument {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const nearest = /\(Did you mean (.+)\?\)/.exec(rest.join(' '))?.[1];
  const hint =
    nearest === undefined
      ? 'See `lakefill --help`, or `lakefill VERB --help` for one verb.'
      : `Did you mean ${nearest}?`;
  const message = first.charAt(0).toUpperCase() + first.slice(1);
  return {
    format: 'lakefill.error/1',
    code: 'USAGE',
    message: /[.!?]$/.test(message) ? message : `${message}.`,
    hint,
    context: nearest === undefined ? {} : { nearest },
    exitCode: 2,
  };
}
