/**
 * How `doctor` looks: each check runs on its own, is timed, and turns whatever it finds or throws into one line with the
 * remedy. Only an interruption ends the whole; what is looked at stands in the other doctor files.
 */
import type { Clock } from '../clock.js';
import { isLakefillError, messageOf, throwIfAborted } from '../core/errors.js';
import type { LakefillError } from '../core/errors.js';
import { grantStatement } from '../store/s3/permissions.js';
import type { DoctorCheck } from './documents.js';

export interface Finding {
  readonly passed: boolean;
  readonly evidence: string;
  /** What to do; given for every finding that did not pass. */
  readonly hint?: string | null;
  /** False: lakefill works without it, in another way or with less comfort. Default: true. */
  readonly needed?: boolean;
}

export interface Subject {
  readonly name: string;
  readonly dataset?: string;
  readonly store?: string;
  /** The prefix that a grant should cover, where it is wider than what the failed request named. */
  readonly prefix?: string;
  /** False: lakefill works without what this check asks for, also when asking fails. Default: true. */
  readonly needed?: boolean;
}

/** What a check gave: whether it passed, and the error that stopped it. */
export interface Examined {
  readonly passed: boolean;
  readonly error: unknown;
}

const AGAIN = 'Correct what the message names, then run `lakefill doctor` again.';

export class Examination {
  readonly checks: DoctorCheck[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Throws CANCELLED; everything else becomes a check that failed. */
  async look(subject: Subject, find: () => Promise<Finding>): Promise<Examined> {
    throwIfAborted(this.signal);
    const start = this.clock.monotonic();
    let error: unknown = null;
    const finding = await find().catch((thrown: unknown): Finding => {
      if (isLakefillError(thrown, 'CANCELLED')) throw thrown;
      error = thrown;
      return { ...findingOf(thrown, subject.prefix), needed: subject.needed ?? true };
    });
    this.add(subject, finding, (this.clock.monotonic() - start) / 1000);
    return { passed: finding.passed, error };
  }

  add({ name, dataset, store }: Subject, finding: Finding, seconds: number): void {
    const { passed, evidence, hint = null, needed = true } = finding;
    this.checks.push({
      name,
      dataset: dataset ?? null,
      store: store ?? null,
      passed,
      needed,
      evidence,
      hint: passed ? null : (hint ?? AGAIN),
      seconds,
    });
  }
}

function findingOf(error: unknown, prefix: string | undefined): Finding {
  if (!isLakefillError(error)) return { passed: false, evidence: messageOf(error) };
  const statement = statementOf(error, prefix);
  const hint = [error.hint, statement === null ? null : `IAM statement: ${statement}`].filter(Boolean);
  return {
    passed: false,
    evidence: `${error.code}: ${error.message}`,
    hint: hint.length === 0 ? null : hint.join(' '),
  };
}

/** The statement that would have allowed the request, as one line of JSON; null where nothing was denied by S3. */
function statementOf({ code, context }: LakefillError, prefix: string | undefined): string | null {
  const { operation, url } = context;
  if (code !== 'STORE_DENIED' || typeof operation !== 'string' || typeof url !== 'string') return null;
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(url) ?? [];
  if (bucket === undefined || path === undefined) return null;
  const folder = prefix !== undefined && path.startsWith(prefix) ? prefix : path;
  return JSON.stringify(grantStatement(operation, bucket, folder));
}
