/** A small local lake whose runs stage only, with a clock that can be set ahead and a store that can be made to stop. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { diffProject } from '../../src/api/diff.js';
import { discardProject, promoteProject } from '../../src/api/promote.js';
import { gcProject } from '../../src/api/gc.js';
import { plan } from '../../src/api/plan.js';
import { rollbackProject } from '../../src/api/rollback.js';
import type { ApiContext } from '../../src/api/context.js';
import type {
  DiffRequest,
  DiscardRequest,
  ExecutionOptions,
  GcRequest,
  PromoteRequest,
} from '../../src/api/types.js';
import type { SelectionOptions } from '../../src/plan/selection.js';
import { systemClock } from '../../src/clock.js';
import type { Project } from '../../src/dataset/dataset.js';
import { loadProject } from '../../src/dataset/load.js';
import { liveKeys, readLeases } from '../../src/journal/lease.js';
import { readJournal } from '../../src/journal/read.js';
import { parts } from '../../src/parts.js';
import { applyPlan } from '../../src/run/apply.js';
import type { RunContext } from '../../src/run/context.js';
import { controlOf } from '../../src/run/open-dataset.js';
import type { DiffDocument } from '../../src/run/diff-document.js';
import type { PartitionOutcome, RunDocument } from '../../src/run/run-document.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import type { ObjectStore } from '../../src/store/object-store.js';

export const DAYS = ['2025-01-01', '2025-01-02', '2025-01-03'];
const MEMORY = 256 * 1024 * 1024;

export class StagedLake {
  /** Milliseconds that the clock is ahead of the machine's. */
  ahead = 0;
  readonly clock = { ...systemClock, now: () => Date.now() + this.ahead };
  store: ObjectStore = createLocalStore({ clock: this.clock });
  private readonly table = parts(this.clock);

  private constructor(
    readonly dir: string,
    private readonly project: Project,
  ) {}

  /** The SQL from here on. */
  async setSql(sql: string): Promise<void> {
    await writeFile(path.join(this.dir, 'partitions', 'sales.sql'), `${sql}\n`);
    Object.assign(this, { project: await load(this.dir) });
  }

  /** Three days of three rows; amounts are doubled by the SQL. `more`: further lines of the definition. */
  static async make(more = '', checks = '- unique: [id]'): Promise<StagedLake> {
    const dir = await mkdtemp(path.join(tmpdir(), 'lakefill-staged-'));
    await mkdir(path.join(dir, 'partitions'));
    await writeFile(
      path.join(dir, 'partitions', 'sales.yaml'),
      `target: ${dir}/lake/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03, column: ts }
inputs:
  raw: ${dir}/raw/dt={dt}/*.parquet
checks:
  ${checks}
  - notNull: [amount]
${more}`,
    );
    const sql = 'SELECT id, ts, amount * 2 AS amount FROM raw\n';
    await writeFile(path.join(dir, 'partitions', 'sales.sql'), sql);
    const lake = new StagedLake(dir, await load(dir));
    for (const day of DAYS) await lake.putRaw(day, 3);
    return lake;
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  /** Rows 1..n with amount = id + `add`; NULL amounts when `add` is null. */
  async putRaw(day: string, rows: number, add: number | null = 0): Promise<void> {
    const folder = path.join(this.dir, 'raw', `dt=${day}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const amount = add === null ? 'NULL::BIGINT' : `i + ${add}`;
    await query(
      `COPY (SELECT i AS id, TIMESTAMP '${day}' + to_minutes(i) AS ts, ${amount} AS amount FROM range(1, ${rows + 1}) t(i))
       TO '${folder}/${rows}-${add}.parquet' (FORMAT parquet)`,
    );
  }

  /** Amounts that a reader finds, whatever files they are in. */
  async amounts(day: string): Promise<number[]> {
    const folder = path.join(this.dir, 'lake', 'sales', `dt=${day}`);
    const files = await readdir(folder).catch(() => []);
    if (files.length === 0) return [];
    const rows = await query(
      `SELECT amount::INTEGER AS amount FROM read_parquet('${folder}/*.parquet') ORDER BY 1`,
    );
    return rows.map((row) => Number(row['amount']));
  }

  /** Paths below the staging prefix, ascending. */
  async staged(): Promise<string[]> {
    const root = path.join(this.dir, 'lake', '_lakefill', 'sales', 'staging');
    const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  async run(
    options: ExecutionOptions & SelectionOptions = {},
    changes: Partial<RunContext> = {},
  ): Promise<RunDocument> {
    const context = { ...this.context(), ...changes };
    const engines: { close(): Promise<void> }[] = [];
    const api: ApiContext = {
      project: this.project,
      stores: context.stores,
      engine: () => {
        const engine = this.table.engines.open({ processes: 1, memoryBytes: MEMORY });
        engines.push(engine);
        return engine;
      },
      warmEngine: () => this.table.engines.warm(),
      clock: this.clock,
      journals: (dataset) => ({
        read: () => readJournal(this.store, controlOf(context, dataset)),
        liveKeys: async () => liveKeys(await readLeases(this.store, controlOf(context, dataset))),
      }),
      user: 'test@here',
    };
    const planned = await plan(api, options).finally(() =>
      Promise.all(engines.map((engine) => engine.close())).then(() => this.table.engines.close()),
    );
    return applyPlan(context, planned, 'run');
  }

  promote(run: string, request: PromoteRequest = {}): Promise<RunDocument> {
    return promoteProject(this.context(request), run, request);
  }

  discard(run: string, request: DiscardRequest = {}): Promise<RunDocument> {
    return discardProject(this.context(request), run, request);
  }

  diff(request: DiffRequest): Promise<DiffDocument> {
    return diffProject(this.context(), request);
  }

  rollback(run: string): Promise<RunDocument> {
    return rollbackProject(this.context(), run, {});
  }

  gc(request: GcRequest = {}) {
    return gcProject(this.context(request), request);
  }

  context(request: { readonly dryRun?: boolean } = {}): RunContext {
    return {
      project: this.project,
      clock: this.clock,
      stores: () => this.store,
      mustProbe: () => false,
      provenStore: () => Promise.resolve(this.store),
      startEngine: (folder) => this.table.engines.open({ processes: 1, memoryBytes: MEMORY, folder }),
      publisher: this.table.publishers.hive,
      by: 'test@here',
      signal: undefined,
      onEvent: undefined,
      capacity: { processes: 1, threads: 1, memoryBytes: MEMORY },
      transfers: pLimit(4),
      singleWriter: false,
      dryRun: request.dryRun ?? false,
    };
  }

  /** The file at a path of `staged()`. */
  stagedFile(name: string): string {
    return path.join(this.dir, 'lake', '_lakefill', 'sales', 'staging', name);
  }
}

/** Outcome and code by key. */
export function endsOf(document: RunDocument): Record<string, string> {
  const told = ({ key, outcome, error }: PartitionOutcome) =>
    [key.slice('dt='.length), error === null ? outcome : `${outcome} ${error.code}`] as const;
  return Object.fromEntries(document.datasets.flatMap(({ partitions }) => partitions.map(told)));
}

async function load(dir: string): Promise<Project> {
  return loadProject({ dir, env: {}, checkParts: parts(systemClock).checks });
}

export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
