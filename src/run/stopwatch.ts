/** Seconds of the steps of one task. */
import type { Clock } from '../clock.js';

export class Stopwatch {
  readonly seconds = { fetch: 0, transform: 0, check: 0, stage: 0, promote: 0 };

  constructor(private readonly clock: Clock) {}

  /** The work's value; its time counts for the step, also when it fails. `work` has begun just before. */
  async time<T>(step: keyof Stopwatch['seconds'], work: Promise<T>): Promise<T> {
    const begun = this.clock.monotonic();
    try {
      return await work;
    } finally {
      this.seconds[step] = (this.clock.monotonic() - begun) / 1000;
    }
  }
}
