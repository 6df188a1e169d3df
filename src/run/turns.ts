/** An order of turns: those who enter are let on one after the other, each when all who entered before have left. */

/** One's place in the order. */
export interface Place {
  /** Resolves when everyone before has left. */
  readonly turn: Promise<void>;
  /** Lets the next one on, also before one's own turn has come. Every place must be left. */
  readonly leave: () => void;
}

export class Turns {
  private last: Promise<void> = Promise.resolve();

  enter(): Place {
    const turn = this.last;
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.last = turn.then(() => left);
    return { turn, leave };
  }
}
