/** What the schedule decides of a task while its partition is made. */
import type { Judgement } from './judge-output.js';

/** The task's way through what is done in order or at most so often at a time. */
export interface Passage {
  /** Resolves when the output may be judged. */
  readonly turn: Promise<void>;
  /** Runs the transform and the judging when they may begin, or says why no further one does. */
  readonly transform: (work: () => Promise<Judgement>) => Promise<Judgement | Stop>;
}

/** Why no further task begins. */
export interface Stop {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
