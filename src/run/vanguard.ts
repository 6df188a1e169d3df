/** The tasks that begin before all others. If every task asked its stores at once, the first of them would be fetched later, and engine processes would wait. */
export class Vanguard {
  private lead!: () => void;
  private readonly led = new Promise<void>((resolve) => (this.lead = resolve));

  /** `left`: so many tasks begin at once. */
  constructor(private left: number) {}

  /** Resolves when the task may begin: the first ones now, the others when they may follow. */
  async enter(): Promise<void> {
    if (this.left-- <= 0) await this.led;
  }

  /** A task has been fetched, or has ended: the others may begin. */
  follow(): void {
    this.lead();
  }
}
