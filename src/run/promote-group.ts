/**
 * Groups of partitions that are promoted as a unit: a single one, a batch, or all of a dataset. A group waits until each member
 * is staged or has ended; then what passed is promoted, one by one or (together) all or none.
 */
import type { PromoteRequest, PublishResult } from '../publish/publisher.js';

export type Departure =
  | (PublishResult & { readonly seconds: number })
  | { readonly outcome: 'not-promoted'; readonly reason: 'ended' | 'together' }
  | { readonly outcome: 'error'; readonly error: unknown };

/** Results in the order of the requests, and how long it took. */
export type PromoteAll = (
  requests: readonly PromoteRequest[],
) => Promise<{ readonly results: readonly PublishResult[]; readonly seconds: number }>;

interface Waiting {
  readonly request: PromoteRequest | null;
  readonly passed: boolean;
  readonly depart: (departure: Departure) => void;
}

type Ready = Waiting & { readonly request: PromoteRequest };

export interface GroupOptions {
  readonly size: number;
  readonly together: boolean;
  readonly promote: PromoteAll;
}

export class PromoteGroup {
  private readonly waiting: Waiting[] = [];
  private release!: () => void;
  /** Resolves when every member has departed. */
  readonly done: Promise<void> = new Promise((resolve) => (this.release = resolve));

  constructor(private readonly options: GroupOptions) {}

  /**
   * A member is staged (its request) or has ended before (null), and `passed` says whether the others may be promoted without it:
   * what is unchanged keeps nobody waiting. Resolves when the group has been promoted as far as it goes; never rejects. Every
   * member must arrive exactly once.
   */
  arrive(request: PromoteRequest | null, passed: boolean): Promise<Departure> {
    return new Promise((depart) => {
      this.waiting.push({ request, passed, depart });
      if (this.waiting.length === this.options.size) void this.leave();
    });
  }

  private async leave(): Promise<void> {
    const ready = this.waiting.filter((member): member is Ready => member.request !== null);
    const reason =
      this.options.together && !this.waiting.every(({ passed }) => passed) ? 'together' : 'ended';
    for (const member of this.waiting) {
      if (member.request === null || reason === 'together')
        member.depart({ outcome: 'not-promoted', reason });
    }
    if (!this.options.together) await Promise.all(ready.map((member) => this.promote([member])));
    else if (reason === 'ended') await this.promote(ready);
    this.release();
  }

  private async promote(members: readonly Ready[]): Promise<void> {
    if (members.length === 0) return;
    try {
      const { results, seconds } = await this.options.promote(members.map((member) => member.request));
      members.forEach((member, i) => member.depart({ ...results[i]!, seconds }));
    } catch (error) {
      for (const member of members) member.depart({ outcome: 'error', error });
    }
  }
}
