/** How one check of one partition ended, as run documents carry it. */
export interface CheckOutcome {
  readonly check: string;
  readonly severity: 'error' | 'warn';
  readonly passed: boolean;
  /** Accepted by `--accept` although it failed. */
  readonly accepted?: boolean;
  /** What of it was not evaluated, and why; only where the rest, if any, passed. */
  readonly skipped?: string;
  /** Bad rows, or 1 for a rule about the whole. */
  readonly failures: number;
  /** What was found, in words, when it failed. */
  readonly message?: string;
  /** Up to five offending rows. */
  readonly samples: readonly Record<string, unknown>[];
}
