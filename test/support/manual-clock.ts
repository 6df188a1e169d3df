/** A clock that stands still until it is told to go on; `sleep` moves it on by itself and returns at once. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/clock.js';
import type { Instant } from '../../src/core/instant.js';

export class ManualClock implements Clock {
  private passed = 0;
  /** Every wait that was asked for, in milliseconds. */
  readonly sleeps: number[] = [];

  constructor(private readonly start: Instant = Date.parse('2025-03-01T00:00:00Z')) {}

  now(): Instant {
    return Math.floor(this.start + this.passed);
  }

  monotonic(): number {
    return this.passed;
  }

  advance(ms: number): void {
    this.passed += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason as Error;
    this.sleeps.push(ms);
    this.advance(ms);
    await nextTurn();
  }
}
