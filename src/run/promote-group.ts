/**
 * Groups of partitions that are promoted as a unit: a single one, a batch, or all of a dataset. A group waits until each member
 * is staged or has ended; then what passed is promoted, one by one or (together) all or none.
 */
import type { PromoteRequest, PublishResult } from '../publish/publisher.js';

/** A member that got as far as it can before publication. */
export type Arrival<T> =
  { readonly member: T; readonly request: PromoteRequest } | { readonly member: T; readonly request: null };

export type Departure =
  | PublishResult
  | { readonly outcome: 'not-promoted'; readonly reason: 'ended' | 'together' }
  | { readonly outcome: 'error'; readonly error: unknown };

interface Waiting<T> {
  readonly arrival: Arrival<T>;
  readonly depart: (departure: Departure) => void;
}

export interface GroupOptions {
  readonly size: number;
  readonly together: boolean;
  readonly promote: (requests: readonly PromoteRequest[]) => Promise<readonly PublishResult[]>;
}

export class PromoteGroup<T> {
  private readonly waiting: Waiting<T>[] = [];
  private release!: () => void;
  /** Resolves when every member has departed. */
  readonly done: Promise<void> = new Promise((resolve) => (this.release = resolve));

  constructor(private readonly options: GroupOptions) {}

  /** Resolves when the group has been promoted as far as it goes; never rejects. Every member must arrive exactly once. */
  arrive(arrival: Arrival<T>): Promise<Departure> {
    return new Promise((depart) => {
      this.waiting.push({ arrival, depart });
      if (this.waiting.length === this.options.size) void this.leave();
    });
  }

  private async leave(): Promise<void> {
    const ready: (Waiting<T> & { arrival: { request: PromoteRequest } })[] = [];
    for (const member of this.waiting) {
      if (member.arrival.request === null) member.depart({ outcome: 'not-promoted', reason: 'ended' });
      else ready.push(member as (typeof ready)[number]);
    }
    if (this.options.together && ready.length < this.waiting.length) {
      for (const member of ready) member.depart({ outcome: 'not-promoted', reason: 'together' });
    } else if (this.options.together) {
      await this.promote(ready);
    } else {
      await Promise.all(ready.map((member) => this.promote([member])));
    }
    this.release();
  }

  private async promote(
    members: readonly (Waiting<T> & { arrival: { request: PromoteRequest } })[],
  ): Promise<void> {
    if (members.length === 0) return;
    try {
      const results = await this.options.promote(members.map((member) => member.arrival.request));
      members.forEach((member, i) => member.depart(results[i]!));
    } catch (error) {
      for (const member of members) member.depart({ outcome: 'error', error });
    }
  }
}
