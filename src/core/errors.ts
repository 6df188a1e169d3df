/**
 * The one error class and the one table of codes.
 *
 * Every code is public and stable: `docs/errors.md` lists the same codes and a test compares the two.
 * Outcomes that are expected (a lost race, a rejected partition, nothing to do) are return values, never
 * errors of this kind.
 */

export interface CodeEntry {
  /** Exit code of the command line when this error ends a command. */
  readonly exitCode: number;
  /** True when the same call may succeed later without anyone changing anything. */
  readonly retryable: boolean;
}

const usage: CodeEntry = { exitCode: 2, retryable: false };
const fault: CodeEntry = { exitCode: 1, retryable: false };
const passing: CodeEntry = { exitCode: 1, retryable: true };
const conflict: CodeEntry = { exitCode: 10, retryable: false };

/** Exit code and retryability of every code. Add a code here and in `docs/errors.md`, nowhere else. */
export const ERROR_CODES = {
  // Wrong usage or a wrong definition.
  USAGE: usage,
  SELECTION_INVALID: usage,
  DEFINITION_INVALID: usage,
  PROJECT_NOT_FOUND: usage,
  DATASET_UNKNOWN: usage,
  RUN_UNKNOWN: usage,
  PLAN_INVALID: usage,
  PLAN_REFUSED: usage,
  CONFIRMATION_NEEDED: usage,
  TARGET_REFUSED: usage,
  DEFINITION_DIFFERS: usage,
  // The store.
  STORE_UNAVAILABLE: passing,
  STORE_TIMEOUT: passing,
  STORE_THROTTLED: passing,
  STORE_RACING: passing,
  STORE_DENIED: fault,
  STORE_CREDENTIALS: fault,
  STORE_NOT_FOUND: fault,
  STORE_WRONG_REGION: fault,
  STORE_READ_ONLY: fault,
  STORE_FULL: fault,
  STORE_CORRUPT: fault,
  STORE_LISTING_INVALID: passing,
  STORE_UNSUPPORTED: fault,
  STORE_FAILED: fault,
  // The journal.
  JOURNAL_CORRUPT: fault,
  JOURNAL_CONTENDED: passing,
  JOURNAL_LOST: fault,
  // The engine.
  TRANSFORM_FAILED: fault,
  TRANSFORM_SYNTAX: usage,
  TRANSFORM_REFUSED: usage,
  ENGINE_CRASHED: fault,
  ENGINE_MEMORY: fault,
  ENGINE_TIMEOUT: fault,
  INPUT_UNREADABLE: fault,
  INPUT_CHANGED: conflict,
  // Runs.
  CANCELLED: { exitCode: 130, retryable: false },
  INTERNAL: fault,
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorOptions {
  /** What to do now, in the imperative. */
  readonly hint?: string;
  /** Facts for machines: file, line, key, path. Never a secret or a signed URL. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Longer than any path of a store; what is longer is a damaged or hostile value, and would drown the message. */
const LONGEST_WORD = 2000;

function shortened(message: string): string {
  return message.replaceAll(
    new RegExp(`\\S{${LONGEST_WORD + 1},}`, 'g'),
    (word) => `${word.slice(0, 100)}... (${word.length} characters)`,
  );
}

/** An error of lakefill: what happened, to what, what state things are in now (`message`), and what to do (`hint`). */
export class LakefillError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(shortened(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LakefillError';
    this.code = code;
    this.hint = options.hint ?? null;
    this.context = options.context ?? {};
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** True for an error of lakefill, narrowed to `code` when one is given. */
export function isLakefillError(error: unknown, code?: ErrorCode): error is LakefillError {
  return error instanceof LakefillError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws CANCELLED when the signal is aborted. Called before each new write. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new LakefillError('CANCELLED', 'The command was interrupted.', { cause: signal.reason });
}
