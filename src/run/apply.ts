/**
 * Apply: executes a plan. Tasks flow through fetch, transform, check and stage with bounded concurrency; what passed is promoted
 * in its group; each task ends with an outcome that the journal records at once. A task that reads what another makes waits for it.
 */
import pLimit from 'p-limit';
import { isLakefillError, LakefillError, messageOf } from '../core/errors.js';
import { timedId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import type { Fact } from '../journal/entry.js';
import type { Lease } from '../journal/lease.js';
import { randomId } from '../core/id.js';
import type { AwaitedInput, DatasetPlan, Plan, Task } from '../plan/plan.js';
import { batchesOf } from '../plan/batches.js';
import type { RunContext } from './context.js';
import { Reporter } from './context.js';
import { openForPlan } from './open-plan.js';
import type { OpenedPlan } from './open-plan.js';
import { scratchOf } from './open-dataset.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import { countOutcomes, endedWell, exitCodeOf, outcomeOf } from './outcome.js';
import { PromoteGroup } from './promote-group.js';
import type { Departure } from './promote-group.js';
import { RUN_FORMAT } from './run-document.js';
import type { PartitionOutcome, RunDocument } from './run-document.js';
import { saveRun } from './run-store.js';
import { discard, stageTask } from './stage-task.js';
import type { DatasetRun, Staged, TaskEnd } from './stage-task.js';
import { Workspace } from './workspace.js';

const DAY_MS = 86_400_000;
/** Staged output that waits for a decision, and output that was refused, is kept this long. */
const STAGING_KEPT_MS = 14 * DAY_MS;
/** Tasks that fetch, stage or promote while others transform. */
const AHEAD = 3;
/** Groups that are promoted at the same time; their journal entries are shared. */
const PROMOTING = 16;

interface Work {
  readonly id: string;
  readonly dataset: DatasetPlan;
  readonly task: Task;
  readonly shared: DatasetRun;
  readonly lease: Lease;
  readonly group: PromoteGroup<Work>;
  /** Resolves when the group before this one is done; groups of a batched run go one after the other. */
  readonly turn: Promise<void>;
  readonly awaits: readonly string[];
}

/** Runs the plan to its end, whatever happens to single partitions. Throws only when nothing could be begun. */
export async function applyPlan(context: RunContext, plan: Plan, command: string): Promise<RunDocument> {
  if (plan.refused)
    throw new LakefillError('PLAN_REFUSED', plan.refused.message, {
      hint: plan.refused.hint,
      context: { code: plan.refused.code },
    });
  const startedAt = context.clock.now();
  const run = timedId(startedAt);
  return new PlanRun(context, plan, command, run, startedAt).execute();
}

class PlanRun {
  private readonly reporter: Reporter;
  private readonly ended = new Map<string, Promise<PartitionOutcome>>();
  private readonly inFlight: ReturnType<typeof pLimit>;
  private readonly promoting = pLimit(PROMOTING);
  private failures = 0;
  private done = 0;
  /** Why no further task begins; null while they do. */
  private stopped: { code: string; message: string; hint: string } | null = null;
  private readonly total: number;

  constructor(
    private readonly context: RunContext,
    private readonly plan: Plan,
    private readonly command: string,
    private readonly run: string,
    private readonly startedAt: number,
  ) {
    this.reporter = new Reporter(context, run);
    this.inFlight = pLimit(context.capacity.processes + AHEAD);
    this.total = plan.datasets.reduce((sum, dataset) => sum + dataset.tasks.length, 0);
  }

  async execute(): Promise<RunDocument> {
    const workspace = await Workspace.open(this.scratch(), this.run);
    const engine = this.context.startEngine(workspace.folder);
    let leases: readonly Lease[] = [];
    try {
      const opened = await openForPlan(this.context, engine, this.plan, this.run, this.reporter);
      leases = opened.map((dataset) => dataset.lease);
      this.reporter.tell({ event: 'run-started', tasks: this.total });
      const work = opened.flatMap((dataset) => this.arrange(dataset, engine, workspace));
      await this.all(work);
      const document = await this.document(work, engine);
      await Promise.all(
        opened.map(({ open }) =>
          this.context.dryRun
            ? null
            : saveRun(open.store, open.control, {
                document,
                stagingExpires: formatInstant(this.context.clock.now() + STAGING_KEPT_MS),
              }),
        ),
      );
      this.reporter.tell({ event: 'run-ended', document });
      return document;
    } finally {
      await engine.close();
      await workspace.close();
      await Promise.all(leases.map((lease) => lease.release()));
    }
  }

  private arrange(opened: OpenedPlan, engine: TransformEngine, workspace: Workspace): Work[] {
    const { plan, context } = this;
    const together = plan.options.together || opened.open.dataset.together;
    const shared: DatasetRun = {
      context,
      engine,
      open: opened.open,
      run: this.run,
      plan: plan.id,
      accept: plan.options.accept,
      definition: opened.definition,
      baseline: opened.baseline,
      workspace,
      threads:
        this.total <= 1 ? context.capacity.processes * context.capacity.threads : context.capacity.threads,
      limit: context.transfers,
      begin: (key, tried) => opened.lease.begin(key, tried),
      step: (key, step) => this.reporter.tell({ event: 'step', dataset: opened.plan.dataset, key, step }),
    };
    const work: Work[] = [];
    let turn = Promise.resolve();
    for (const tasks of together && plan.options.batch === null
      ? [opened.plan.tasks]
      : batchesOf(opened.plan.tasks, plan.options.batch, opened.open.dataset)) {
      const group = new PromoteGroup<Work>({
        size: tasks.length,
        together,
        promote: (requests) =>
          this.promoting(() => context.publisher.promote(opened.open.publish, requests, context.signal)),
      });
      for (const task of tasks) {
        const awaits = task.inputs.flatMap((input) =>
          'tasks' in input ? (input satisfies AwaitedInput).tasks : [],
        );
        work.push({
          id: `${opened.plan.dataset}/${task.key}`,
          dataset: opened.plan,
          task,
          shared,
          lease: opened.lease,
          group,
          turn,
          awaits,
        });
      }
      if (plan.options.batch !== null) turn = group.done;
    }
    return work;
  }

  private async all(work: readonly Work[]): Promise<void> {
    const [first, ...rest] = work;
    if (first && this.plan.options.canary) {
      const outcome = await this.begin(first);
      if (!endedWell(outcome.outcome)) {
        this.stopped ??= {
          code: 'canary',
          message: `The canary ${first.task.key} ended ${outcome.outcome}, so nothing else was begun.`,
          hint: 'Fix what stopped the canary, then plan again.',
        };
      }
      rest.forEach((one) => void this.begin(one));
    } else {
      work.forEach((one) => void this.begin(one));
    }
    await Promise.all(this.ended.values());
  }

  private begin(work: Work): Promise<PartitionOutcome> {
    const outcome = this.toItsEnd(work);
    this.ended.set(work.id, outcome);
    return outcome;
  }

  /** Never rejects. */
  private async toItsEnd(work: Work): Promise<PartitionOutcome> {
    await work.turn;
    const blocker = await this.blocker(work);
    const end = await this.inFlight(() => this.stage(work, blocker)).catch((error: unknown): TaskEnd =>
      this.failure(work, error),
    );
    const departure = await work.group.arrive({
      member: work,
      request:
        end.ended || this.plan.options.stageOnly || this.context.dryRun
          ? null
          : requestOf(this.plan.id, end.staged),
    });
    const outcome = await this.conclude(work, end, departure).catch(
      (error: unknown) => this.failure(work, error).outcome,
    );
    work.lease.end(work.task.key);
    if (!endedWell(outcome.outcome)) this.countFailure();
    this.reporter.tell({
      event: 'partition-ended',
      dataset: work.dataset.dataset,
      done: ++this.done,
      tasks: this.total,
      result: outcome,
    });
    return outcome;
  }

  private async stage(work: Work, blocker: PartitionOutcome | null): Promise<TaskEnd> {
    if (blocker) return { ended: true, outcome: blocker, tried: null };
    if (this.context.signal?.aborted)
      this.stopped ??= {
        code: 'interrupted',
        message: 'The run was interrupted before this partition was begun.',
        hint: "'lakefill retry' takes up what is left.",
      };
    if (this.stopped)
      return {
        ended: true,
        tried: null,
        outcome: outcomeOf(work.task.key, 'cancelled', {
          generation: work.task.base.generation,
          error: this.stopped,
        }),
      };
    return stageTask(work.shared, work.task);
  }

  /** Waits for the tasks that make this one's inputs; an outcome when they keep it from being made. */
  private async blocker(work: Work): Promise<PartitionOutcome | null> {
    if (work.awaits.length === 0) return null;
    const upstream = await Promise.all(work.awaits.map((id) => this.ended.get(id)));
    const bad = work.awaits.filter(
      (_, i) => upstream[i] && upstream[i].outcome !== 'promoted' && upstream[i].outcome !== 'unchanged',
    );
    const base = { generation: work.task.base.generation };
    if (bad.length > 0) {
      const error = {
        code: 'upstream-failed',
        message: `It reads ${bad.slice(0, 3).join(', ')}, which did not end well in this run.`,
        hint: 'Fix the upstream partition first.',
      };
      return outcomeOf(work.task.key, 'blocked', { ...base, error });
    }
    const onlyForUpstream = work.task.reasons.every((reason) => reason.code === 'upstream-planned');
    if (onlyForUpstream && upstream.every((outcome) => outcome?.outcome === 'unchanged')) {
      return outcomeOf(work.task.key, 'unchanged', {
        ...base,
        error: { code: 'upstream-unchanged', message: 'What it reads did not change.', hint: null },
      });
    }
    return null;
  }

  private async conclude(work: Work, end: TaskEnd, departure: Departure): Promise<PartitionOutcome> {
    const { journal } = work.shared.open;
    if (end.ended) {
      if (end.refreshed && !this.context.dryRun) {
        const generation = journal.key(work.task.key).generation!;
        await journal.submit([
          {
            fact: 'refreshed',
            key: work.task.key,
            attempt: randomId(),
            plan: this.plan.id,
            generation,
            record: end.refreshed,
          },
        ]);
      }
      return this.recordEnd(work, end.outcome, end.tried);
    }
    const { staged } = end;
    switch (departure.outcome) {
      case 'promoted':
        await discard(work.shared, staged.partition.files);
        return { ...staged.outcome, outcome: 'promoted', generation: departure.generation };
      case 'conflict': {
        const error = { code: departure.code, message: departure.message, hint: departure.hint };
        const foreign = departure.foreign.length > 0 ? { foreign: departure.foreign } : {};
        return this.recordEnd(
          work,
          {
            ...staged.outcome,
            ...foreign,
            outcome: 'conflict',
            generation: journal.key(work.task.key).generation,
            error,
          },
          null,
        );
      }
      case 'error':
        return this.failure(work, departure.error).outcome;
      case 'not-promoted': {
        if (this.context.dryRun) {
          const would = {
            code: 'dry-run',
            message: 'It would have been promoted; nothing was written.',
            hint: null,
          };
          return { ...staged.outcome, outcome: 'skipped', error: would };
        }
        if (departure.reason === 'ended') return staged.outcome;
        const error = {
          code: 'together',
          message: 'Another partition of its batch did not pass, so none of the batch was promoted.',
          hint: 'Fix that one, then retry.',
        };
        return { ...staged.outcome, outcome: 'blocked', error };
      }
    }
  }

  /** The end of a key that was tried goes to the journal at once, so that a crash loses at most what is in flight. */
  private async recordEnd(
    work: Work,
    outcome: PartitionOutcome,
    tried: string | null,
  ): Promise<PartitionOutcome> {
    if (tried === null || this.context.dryRun || outcome.error === null) return outcome;
    if (outcome.outcome === 'promoted' || outcome.outcome === 'unchanged') return outcome;
    const { code, message } = outcome.error;
    const fact: Fact = {
      fact: 'ended',
      key: work.task.key,
      attempt: randomId(),
      outcome: outcome.outcome,
      code,
      message,
      tried,
    };
    await work.shared.open.journal.submit([fact]);
    return outcome;
  }

  private failure(work: Work, error: unknown): TaskEnd & { ended: true } {
    const cancelled = isLakefillError(error, 'CANCELLED');
    const code = isLakefillError(error) ? error.code : 'INTERNAL';
    const phase = work.shared.open.journal.key(work.task.key).phase;
    const halfDone =
      phase === 'stable'
        ? null
        : "Run 'lakefill recover': the publication has begun and is finished or undone by it.";
    const hint =
      halfDone ??
      (isLakefillError(error)
        ? error.hint
        : 'This looks like a bug; please report it with the output of the command.');
    const told = cancelled
      ? {
          code: 'interrupted',
          message:
            'The run was interrupted while this partition was being made. Nothing of it was published.',
          hint: "'lakefill retry' takes it up again.",
        }
      : { code, message: messageOf(error), hint };
    return {
      ended: true,
      tried: null,
      outcome: outcomeOf(work.task.key, cancelled ? 'cancelled' : 'failed', {
        generation: work.task.base.generation,
        attempts: 1,
        error: told,
      }),
    };
  }

  /** Work files stand on the device of the first local target: see docs/decisions/0006-work-folders.md. */
  private scratch(): string | null {
    const { project } = this.context;
    const local = this.plan.datasets.flatMap(({ dataset }) => {
      const found = project.datasets.find((one) => one.name === dataset);
      return (found && scratchOf(this.context, found)) ?? [];
    });
    return local[0] ?? project.settings.scratch;
  }

  private countFailure(): void {
    this.failures++;
    const { maxFailures } = this.plan.options;
    if (maxFailures !== null && this.failures >= maxFailures) {
      this.stopped ??= {
        code: 'max-failures',
        message: `${this.failures} partitions did not end well, so nothing else was begun.`,
        hint: 'Fix the cause, then retry.',
      };
    }
  }

  private async document(work: readonly Work[], engine: TransformEngine): Promise<RunDocument> {
    const outcomes = new Map<string, PartitionOutcome[]>();
    for (const one of work) {
      const list = outcomes.get(one.dataset.dataset) ?? [];
      list.push(await this.ended.get(one.id)!);
      outcomes.set(one.dataset.dataset, list);
    }
    const all = [...outcomes.values()].flat();
    const { plan, context } = this;
    return {
      format: RUN_FORMAT,
      id: this.run,
      plan: plan.id,
      command: this.command,
      requestedBy: context.by,
      reason: plan.reason,
      startedAt: formatInstant(this.startedAt),
      endedAt: formatInstant(context.clock.now()),
      exitCode: exitCodeOf(all, interruptedBy(context.signal)),
      guarantee: [...new Set(plan.datasets.map((dataset) => dataset.guarantee))].join(' '),
      engine: engine.name,
      counts: countOutcomes(all),
      datasets: plan.datasets.map(({ dataset, target }) => ({
        dataset,
        target,
        partitions: outcomes.get(dataset) ?? [],
      })),
    };
  }
}

function requestOf(plan: string, staged: Staged) {
  return { content: staged.partition, plan, tried: staged.tried, base: staged.base, restores: null };
}

/** Signals that abort a command name themselves as the reason. */
function interruptedBy(signal: AbortSignal | undefined): 'SIGINT' | 'SIGTERM' | null {
  if (!signal?.aborted) return null;
  return signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
}
