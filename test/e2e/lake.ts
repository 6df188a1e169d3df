/**
 * A project on disk with a raw lake beside it, and the real command line in processes of its own. Looks at the results as an
 * outsider would: with its own listing and its own DuckDB. Where a test is not about the command line it scans through the
 * library, which starts faster.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, vi } from 'vitest';
import { openProject } from '../../src/index.js';
import type { LakefillProject, Plan, RunDocument, ScanDocument } from '../../src/index.js';
import { query, writeSales } from './duck.js';

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The n-th day of the lake, from 1. */
export function day(n: number): string {
  return new Date(Date.UTC(2025, 0, n)).toISOString().slice(0, 10);
}

export function key(n: number): string {
  return `dt=${day(n)}`;
}

export function days(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

export const SALES_SQL = `SELECT order_id, ts, upper(trim(region)) AS region, qty * price AS revenue, version
FROM raw
WHERE ts >= $partition_start AND ts < $partition_end
`;

/** The definition that most tests use: daily, cut by path and by column, three checks. */
export function salesYaml(count: number, more = ''): string {
  return `target: ./clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(count)}, column: ts }
inputs:
  raw: ./raw/sales/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
  - rowCount: { min: 1 }
${more}`;
}

export interface Done {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The document on stdout. Throws when there is none. */
  json<T = RunDocument>(): T;
  /** The error document, the last line on stderr of a command with `--json`. */
  error(): { code: string; message: string; hint: string | null; exitCode: number };
}

export interface Running {
  readonly pid: number;
  readonly done: Promise<Done>;
  /** What it has written to stdout and stderr until now. */
  text(): string;
  ended(): boolean;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Run it as this user and group. */
  readonly uid?: number;
}

const open = new Set<TestLake>();
const started = new Set<Running>();

/** Whatever a test started or made is gone after it. */
async function removeLakes(): Promise<void> {
  for (const running of started) {
    if (!running.ended()) running.kill('SIGKILL');
    await running.done;
  }
  started.clear();
  for (const lake of open) rmSync(lake.dir, { recursive: true, force: true });
  open.clear();
}
afterEach(removeLakes);

export class TestLake {
  private constructor(readonly dir: string) {}

  /** An empty project. */
  static empty(parent = tmpdir()): TestLake {
    const lake = new TestLake(mkdtempSync(path.join(parent, 'lakefill-e2e-')));
    open.add(lake);
    lake.write('lakefill.yaml', 'concurrency: { partitions: 2 }\n');
    return lake;
  }

  /** A project with the dataset `sales` and `count` raw days of version 1. */
  static async sales(
    count: number,
    { yaml = salesYaml(count), sql = SALES_SQL as string | null, parent = tmpdir() } = {},
  ): Promise<TestLake> {
    const lake = TestLake.empty(parent);
    lake.define('sales', yaml, sql);
    await lake.deliver(days(count));
    return lake;
  }

  path(...segments: string[]): string {
    return path.join(this.dir, ...segments);
  }

  write(file: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
  }

  read(file: string): Buffer {
    return readFileSync(this.path(file));
  }

  exists(file: string): boolean {
    return existsSync(this.path(file));
  }

  remove(file: string): void {
    rmSync(this.path(file), { recursive: true, force: true });
  }

  define(dataset: string, yaml: string, sql: string | null = null): void {
    this.write(`partitions/${dataset}.yaml`, yaml);
    if (sql !== null) this.write(`partitions/${dataset}.sql`, sql);
  }

  /** Raw files of these days, all rows of this version. */
  async deliver(numbers: readonly number[], version = 1, rows = ROWS): Promise<void> {
    for (const n of numbers) await writeSales(this.path(rawFile(n)), day(n), n * 100_000, version, rows);
  }

  cli(...args: string[]): Promise<Done> {
    return this.start(args).done;
  }

  /** As `cli`, and fails the test unless it exits with `status`. */
  async ok(status: number, ...args: string[]): Promise<Done> {
    const done = await this.cli(...args);
    if (done.status !== status)
      throw new Error(
        `lakefill ${args.join(' ')} ended with ${done.status ?? done.signal}, not ${status}\n${done.stdout}\n${done.stderr}`,
      );
    return done;
  }

  /** `run --yes --json` with more words, which must end with `status`. */
  async run(status = 0, ...args: string[]): Promise<RunDocument> {
    return (await this.ok(status, 'run', '--yes', '--json', ...args)).json();
  }

  /** Work with the library on the project as it is now. */
  async library<T>(work: (project: LakefillProject) => Promise<T>): Promise<T> {
    const project = await openProject({ dir: this.dir });
    try {
      return await work(project);
    } finally {
      await project.close();
    }
  }

  /** Makes all that is due, through the library: how tests set their scene. */
  async fill(): Promise<RunDocument> {
    const run = await this.library(async (project) => project.apply(await project.plan()));
    if (run.exitCode !== 0) throw new Error(`the scene cannot be set: ${JSON.stringify(run)}`);
    return run;
  }

  scan(): Promise<ScanDocument> {
    return this.library((project) => project.scan());
  }

  /** Status and reason codes of every key of one dataset, such as `missing absent`. */
  async statuses(dataset = 'sales'): Promise<Record<string, string>> {
    const scan = await this.library((project) => project.scan({ datasets: [dataset] }));
    return Object.fromEntries(
      scan.datasets[0]!.partitions.map((p) => [
        p.key,
        [p.status, ...p.reasons.map((reason) => reason.code)].join(' '),
      ]),
    );
  }

  async plan(file: string, ...args: string[]): Promise<Plan> {
    await this.ok(0, 'plan', '--out', file, ...args);
    return JSON.parse(this.read(file).toString()) as Plan;
  }

  start(args: readonly string[], options: StartOptions = {}): Running {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: options.cwd ?? this.dir,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    const out = { stdout: '', stderr: '' };
    let ended = false;
    child.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
    const running: Running = {
      pid: child.pid!,
      text: () => out.stdout + out.stderr,
      ended: () => ended,
      kill: (signal) => void child.kill(signal),
      done: new Promise((resolve) => {
        child.on('close', (status, signal) => {
          ended = true;
          resolve({
            status,
            signal,
            ...out,
            json: <T>() => JSON.parse(out.stdout) as T,
            error: () => JSON.parse(out.stderr.trim().split('\n').at(-1)!) as ReturnType<Done['error']>,
          });
        });
      }),
    };
    started.add(running);
    return running;
  }

  /**
   * Files below the folder, relative to it, in order; hidden ones too. Without what a killed process was writing just then: no
   * reader and no listing sees it, and gc removes it a day later by a time that no test can set.
   */
  files(folder = '.'): string[] {
    const root = this.path(folder);
    if (!existsSync(root)) return [];
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.lakefill-tmp-'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  /** What a reader of a Hive folder takes: no name that begins with `_` or `.`. */
  dataFiles(folder: string): string[] {
    return this.files(folder)
      .filter((file) => file.split(path.sep).every((segment) => !/^[._]/.test(segment)))
      .map((file) => this.path(folder, file));
  }

  /** Rows of a query over all data files of a folder, which the query names `data`. */
  async rowsOf(folder: string, sql: string): Promise<Record<string, unknown>[]> {
    const files = this.dataFiles(folder);
    return files.length === 0 ? [] : query(files, sql);
  }

  /** Rows by version of one partition, such as `{ 1: 20 }`; `{}` where there is none. */
  async versions(partition: string, root = 'clean/sales'): Promise<Record<string, number>> {
    const rows = await this.rowsOf(
      `${root}/${partition}`,
      'SELECT version, count(DISTINCT order_id)::INTEGER AS n, count(*)::INTEGER AS rows FROM data GROUP BY 1 ORDER BY 1',
    );
    for (const { n, rows: all } of rows) if (n !== all) throw new Error(`${partition} has rows twice`);
    return Object.fromEntries(rows.map(({ version, n }) => [String(version), Number(n)]));
  }

  /** Path, size, times and digest of everything in the project, folders too. */
  tree(folder = '.'): Record<string, string> {
    const root = this.path(folder);
    const entries = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const { mtimeMs, ino } = statSync(file);
      const content = entry.isFile()
        ? createHash('sha256').update(readFileSync(file)).digest('hex')
        : 'folder';
      return [path.relative(root, file), `${content} ${ino} ${mtimeMs}`] as const;
    });
    return Object.fromEntries(entries.sort());
  }

  /** Entries of the journal of a dataset, in order. Throws when there is a hole. */
  journal(
    dataset = 'clean/_lakefill/sales',
  ): { sequence: number; run: string; facts: Record<string, unknown>[] }[] {
    return this.files(`${dataset}/journal`).map((file, i) => {
      if (Number(file.replace('.json', '')) !== i + 1)
        throw new Error(`entry ${i + 1} of ${dataset} is ${file}`);
      return JSON.parse(this.read(`${dataset}/journal/${file}`).toString()) as ReturnType<
        TestLake['journal']
      >[number];
    });
  }
}

/** Rows that `deliver` writes a day. */
export const ROWS = 20;

export function rawFile(n: number): string {
  return `raw/sales/dt=${day(n)}/part-0.parquet`;
}

/** Outcome by key of one dataset of a run. */
export function outcomes(run: RunDocument, dataset = 0): Record<string, string> {
  return Object.fromEntries((run.datasets[dataset]?.partitions ?? []).map((p) => [p.key, p.outcome]));
}

/** Resolves when `condition` holds; looks again and again, at most `seconds`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Processes whose parent is `pid`, and theirs. Linux only. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat) parents.set(Number(name), stat.parent);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const [child, parent] of parents) {
      if (parent !== next) continue;
      found.push(child);
      queue.push(child);
    }
  }
  return found;
}

/** A zombie is gone: only its parent has not looked yet. */
export function isGone(pid: number): boolean {
  const stat = statOf(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X';
}

function statOf(pid: number): { state: string; parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    return null;
  }
}
