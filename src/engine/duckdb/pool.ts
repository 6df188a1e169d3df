/**
 * A pool of engine processes: started when first needed, kept, replaced when one is lost. Jobs wait their turn for a
 * process and for memory; a deadline or a cancelled job stops its own process and nothing else.
 */
import { LakefillError } from '../../core/errors.js';
import { heardByMany } from '../../core/signal.js';
import type { EngineProcess } from './child-process.js';
import type { FreshProcesses } from './fresh-processes.js';
import type { ChildTask, TaskResults } from './protocol.js';

export interface PoolOptions {
  readonly processes: number;
  /** Bytes that jobs running at once may use together. */
  readonly memoryBytes: number;
}

export interface Claim {
  readonly memoryBytes: number;
  /** Milliseconds, counted from the job's start in a process. */
  readonly timeoutMs: number | null;
  readonly signal: AbortSignal | undefined;
}

/** Between asking DuckDB to stop and killing its process. */
const GRACE_MS = 5000;

interface Waiting {
  readonly claim: Claim;
  readonly start: (process: EngineProcess) => void;
  readonly refuse: (error: LakefillError) => void;
}

export class Pool {
  private readonly idle: EngineProcess[] = [];
  private readonly busy = new Map<EngineProcess, Claim>();
  private readonly waiting: Waiting[] = [];
  /** Every process that is not gone yet, killed ones among them. */
  private readonly living = new Set<EngineProcess>();
  private closed = false;

  constructor(
    private readonly options: PoolOptions,
    private readonly fresh: FreshProcesses,
  ) {}

  /** Process ids of the processes that live, for diagnosis. */
  get pids(): number[] {
    return [...this.living].flatMap((child) => child.pid ?? []);
  }

  async perform<K extends ChildTask['kind']>(
    taskFor: (child: EngineProcess) => Extract<ChildTask, { kind: K }>,
    claim: Claim,
  ): Promise<TaskResults[K]> {
    heardByMany(claim.signal);
    const child = await this.acquire(claim);
    try {
      return await performWithin(child, taskFor(child), claim);
    } finally {
      this.release(child);
    }
  }

  /** Ends every process; jobs that wait or run fail with CANCELLED or ENGINE_CRASHED. */
  async close(): Promise<void> {
    this.closed = true;
    this.waiting.splice(0).forEach((waiting) => waiting.refuse(closedError()));
    this.idle.length = 0;
    this.living.forEach((child) => child.kill());
    await Promise.all([...this.living].map((child) => child.ended));
  }

  private acquire(claim: Claim): Promise<EngineProcess> {
    if (this.closed) return Promise.reject(closedError());
    if (claim.signal?.aborted) return Promise.reject(cancelled(claim.signal));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(cancelled(claim.signal!));
        this.startWaiting();
      };
      const waiting: Waiting = {
        claim,
        start: (child) => {
          claim.signal?.removeEventListener('abort', leave);
          resolve(child);
        },
        refuse: reject,
      };
      claim.signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiting);
      this.startWaiting();
    });
  }

  /** In order of arrival: a job that needs much memory is not overtaken for ever. */
  private startWaiting(): void {
    while (this.waiting.length > 0 && this.hasRoomFor(this.waiting[0]!.claim)) {
      const next = this.waiting.shift()!;
      const child = this.takeIdle() ?? this.startProcess();
      this.busy.set(child, next.claim);
      next.start(child);
    }
  }

  private hasRoomFor({ memoryBytes }: Claim): boolean {
    if (this.busy.size === 0) return true;
    const used = [...this.busy.values()].reduce((sum, claim) => sum + claim.memoryBytes, 0);
    return this.busy.size < this.options.processes && used + memoryBytes <= this.options.memoryBytes;
  }

  private startProcess(): EngineProcess {
    const child = this.fresh.take();
    this.living.add(child);
    void child.ended.then(() => this.living.delete(child));
    return child;
  }

  private takeIdle(): EngineProcess | null {
    for (let child = this.idle.pop(); child !== undefined; child = this.idle.pop())
      if (child.alive) return child;
    return null;
  }

  private release(child: EngineProcess): void {
    this.busy.delete(child);
    if (this.fresh.give(child)) this.living.delete(child);
    else if (child.alive && !this.closed) this.idle.push(child);
    if (!this.closed) this.startWaiting();
  }
}

/** The task's own result, unless its deadline or its signal came first. */
async function performWithin<K extends ChildTask['kind']>(
  child: EngineProcess,
  task: Extract<ChildTask, { kind: K }>,
  { timeoutMs, signal }: Claim,
): Promise<TaskResults[K]> {
  let stopped: LakefillError | null = null;
  let grace: NodeJS.Timeout | undefined;
  const stop = (why: LakefillError) => {
    stopped ??= why;
    child.interrupt();
    grace ??= setTimeout(() => child.kill(), GRACE_MS);
  };
  const abort = () => stop(cancelled(signal!));
  const deadline = timeoutMs === null ? undefined : setTimeout(() => stop(tooLate(timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const result = await child.perform<K>(task);
    if (stopped !== null) throw stopped as LakefillError;
    return result;
  } catch (error) {
    throw stopped ?? error;
  } finally {
    clearTimeout(deadline);
    clearTimeout(grace);
    signal?.removeEventListener('abort', abort);
  }
}

function tooLate(timeoutMs: number): LakefillError {
  return new LakefillError(
    'ENGINE_TIMEOUT',
    `The job was stopped after its limit of ${timeoutMs / 1000} s.`,
    {
      hint: 'Raise limits.timeout, or make the query lighter.',
      context: { timeoutMs },
    },
  );
}

function cancelled(signal: AbortSignal): LakefillError {
  return new LakefillError('CANCELLED', 'The job was interrupted.', { cause: signal.reason });
}

function closedError(): LakefillError {
  return new LakefillError('CANCELLED', 'The engine was closed before the job could run.');
}
