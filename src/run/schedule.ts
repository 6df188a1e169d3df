/**
 * Schedule: takes the tasks of a run through to their ends, with bounded concurrency. A task that reads what others make waits for
 * them without holding a place. When the run is stopped (interrupted, a failed canary, too many failures, no time left) what has not
 * begun ends `cancelled` and what is in flight goes on; too many failures keep back also what is in flight but not transformed. A time
 * budget never cuts a batch in two: the batch that has begun is done.
 */
import pLimit from 'p-limit';
import { aheadOf } from './ahead.js';
import { blockedBy, concludeTask, failed } from './conclude.js';
import type { Reporter, RunContext } from './context.js';
import { ended } from './dataset-run.js';
import type { TaskEnd } from './dataset-run.js';
import { endedWell } from './outcome.js';
import type { Stop } from './passage.js';
import type { PromoteGroup } from './promote-group.js';
import type { PlanOptions } from '../plan/plan.js';
import type { PromoteRequest } from '../publish/publisher.js';
import type { PartitionOutcome } from './run-document.js';
import { stageTask } from './stage-task.js';
import { TransformGate } from './transform-gate.js';
import { Vanguard } from './vanguard.js';
import type { Work } from './work.js';

export class Schedule {
  private readonly ends = new Map<string, Promise<PartitionOutcome>>();
  private readonly inFlight: ReturnType<typeof pLimit>;
  /** Groups of which a task has begun. */
  private readonly begun = new Set<PromoteGroup>();
  /** Tasks that did not end well, by id. */
  private readonly failures = new Set<string>();
  private readonly gate: TransformGate | null;
  private readonly vanguard: Vanguard;
  private done = 0;
  /** Why no further task begins; null while they do. */
  private stopped: Stop | null = null;

  constructor(
    private readonly context: RunContext,
    private readonly reporter: Reporter,
    private readonly work: readonly Work[],
    private readonly options: PlanOptions,
  ) {
    this.inFlight = pLimit(context.capacity.processes + aheadOf(work.map(({ task }) => task)));
    this.vanguard = new Vanguard(2 * context.capacity.processes);
    this.gate = options.maxFailures === null ? null : new TransformGate(context.capacity.processes);
  }

  /** Outcomes in the order of the work; never rejects. */
  async run(): Promise<PartitionOutcome[]> {
    const canary = this.options.canary ? this.work.filter((one) => one.group === this.work[0]?.group) : [];
    const outcomes = await Promise.all(canary.map((one) => this.begin(one)));
    const bad = canary[outcomes.findIndex(({ outcome }) => !endedWell(outcome))];
    if (bad)
      this.stop({
        code: 'canary',
        message: `The canary ${bad.task.key} did not end well, so nothing else was begun.`,
        hint: `Fix what stopped the canary, then 'lakefill retry ${this.reporter.run}'.`,
      });
    for (const one of this.work) if (!this.ends.has(one.id)) void this.begin(one);
    return Promise.all(this.work.map((one) => this.ends.get(one.id)!));
  }

  private begin(work: Work): Promise<PartitionOutcome> {
    const end = this.toItsEnd(work);
    this.ends.set(work.id, end);
    return end;
  }

  private async toItsEnd(work: Work): Promise<PartitionOutcome> {
    await work.turn;
    const end = await this.inTurn(work);
    if (end.ended) this.count(work, end.outcome);
    const departure = await work.group.arrive(
      this.requestOf(work, end),
      !end.ended || end.outcome.outcome === 'unchanged',
    );
    const outcome = await concludeTask(work, end, departure).catch(
      (error: unknown) => failed(work, error).outcome,
    );
    work.lease.end(work.task.key);
    this.count(work, outcome);
    this.reporter.tell({
      event: 'partition-ended',
      dataset: work.dataset.dataset,
      done: ++this.done,
      tasks: this.work.length,
      result: outcome,
    });
    return outcome;
  }

  /** Staged after what it reads. */
  private async inTurn(work: Work): Promise<TaskEnd> {
    const upstream = await Promise.all(work.awaits.map((id) => this.ends.get(id)));
    return (
      blockedBy(work, upstream) ??
      (await this.inFlight(() => this.stage(work)).catch((error: unknown) => failed(work, error)))
    );
  }

  private async stage(work: Work): Promise<TaskEnd> {
    if (this.context.signal?.aborted) {
      this.stop({
        code: 'interrupted',
        message: 'The run was interrupted before this partition was begun.',
        hint: `'lakefill retry ${work.shared.run}' takes up what is left.`,
      });
    }
    if (this.stopped) return ended(work.task, 'cancelled', this.stopped);
    const { budget } = this.context;
    if (budget?.isOver() && !this.begun.has(work.group)) return ended(work.task, 'cancelled', budget.told);
    this.begun.add(work.group);
    // Everyone before it in the order of judging is in flight too, and waits for nobody behind.
    const place = work.shared.baseline.enter();
    const pass = this.gate?.enter({
      stopped: () => this.stopped,
      failed: () => this.countFailure(work),
    });
    try {
      await this.vanguard.enter();
      return await stageTask(work.shared, work.task, {
        turn: place.turn,
        transform: (transform) => {
          this.vanguard.follow();
          return pass === undefined ? transform() : pass.through(transform);
        },
      });
    } finally {
      this.vanguard.follow();
      pass?.leave();
      place.leave();
    }
  }

  /** Null: there is nothing to promote, or nothing may be promoted. */
  private requestOf(work: Work, end: TaskEnd): PromoteRequest | null {
    if (end.ended || this.options.stageOnly || this.context.dryRun) return null;
    const { partition, tried, base } = end.staged;
    return { content: partition, plan: work.shared.plan, tried, base, restores: null };
  }

  private count(work: Work, { outcome }: PartitionOutcome): void {
    if (!endedWell(outcome) && outcome !== 'cancelled') this.countFailure(work);
  }

  /** Once for each task, however often it is told. */
  private countFailure(work: Work): void {
    this.failures.add(work.id);
    const { maxFailures } = this.options;
    if (maxFailures === null || this.failures.size < maxFailures) return;
    this.stop({
      code: 'max-failures',
      message: `${this.failures.size} partitions did not end well, so nothing else was begun.`,
      hint: `Fix the cause, then 'lakefill retry ${this.reporter.run}'.`,
    });
  }

  private stop(why: Stop): void {
    this.stopped ??= why;
  }
}
