/**
 * Readers that know nothing of lakefill, in a loop, while a month is replaced day by day and then as one: a program that
 * lists and opens files, and DuckDB over Parquet. Every observation that comes to its end holds a whole generation of each day.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { sha256 } from '../../src/core/digest.js';
import { parseLayout } from '../../src/core/layout.js';
import { controlPaths } from '../../src/journal/control.js';
import { Journal } from '../../src/journal/journal.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import type { PromoteRequest, PublishContext } from '../../src/publish/publisher.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import { partBytes, wholeTags } from '../support/invariants.js';
import { SOAK_MINUTES } from '../support/soak.js';
import { checked, recordOf } from './world.js';

const DAYS = Array.from({ length: 28 }, (_, i) => `dt=2025-02-${String(i + 1).padStart(2, '0')}`);
const GENERATIONS = 3 + SOAK_MINUTES * 20;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface Lake {
  readonly root: string;
  readonly context: PublishContext;
}

async function openLake(): Promise<Lake> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-readers-'));
  folders.push(folder);
  const root = path.join(folder, 'lake', 'sales');
  mkdirSync(root, { recursive: true });
  const store = createLocalStore();
  const layout = parseLayout(`${root}/dt={dt}/`, (text) => ({ store: 'file:///', path: text.slice(1) }), {
    dt: { kind: 'text' },
  });
  const control = controlPaths(layout.root);
  const journal = await Journal.open({ store, control, clock: systemClock, run: 'r', by: 'tester@here' });
  return { root, context: { store, layout, control, journal, clock: systemClock, rollbackKeep: 86_400_000 } };
}

/** Two files for the day, staged, over what stands there now. */
async function request(
  { context }: Lake,
  key: string,
  tag: string,
  bytesOf: (key: string, tag: string, part: number) => Promise<Uint8Array>,
): Promise<PromoteRequest> {
  const files = [];
  for (const part of [0, 1]) {
    const bytes = await bytesOf(key, tag, part);
    const staged = `${context.control.staging}${tag}/${key}/${part}.parquet`;
    const put = await context.store.put(staged, { bytes }, { kind: 'create' });
    if (put.outcome !== 'done') throw new Error('not staged');
    files.push({ path: staged, etag: put.object.etag, size: bytes.length, sha256: sha256(bytes) });
  }
  const objects = await hivePublisher.current(context, key);
  return {
    content: checked({ key, files, record: recordOf(tag, files) }),
    plan: 'p',
    tried: 't',
    base: { generation: context.journal.key(key).generation, objects },
    restores: null,
  };
}

/** Publishes generation after generation of the month: every day for itself, and every second time all as one. */
async function replaceMonth(
  lake: Lake,
  first: number,
  last: number,
  bytesOf: (key: string, tag: string, part: number) => Promise<Uint8Array>,
): Promise<void> {
  for (let generation = first; generation <= last; generation++) {
    const requests = [];
    for (const day of DAYS) requests.push(await request(lake, day, `G${generation}`, bytesOf));
    const groups = generation % 2 === 0 ? [requests] : requests.map((one) => [one]);
    const results = await Promise.all(groups.map((group) => hivePublisher.promote(lake.context, group)));
    for (const result of results.flat()) expect(result).toMatchObject({ outcome: 'promoted', generation });
  }
}

interface Observed {
  whole: number;
  torn: string[];
  notFound: number;
  doubled: number;
}

/** Reads in a loop until the work is done; `read` gives the names of the generations that are whole, day by day. */
async function watch(
  work: Promise<void>,
  read: () => Promise<Map<string, Set<string>> | null>,
): Promise<Observed> {
  const observed: Observed = { whole: 0, torn: [], notFound: 0, doubled: 0 };
  let done = false;
  const finished = work.finally(() => (done = true));
  while (!done) {
    const days = await read();
    if (days === null) observed.notFound += 1;
    else {
      const torn = DAYS.filter((day) => (days.get(day)?.size ?? 0) === 0);
      if (torn.length > 0) observed.torn.push(...torn);
      else observed.whole += 1;
      if ([...days.values()].some((tags) => tags.size > 1)) observed.doubled += 1;
    }
    await nextTurn();
  }
  await finished;
  return observed;
}

function tell(who: string, { whole, notFound, doubled }: Observed): void {
  process.stdout.write(
    `${who}: ${whole} whole observations (${doubled} with both generations of some day), ${notFound} not found\n`,
  );
}

describe('a reader while a month is replaced', () => {
  it('that lists and opens files always finds a whole generation of each day', async () => {
    const lake = await openLake();
    const bytesOf = (_key: string, tag: string, part: number) => Promise.resolve(partBytes(tag, part, 2));
    await replaceMonth(lake, 1, 1, bytesOf);
    const observed = await watch(replaceMonth(lake, 2, GENERATIONS, bytesOf), () => {
      const days = new Map<string, Set<string>>();
      try {
        for (const day of readdirSync(lake.root)) {
          const names = readdirSync(path.join(lake.root, day)).filter((name) => !/^[._]/.test(name));
          days.set(day, wholeTags(names.map((name) => readFileSync(path.join(lake.root, day, name)))));
        }
        return Promise.resolve(days);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return Promise.resolve(null);
      }
    });
    tell('files', observed);
    expect(observed.torn).toEqual([]);
    expect(observed.whole).toBeGreaterThan(20);
  });

  it('DuckDB always finds every row of a generation of each day', async () => {
    const lake = await openLake();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const scratch = mkdtempSync(path.join(tmpdir(), 'lakefill-parquet-'));
    folders.push(scratch);
    const writer = await instance.connect();
    let files = 0;
    const bytesOf = async (_key: string, tag: string, part: number) => {
      const file = path.join(scratch, `${files++}.parquet`);
      await writer.run(
        `COPY (SELECT '${tag}' AS tag, ${part} * 50 + i AS id FROM range(50) t(i)) TO '${file}' (FORMAT parquet)`,
      );
      return readFileSync(file);
    };
    await replaceMonth(lake, 1, 1, bytesOf);
    const query = `SELECT dt, tag, count(DISTINCT id)::INT AS rows FROM read_parquet('${lake.root}/*/*.parquet', hive_partitioning = true, hive_types_autocast = false) GROUP BY ALL`;
    const observed = await watch(replaceMonth(lake, 2, GENERATIONS, bytesOf), async () => {
      const days = new Map<string, Set<string>>();
      try {
        const rows = (await connection.runAndReadAll(query)).getRowsJson() as [string, string, number][];
        for (const [dt, tag, count] of rows) {
          const tags = days.get(`dt=${dt}`) ?? new Set();
          days.set(`dt=${dt}`, count === 100 ? tags.add(tag) : tags);
        }
        return days;
      } catch (error) {
        if (!/No such file|No files found|Cannot open file/.test(String(error))) throw error;
        return null;
      }
    });
    connection.closeSync();
    writer.closeSync();
    instance.closeSync();
    tell('DuckDB', observed);
    expect(observed.torn).toEqual([]);
    expect(observed.whole + observed.notFound).toBeGreaterThan(3);
  });
});
