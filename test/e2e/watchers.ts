/**
 * Readers in processes of their own that read a whole table over and over while the command line replaces it, and the judgement of
 * what they saw: every observation is looked at, none is left out.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { SALES_SQL, TestLake, day, days, key, outcomes, salesYaml, until } from './lake.js';

export const MONTH = 31;
/** Enough for several files a day. */
export const DAY_ROWS = 5000;

/** Day, version, rows, different ids. */
type Group = readonly [string, number, number, number];

/** One look at the whole table. Times are milliseconds of the clock that lakefill has too. */
interface Observation {
  readonly began: number;
  readonly ended: number;
  readonly groups?: readonly Group[];
  readonly error?: string;
}

/** A reader's ways to say that a file which it had listed was gone when it opened it. */
const NOT_FOUND = /No files found|No such file|Cannot open file|FileNotFoundError/;

export class Watcher {
  readonly observations: Observation[] = [];
  private errors = '';
  private readonly closed: Promise<number | null>;

  private constructor(private readonly child: ReturnType<typeof start>) {
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.observations.push(JSON.parse(line) as Observation),
    );
    this.closed = new Promise((resolve) => child.on('close', resolve));
  }

  /** Starts the program and waits for its first observation. */
  static async start(command: string, args: readonly string[]): Promise<Watcher> {
    const watcher = new Watcher(start(command, args));
    await watcher.again();
    return watcher;
  }

  /** Comes back when another observation, begun after this call, has ended. */
  async again(): Promise<void> {
    const from = Date.now();
    await until('a reader has looked once more', () => {
      if (this.child.exitCode !== null) throw new Error(`the reader ended: ${this.errors}`);
      return (this.observations.at(-1)?.began ?? 0) > from;
    });
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    expect(await this.closed, this.errors).toBe(0);
  }
}

function start(command: string, args: readonly string[]) {
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A month of small partitions of several files each, published once as version 1. */
export async function monthLake(): Promise<TestLake> {
  const yaml = salesYaml(MONTH).replace(
    /^target: .*$/m,
    'target: { url: "./clean/sales/dt={dt}/", rowGroupRows: 2048, maxFileBytes: 10KB }',
  );
  const lake = await TestLake.sales(0, {
    yaml,
    sql: SALES_SQL.replace('order_id,', 'order_id, md5(order_id::VARCHAR) AS noise,'),
  });
  await lake.deliver(days(MONTH), 1, DAY_ROWS);
  await lake.fill();
  for (const n of days(MONTH)) expect(lake.dataFiles(`clean/sales/${key(n)}`).length).toBeGreaterThan(1);
  return lake;
}

/** Replaces the month by real runs, day by day and as one, while the program watches; tells what it saw, and judges all of it. */
export async function replacedUnder(name: string, command: string, args: readonly string[]): Promise<void> {
  const lake = await monthLake();
  const watcher = await Watcher.start(command, [...args, lake.path('clean/sales')]);
  const whole = Array(MONTH).fill('promoted');
  try {
    for (const [version, more] of [[2], [3, '--together'], [4]] as const) {
      await lake.deliver(days(MONTH), version, DAY_ROWS);
      expect(Object.values(outcomes(await lake.run(0, ...(more ? [more] : []))))).toEqual(whole);
      await watcher.again();
    }
  } finally {
    await watcher.stop();
  }
  const judged = judge(watcher.observations, windowsOf(lake));
  process.stdout.write(
    `${name}: ${judged.whole} observations of ${MONTH} days (${judged.both} with both generations of some day), ${judged.notFound} not found\n`,
  );
  expect(judged.violations).toEqual([]);
  expect(judged.last).toEqual(Array(MONTH).fill(4));
  expect(judged.whole).toBeGreaterThan(10);
}

type Windows = ReadonlyMap<string, { readonly from: number; readonly to: number }>;

/** From the entry that names the new files to the entry that says that the old ones are gone: by key and new version. */
function windowsOf(lake: TestLake): Windows {
  const windows = new Map<string, { from: number; to: number }>();
  for (const entry of lake.journal() as (ReturnType<TestLake['journal']>[number] & { at: string })[]) {
    for (const { fact, key, attempt: id, generation } of entry.facts as Record<string, string>[]) {
      if (fact === 'promoting') {
        windows.set(id!, { from: Date.parse(entry.at), to: Infinity });
        windows.set(`${key!} ${generation!}`, windows.get(id!)!);
      }
      if (fact === 'published') windows.get(id!)!.to = Date.parse(entry.at);
    }
  }
  return windows;
}

interface Judged {
  whole: number;
  both: number;
  notFound: number;
  readonly violations: string[];
  /** Versions of the days as the last observation has them. */
  last: number[];
}

/** Each day of each observation must show all rows of one generation, and of no generation rows that cannot be there at that time. */
function judge(observations: readonly Observation[], windows: Windows): Judged {
  const judged: Judged = { whole: 0, both: 0, notFound: 0, violations: [], last: [] };
  for (const observation of observations) {
    if (observation.groups === undefined) {
      if (NOT_FOUND.test(observation.error!)) judged.notFound += 1;
      else judged.violations.push(observation.error!);
      continue;
    }
    const byDay = days(MONTH).map((n) => observation.groups!.filter(([dt]) => dt === day(n)));
    const wrong = byDay.flatMap((groups, i) => wrongDay(key(i + 1), groups, observation, windows));
    judged.violations.push(...wrong);
    if (wrong.length === 0) judged.whole += 1;
    if (byDay.some((groups) => groups.length > 1)) judged.both += 1;
    judged.last = byDay.map((groups) => (groups.length === 1 ? groups[0]![1] : NaN));
  }
  return judged;
}

function wrongDay(
  key: string,
  groups: readonly Group[],
  { began, ended }: Observation,
  windows: Windows,
): string[] {
  const wrong: string[] = [];
  if (!groups.some(([, , rows]) => rows === DAY_ROWS)) wrong.push('has no whole generation');
  for (const [, version, rows, ids] of groups) {
    if (rows !== ids) wrong.push(`has rows of version ${version} twice`);
    if ((windows.get(`${key} ${version}`)?.from ?? Infinity) > ended)
      wrong.push(`has version ${version} before it was named`);
    if ((windows.get(`${key} ${version + 1}`)?.to ?? Infinity) < began)
      wrong.push(`has version ${version} after it was gone`);
  }
  return wrong.map((what) => `${key} ${what}: ${JSON.stringify(groups)}`);
}
