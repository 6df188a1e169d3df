/**
 * Runs that are interrupted at many moments while a reader looks on all the time. Moments are counted, not timed: the n-th new
 * name among journal entries, staged files, kept files and published files.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { query } from './duck.js';
import { SALES_SQL, TestLake, days, descendants, isGone, key, salesYaml, until } from './lake.js';
import type { Done, Running } from './lake.js';

export const KEYS = 8;
/** Enough for two files a partition. */
export const DAY_ROWS = 5000;

/** Eight days, published once as version 1, two files each. */
export async function publishedLake(): Promise<TestLake> {
  const yaml = salesYaml(KEYS).replace(
    /^target: .*$/m,
    'target: { url: "./clean/sales/dt={dt}/", rowGroupRows: 2048, maxFileBytes: 10KB }',
  );
  const lake = await TestLake.sales(0, {
    yaml,
    sql: SALES_SQL.replace('order_id,', 'order_id, md5(order_id::VARCHAR) AS noise,'),
  });
  await lake.deliver(days(KEYS), 1, DAY_ROWS);
  await lake.fill();
  for (const n of days(KEYS)) expect(lake.dataFiles(`clean/sales/${key(n)}`).length).toBeGreaterThan(1);
  return lake;
}

/** What a reader makes of a partition by listing it: rows by version. Files are read once; their names are never used twice. */
export class Onlooker {
  private readonly known = new Map<string, { version: number; rows: number }>();
  looks = 0;

  constructor(private readonly lake: TestLake) {}

  /** Null when a listed file was gone before it could be read for the first time. */
  async versions(partition: string): Promise<Record<number, number> | null> {
    const rows: Record<number, number> = {};
    for (const file of this.lake.dataFiles(`clean/sales/${partition}`)) {
      const found = this.known.get(file) ?? (await this.look(file));
      if (found === null) return null;
      rows[found.version] = (rows[found.version] ?? 0) + found.rows;
    }
    return rows;
  }

  /** Every partition holds every row of the old generation or of the new one; both for a while, never a part of one alone. */
  async expectWhole(old: number, next: number): Promise<void> {
    for (const n of days(KEYS)) {
      const versions = await this.versions(key(n));
      if (versions === null) continue;
      this.looks++;
      const whole = versions[old] === DAY_ROWS || versions[next] === DAY_ROWS;
      const strangers = Object.keys(versions).filter((v) => ![old, next].includes(Number(v)));
      if (!whole || strangers.length > 0)
        throw new Error(
          `${key(n)} shows ${JSON.stringify(versions)}, not all ${DAY_ROWS} rows of ${old} or of ${next}`,
        );
    }
  }

  /** Nobody works any more: exactly one generation each. Versions in order of the keys. */
  async settled(): Promise<number[]> {
    const found: number[] = [];
    for (const n of days(KEYS)) {
      const versions = (await this.versions(key(n)))!;
      expect(Object.values(versions), `${key(n)} ${JSON.stringify(versions)}`).toEqual([DAY_ROWS]);
      found.push(Number(Object.keys(versions)[0]));
    }
    return found;
  }

  private async look(file: string): Promise<{ version: number; rows: number } | null> {
    try {
      const rows = await query([file], 'SELECT version, count(*)::INTEGER AS rows FROM data GROUP BY 1');
      expect(rows, file).toHaveLength(1);
      const found = { version: Number(rows[0]!['version']), rows: Number(rows[0]!['rows']) };
      this.known.set(file, found);
      return found;
    } catch (error) {
      if (/No files found|No such file|Cannot open|could not open/i.test(String(error))) return null;
      throw error;
    }
  }
}

/** New names since it was made, of the kinds that a run leaves on its way. */
export class Progress {
  private readonly before: ReadonlySet<string>;
  private readonly seen = new Set<string>();

  constructor(private readonly lake: TestLake) {
    this.before = new Set(this.names());
  }

  count(): number {
    for (const name of this.names()) if (!this.before.has(name)) this.seen.add(name);
    return this.seen.size;
  }

  private names(): string[] {
    const control = 'clean/_lakefill/sales';
    return ['leases', 'journal', 'staging', 'prepared', 'retained', 'runs']
      .map((folder) => `${control}/${folder}`)
      .concat('clean/sales')
      .flatMap((folder) => list(this.lake.path(folder)));
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch (error) {
    // A folder that is removed while it is walked.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export interface Moment {
  /** Sent when this many names have come up; never, when the run ends before. */
  readonly at: number;
  readonly signal: NodeJS.Signals;
}

/** Starts the command, looks on until its end, and sends the signal at its moment. Every process of it is gone afterwards. */
export async function interrupted(
  lake: TestLake,
  onlooker: Onlooker,
  args: readonly string[],
  { at, signal }: Moment,
  versions: readonly [number, number],
): Promise<Done & { sent: boolean; names: number }> {
  const progress = new Progress(lake);
  const run: Running = lake.start(args);
  let children: number[] = [];
  let sent = false;
  await until(
    'the run ends',
    async () => {
      if (!sent && progress.count() >= at) {
        children = descendants(run.pid);
        run.kill(signal);
        sent = true;
      }
      if (run.ended()) return true;
      await onlooker.expectWhole(...versions);
      return false;
    },
    180,
  );
  const done = await run.done;
  await until('its processes are gone', () => children.every(isGone), 60);
  await onlooker.expectWhole(...versions);
  return { ...done, sent, names: progress.count() };
}
