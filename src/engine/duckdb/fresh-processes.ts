/**
 * Processes that have worked in no folder yet, and what they found out about SQL: shared by the engines of one project, so that a
 * run takes over the process that looked at its SQL while it was planned. A process that has seen data is never handed on.
 */
import type { SqlInspection } from '../transform-engine.js';
import type { EngineProcess } from './child-process.js';
import { nextProcess } from './early-process.js';

export class FreshProcesses {
  /** By SQL. */
  readonly inspections = new Map<string, Promise<SqlInspection>>();
  private readonly idle: EngineProcess[] = [];
  private closed = false;

  /** The one that lives and was started first, the likeliest to be ready; one that starts now if none waits. The caller ends it, or gives it back. */
  take(): EngineProcess {
    for (let child = this.idle.shift(); child !== undefined; child = this.idle.shift())
      if (child.alive) return child;
    return nextProcess();
  }

  /** True: taken back. False: it is not fresh any more, and the caller's to keep or to end. */
  give(child: EngineProcess): boolean {
    if (this.closed || !child.alive || !child.isFresh) return false;
    this.idle.push(child);
    return true;
  }

  /** So many wait, started ahead of their first jobs: the quarter of a second that this takes passes while others list. */
  warm(processes = 1): void {
    if (this.closed) return;
    for (let ready = this.idle.filter(({ alive }) => alive).length; ready < processes; ready++) {
      const child = nextProcess();
      child.rest();
      this.idle.push(child);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const left = this.idle.splice(0);
    left.forEach((child) => child.kill());
    await Promise.all(left.map((child) => child.ended));
  }
}
