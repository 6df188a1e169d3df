/**
 * `openProject`: settings, parts and verbs put together. What each verb does is in api/; here is only what they share for
 * the life of one opened project: stores, and the engine that is started when first needed.
 */
import { availableParallelism, hostname, totalmem, userInfo } from 'node:os';
import pLimit from 'p-limit';
import { adoptProject } from './api/adopt.js';
import { capacityFor } from './api/capacity.js';
import type { Capacity } from './api/capacity.js';
import type { ApiContext } from './api/context.js';
import { diffProject } from './api/diff.js';
import { doctorProject } from './api/doctor.js';
import { gcProject } from './api/gc.js';
import { history } from './api/history.js';
import { pastRun } from './api/past-run.js';
import { plan } from './api/plan.js';
import { discardProject, promoteProject } from './api/promote.js';
import { recoverProject } from './api/recover.js';
import { planRetry } from './api/retry.js';
import { rollbackProject } from './api/rollback.js';
import { scan } from './api/scan.js';
import type {
  CommonOptions,
  ExecutionOptions,
  LakefillProject,
  OpenOptions,
  WriteRequest,
} from './api/types.js';
import { LakefillError } from './core/errors.js';
import { systemClock } from './clock.js';
import { loadProject } from './dataset/load.js';
import type { Dataset, Project } from './dataset/dataset.js';
import type { TransformEngine } from './engine/transform-engine.js';
import type { JournalState } from './journal/entry.js';
import { liveKeys, readLeases } from './journal/lease.js';
import { readJournal } from './journal/read.js';
import { parts } from './parts.js';
import type { Parts } from './parts.js';
import type { Plan } from './plan/plan.js';
import { applyPlan } from './run/apply.js';
import { timeBudget } from './run/time-budget.js';
import type { RunContext } from './run/context.js';
import { controlOf } from './run/open-dataset.js';
import { createStores } from './store/open-store.js';
import type { Stores } from './store/open-store.js';
import type { ObjectStore } from './store/object-store.js';
import { limited } from './store/limit.js';
import { retrying } from './store/retry.js';
import { spanning } from './store/span.js';

/**
 * Opens the project at or above `dir` (default: the working directory). Throws PROJECT_NOT_FOUND, or DEFINITION_INVALID with every
 * problem of every definition. Reads only; close it when done: it holds engine processes and sockets.
 */
export async function openProject(options: OpenOptions = {}): Promise<LakefillProject> {
  const table = parts(systemClock);
  try {
    return await openWith(table, options);
  } catch (error) {
    await table.engines.close();
    throw error;
  }
}

async function openWith(table: Parts, options: OpenOptions): Promise<LakefillProject> {
  const project = await loadProject({
    dir: options.dir ?? process.cwd(),
    env: process.env,
    checkParts: table.checks,
  });
  const stores = createStores(table.stores, {
    stores: project.settings.stores,
    wrap: (store) => guarded(store, project),
  });
  const opened = new Map<string, ObjectStore>();
  for (const url of storeUrls(project)) opened.set(url, await stores.open(url));
  return new OpenedProject(project, table, opened, stores);
}

class OpenedProject implements LakefillProject {
  /** For looking at SQL; runs start their own. */
  private inspector: TransformEngine | null = null;

  constructor(
    private readonly project: Project,
    private readonly table: Parts,
    private readonly opened: ReadonlyMap<string, ObjectStore>,
    private readonly factory: Stores,
  ) {}

  get settings() {
    return this.project.settings;
  }

  get datasets() {
    return this.project.datasets;
  }

  scan: LakefillProject['scan'] = (options = {}) => scan(this.api(), options);

  plan: LakefillProject['plan'] = (options = {}) => plan(this.api(), options);

  apply: LakefillProject['apply'] = (planned: Plan, options = {}) => {
    const tasks = planned.datasets.reduce((sum, dataset) => sum + dataset.tasks.length, 0);
    const context = this.run(options, this.capacity(planned.options.concurrency, tasks));
    const budget = timeBudget(options.stopAfter, systemClock);
    return applyPlan({ ...context, budget }, planned, options.command ?? 'apply');
  };

  planRetry: LakefillProject['planRetry'] = (run: string, options: CommonOptions & ExecutionOptions = {}) =>
    planRetry(this.api(), run, options);

  retry: LakefillProject['retry'] = async (run, options = {}) =>
    this.apply(await this.planRetry(run, options), { command: 'retry', ...options });

  diff: LakefillProject['diff'] = (options) => diffProject(this.run(options), options);

  promote: LakefillProject['promote'] = (run, options = {}) =>
    promoteProject(this.run(options), run, options);

  discard: LakefillProject['discard'] = (run, options = {}) =>
    discardProject(this.run(options), run, options);

  rollback: LakefillProject['rollback'] = (run, options = {}) =>
    rollbackProject(this.run(options), run, options);

  history: LakefillProject['history'] = (options = {}) => history(this.api(), options);

  runDocument: LakefillProject['runDocument'] = (run, options = {}) =>
    pastRun(this.api(), run, options.signal);

  recover: LakefillProject['recover'] = (options = {}) =>
    recoverProject(this.run(options), options.datasets ?? []);

  gc: LakefillProject['gc'] = (options = {}) => gcProject(this.run(options), options);

  adopt: LakefillProject['adopt'] = (options = {}) => adoptProject(this.api(), this.run(options), options);

  doctor: LakefillProject['doctor'] = (options = {}) => doctorProject(this.api(), this.run(options), options);

  async close(): Promise<void> {
    await this.inspector?.close();
    await this.table.engines.close();
    await this.factory.close();
  }

  private readonly stores = (url: string): ObjectStore => {
    const store = this.opened.get(url);
    if (!store) throw new LakefillError('INTERNAL', `The store ${url} was not opened with the project.`);
    return store;
  };

  private api(): ApiContext {
    const engine = () =>
      (this.inspector ??= this.table.engines.open({
        processes: 1,
        memoryBytes: this.capacity(null, 1).memoryBytes,
      }));
    return {
      project: this.project,
      stores: this.stores,
      engine,
      warmEngine: (jobs, sql) => {
        this.table.engines.warm(Math.min(jobs, availableParallelism()));
        // Whoever needs to know asks again, and is told.
        if (sql !== null)
          engine()
            .inspect(sql)
            .catch(() => undefined);
      },
      clock: systemClock,
      journals: (dataset) => this.journalReader(dataset),
      user: currentUser(),
    };
  }

  private run(request: WriteRequest, capacity = this.capacity(null, 1)): RunContext {
    return {
      project: this.project,
      clock: systemClock,
      stores: this.stores,
      mustProbe: (url) => this.factory.mustProbe(url),
      provenStore: (url, proven) => this.factory.openProven(url, proven),
      startEngine: (folder) => {
        const { processes, memoryBytes } = capacity;
        this.table.engines.warm(processes);
        return this.table.engines.open({ processes, memoryBytes: processes * memoryBytes, folder });
      },
      publisher: this.table.publishers.hive,
      by: currentUser(),
      signal: request.signal,
      onEvent: request.onEvent,
      capacity,
      transfers: pLimit(this.settings.concurrency.uploads),
      singleWriter: request.singleWriter ?? false,
      dryRun: request.dryRun ?? false,
    };
  }

  private capacity(concurrency: number | null, tasks: number): Capacity {
    const { settings } = this;
    const machine = { cores: availableParallelism(), memoryBytes: totalmem() };
    return capacityFor(machine, {
      concurrency: concurrency ?? settings.concurrency.partitions,
      memory: settings.memory,
      tasks,
    });
  }

  private journalReader(dataset: Dataset) {
    const store = this.stores(dataset.layout.root.store);
    const control = controlOf(this.api(), dataset);
    return {
      read: (from?: JournalState) => readJournal(store, control, from),
      liveKeys: async () => liveKeys(await readLeases(store, control)),
    };
  }
}

/** Stores over a network get bounded concurrency, retries and fewer listings; a local disk needs none of them. */
function guarded(store: ObjectStore, project: Project): ObjectStore {
  if (store.url.startsWith('file:') || store.url.startsWith('memory:')) return store;
  return spanning(retrying(limited(store, project.settings.concurrency.requests), { clock: systemClock }));
}

function storeUrls(project: Project): string[] {
  const urls = project.datasets.flatMap((dataset) => [
    dataset.layout.root.store,
    ...dataset.inputs.map((input) => input.template.root.store),
  ]);
  return [...new Set(urls)];
}

/** `user@host`, for the journal and run documents. */
function currentUser(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
