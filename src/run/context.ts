/** What a run is given from outside: everything it needs and nothing it makes. */
import type { LimitFunction } from 'p-limit';
import type { Clock } from '../clock.js';
import type { Project } from '../dataset/dataset.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import type { Publisher } from '../publish/publisher.js';
import type { ObjectStore, StoreCapabilities } from '../store/object-store.js';
import type { EventListener, RunEvent } from './events.js';
import type { TimeBudget } from './time-budget.js';

/** `Omit` that keeps the members of a union apart. */
type Told<E> = E extends RunEvent ? Omit<E, 'run' | 'at'> : never;

export interface RunContext {
  readonly project: Project;
  readonly clock: Clock;
  /** Store of a URL such as `file:///` or `s3://bucket/`. */
  readonly stores: (url: string) => ObjectStore;
  /** True when the store's claims must be probed before anything is published to it. */
  readonly mustProbe: (url: string) => boolean;
  /** The same store, resting on what a probe proved. */
  readonly provenStore: (url: string, proven: StoreCapabilities) => Promise<ObjectStore>;
  /** Starts the engine whose jobs have their folders in this absolute one, and its processes; the caller closes it. */
  readonly startEngine: (folder: string) => TransformEngine;
  readonly publisher: Publisher;
  /** `user@host`. */
  readonly by: string;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: EventListener | undefined;
  /** Engine processes and their limits, chosen once per command. */
  readonly capacity: { readonly processes: number; readonly threads: number; readonly memoryBytes: number };
  /** Bounds the store calls of the run that move data. */
  readonly transfers: LimitFunction;
  /** Null or absent: no end. */
  readonly budget?: TimeBudget | null;
  readonly singleWriter: boolean;
  readonly dryRun: boolean;
}

/** Sends events of one run with its id and the time. */
export class Reporter {
  constructor(
    private readonly context: RunContext,
    readonly run: string,
  ) {}

  tell(event: Told<RunEvent>): void {
    this.context.onEvent?.({
      ...event,
      run: this.run,
      at: new Date(this.context.clock.now()).toISOString(),
    } as RunEvent);
  }
}
