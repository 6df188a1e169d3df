/**
 * The gate before the transforms of a run that a number of failures stops. As many pass as there are processes, in the order in which
 * their tasks entered, and each is known to be good or bad before the next one passes. What waits in front of it has changed nothing.
 */
import pLimit from 'p-limit';
import { isLakefillError } from '../core/errors.js';
import { Turns } from './turns.js';
import type { Judgement } from './judge-output.js';
import type { Passage, Stop } from './passage.js';

export interface Watch {
  /** Why nothing begins any more; null while it does. */
  readonly stopped: () => Stop | null;
  /** The output was refused, or there is none. */
  readonly failed: () => void;
}

export interface Pass {
  readonly through: Passage['transform'];
  /** The task is over, or needs the gate no more. Every pass must be left. */
  readonly leave: () => void;
}

export class TransformGate {
  private readonly slots: ReturnType<typeof pLimit>;
  private readonly turns = new Turns();

  constructor(processes: number) {
    this.slots = pLimit(processes);
  }

  enter(watch: Watch): Pass {
    const { turn, leave } = this.turns.enter();
    const through: Passage['transform'] = async (transform) => {
      // In order: who is inside may wait for those before it, and never for one that waits for a place.
      await turn;
      return this.slots(async () => {
        leave();
        return watch.stopped() ?? (await judged(transform, watch));
      });
    };
    return { through, leave };
  }
}

async function judged(transform: () => Promise<Judgement>, watch: Watch): Promise<Judgement> {
  try {
    const judgement = await transform();
    if (!judgement.verdict.passed) watch.failed();
    return judgement;
  } catch (error) {
    if (!isLakefillError(error, 'CANCELLED')) watch.failed();
    throw error;
  }
}
