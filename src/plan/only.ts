/** `--only`: which statuses and reason codes are taken. Pure. */
import { LakefillError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { nearest } from '../core/nearest.js';
import type { ScannedKey } from '../scan/dataset-scan.js';
import { STATUSES } from '../scan/status.js';
import { REASON_STATUS } from '../scan/status-table.js';

export const DEFAULT_ONLY: readonly string[] = ['missing', 'unreadable', 'input-changed'];

/** Every word that `--only` takes. */
export const ONLY_WORDS: readonly string[] = [
  ...new Set([...STATUSES, ...Object.keys(REASON_STATUS), 'failed', 'all']),
];

/** Outcomes that `failed` means: work that was tried and did not end well. */
const FAILED: ReadonlySet<string> = new Set(['rejected', 'failed', 'conflict']);

export class Only {
  private constructor(
    private readonly words: ReadonlySet<string>,
    /** True when the user chose; false for the default. */
    readonly given: boolean,
    /** What is fresh and was made after this instant is not taken. */
    private readonly madeSince: Instant | null = null,
  ) {}

  /** SELECTION_INVALID, with the nearest word, for one that is neither status nor reason code. Commas separate words. */
  static read(only: readonly string[] | undefined): Only {
    const words = (only ?? []).flatMap((text) => text.split(',')).map((word) => word.trim());
    for (const word of words) if (!ONLY_WORDS.includes(word)) throw unknownWord(word);
    return words.length === 0 ? new Only(new Set(DEFAULT_ONLY), false) : new Only(new Set(words), true);
  }

  /** All but what is fresh because it was made after the instant. */
  static unlessMadeSince(instant: Instant): Only {
    return new Only(new Set(['all']), true, instant);
  }

  has(word: string): boolean {
    return this.words.has(word);
  }

  /** True when the key's status or reason is among the words. `input-changed` covers `input-newer`, its form for keys without a record. */
  takes({ status, reasons, state }: Pick<ScannedKey, 'status' | 'reasons' | 'state'>): boolean {
    if (status === 'fresh' && this.isMadeSince(state)) return false;
    if (this.has('all') || this.has(status)) return true;
    if (this.has('failed') && state?.lastEnded && FAILED.has(state.lastEnded.outcome)) return true;
    // What a rollback undid and nothing replaced: a hole, or older content than the definition and inputs would give.
    if (this.has('failed') && status !== 'fresh' && state?.undone) return true;
    return reasons.some(
      ({ code }) => this.has(code) || (code === 'input-newer' && this.has('input-changed')),
    );
  }

  private isMadeSince(state: ScannedKey['state']): boolean {
    const at = state?.madeBy?.at ?? null;
    return this.madeSince !== null && at !== null && Date.parse(at) > this.madeSince;
  }
}

function unknownWord(word: string): LakefillError {
  const meant = nearest(word, ONLY_WORDS);
  return new LakefillError('SELECTION_INVALID', `--only does not know '${word}'. Nothing was done.`, {
    hint:
      meant === null
        ? `Use a status (${STATUSES.join(', ')}), a reason code, failed or all.`
        : `Did you mean '${meant}'?`,
    context: { only: word },
  });
}
