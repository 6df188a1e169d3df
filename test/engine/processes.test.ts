import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';
import { createDuckDbEngine } from '../../src/engine/duckdb/engine.js';
import type { TransformJob } from '../../src/engine/transform-engine.js';
import type { Fixture } from './fixture.js';
import { isAlive, openFixture, until } from './fixture.js';

let fixture: Fixture | null = null;

/** The engine as a module for programs that Node runs by itself. */
async function bundledEngine(): Promise<string> {
  const folder = path.resolve('node_modules/.cache/lakefill-engine');
  const entries = { engine: 'src/engine/duckdb/engine.ts', child: 'src/engine/duckdb/child.ts' };
  await bundle(entries, folder);
  return path.join(folder, 'engine.js');
}

async function open(options: Parameters<typeof openFixture>[0] = {}): Promise<Fixture> {
  fixture = await openFixture(options);
  return fixture;
}

/** After each test: no child is left, whatever became of its jobs. */
afterEach(async () => {
  const pids = fixture?.engine.pids ?? [];
  await fixture?.close();
  for (const pid of pids) expect(await isAlive(pid), `process ${pid}`).toBe(false);
  expect(fixture?.engine.pids ?? []).toEqual([]);
  fixture = null;
});

/** Runs for hours. */
const ENDLESS =
  'SELECT count(*) AS n, min(a.ts) AS ts FROM raw a, raw b, raw c, raw d, raw e WHERE a.id + b.id + c.id + d.id + e.id > 1';

const limits = (over: Partial<TransformJob['limits']>) => ({
  memoryBytes: 300e6,
  threads: 1,
  timeoutMs: 60_000,
  ...over,
});

describe('looking at SQL', () => {
  it('goes on in another process when its own is killed', async () => {
    const { engine } = await open({ processes: 1 });
    const inspection = engine.inspect('SELECT $dt AS a');
    const [first] = engine.pids;
    process.kill(first!, 'SIGKILL');
    expect((await inspection).parameters).toEqual(['dt']);
    expect(engine.pids).not.toContain(first);
  });

  it('fails when every process is killed, and can be asked for again', async () => {
    const { engine } = await open({ processes: 1 });
    const killed = new Set<number>();
    let over = false;
    const inspection = engine.inspect('SELECT 1 AS a').finally(() => (over = true));
    const killing = until(() => {
      for (const pid of engine.pids.filter((one) => !killed.has(one))) {
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      return over;
    });
    await expect(inspection).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
    await killing;
    expect(killed.size).toBe(3);
    expect((await engine.inspect('SELECT 1 AS a')).problem).toBeNull();
  });
});

describe('a job that goes wrong costs itself only', () => {
  it('ends at its deadline, and the process serves the next job', async () => {
    const { engine, job } = await open({ processes: 1 });
    await engine.transform(await job());
    const before = engine.pids;
    await expect(
      engine.transform(await job({ sql: ENDLESS, limits: limits({ timeoutMs: 300 }) })),
    ).rejects.toMatchObject({
      code: 'ENGINE_TIMEOUT',
    });
    expect((await engine.transform(await job())).rows).toBe(1000);
    expect(engine.pids).toEqual(before);
  });

  it('is refused more memory than its limit', async () => {
    const { engine, job } = await open();
    const sql =
      'SELECT list(r.id) AS ids, list(md5(r.id::VARCHAR || s.id::VARCHAR)) AS hashes, min(r.ts) AS ts FROM raw r, raw s';
    await expect(
      engine.transform(await job({ sql, limits: limits({ memoryBytes: 40e6 }) })),
    ).rejects.toMatchObject({ code: 'ENGINE_MEMORY' });
    expect((await engine.transform(await job())).rows).toBe(1000);
  });

  it('spills to the folder of jobs when a sort does not fit, and leaves nothing there', async () => {
    const { engine, job, root } = await open({ processes: 1 });
    const raw =
      "SELECT i AS id, TIMESTAMP '2025-01-03' AS ts, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS h FROM range(800000) t(i)";
    const sorted = await job({
      raw,
      sql: 'SELECT * FROM raw ORDER BY h',
      limits: limits({ memoryBytes: 100e6 }),
    });
    let ended = false;
    const result = engine.transform(sorted).finally(() => (ended = true));
    const spilled = () => readdirSync(root).some((name) => name.startsWith('spill-'));
    await until(() => ended || spilled());
    expect(spilled()).toBe(true);
    expect((await result).rows).toBe(800_000);
    await engine.close();
    expect(readdirSync(root).filter((name) => !/^t\d+$/.test(name))).toEqual([]);
    expect(existsSync(path.join(process.cwd(), '.tmp'))).toBe(false);
  }, 120_000);

  it('loses its process to kill -9, and others go on', async () => {
    const { engine, job } = await open({ processes: 2 });
    const doomed = engine.transform(await job({ sql: ENDLESS }));
    const outcome = doomed.then(
      () => null,
      (error: unknown) => error,
    );
    await until(() => engine.pids.length === 1);
    const [pid] = engine.pids;
    const other = engine.transform(await job());
    await until(() => cpuTicks(pid!) > 5);
    process.kill(pid!, 'SIGKILL');
    expect(await outcome).toMatchObject({
      code: 'ENGINE_CRASHED',
      message: expect.stringContaining('SIGKILL') as string,
    });
    expect((await other).rows).toBe(1000);
    expect((await engine.transform(await job())).rows).toBe(1000);
  });

  it('ends when its signal is aborted, while it runs and while it waits', async () => {
    const { engine, job } = await open({ processes: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const first = engine.transform(await job({ sql: ENDLESS }), running.signal);
    const second = engine.transform(await job(), waiting.signal);
    const third = engine.transform(await job());
    const ends = [
      expect(first).rejects.toMatchObject({ code: 'CANCELLED' }),
      expect(second).rejects.toMatchObject({ code: 'CANCELLED' }),
    ];
    waiting.abort();
    await until(() => cpuTicks(engine.pids[0]!) > 5);
    running.abort();
    await Promise.all(ends);
    expect((await third).rows).toBe(1000);
    await expect(engine.transform(await job(), AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('is cancelled by close, waiting or running', async () => {
    const { engine, job } = await open({ processes: 1 });
    const jobs = [engine.transform(await job({ sql: ENDLESS })), engine.transform(await job())];
    const ends = Promise.allSettled(jobs);
    await until(() => engine.pids.length === 1);
    await engine.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(engine.transform(await job())).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('processes', () => {
  it('are started by the first job, reused, and no more than allowed', async () => {
    const { engine, job } = await open({ processes: 2 });
    expect(engine.pids).toEqual([]);
    await engine.transform(await job());
    expect(engine.pids).toHaveLength(1);
    await Promise.all(Array.from({ length: 6 }, async () => engine.transform(await job())));
    expect(engine.pids).toHaveLength(2);
  });

  it('wait for each other where their memory would not fit together', async () => {
    const { engine, job } = await open({ processes: 2, memoryBytes: 500e6 });
    await Promise.all(
      Array.from({ length: 4 }, async () =>
        engine.transform(await job({ limits: limits({ memoryBytes: 300e6 }) })),
      ),
    );
    expect(engine.pids).toHaveLength(1);
  });

  it('have no secret of the environment, and survive the Ctrl-C of a terminal', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'not-for-children';
    try {
      const { engine, job } = await open({ processes: 1 });
      await engine.transform(await job());
      const [pid] = engine.pids;
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('not-for-children');
      process.kill(pid!, 'SIGINT');
      expect((await engine.transform(await job())).rows).toBe(1000);
      expect(engine.pids).toEqual([pid]);
    } finally {
      delete process.env['AWS_SECRET_ACCESS_KEY'];
    }
  });

  it('die with their parent, even by kill -9', async () => {
    const { job, root } = await open();
    const running = await job({ sql: ENDLESS });
    const engine = await bundledEngine();
    const script = path.join(root, 'parent.mjs');
    writeFileSync(
      script,
      `import { createDuckDbEngine } from ${JSON.stringify(engine)};
       const engine = createDuckDbEngine({ processes: 1, memoryBytes: 1e9, folder: ${JSON.stringify(root)} });
       engine.transform(${JSON.stringify(running)});
       setInterval(() => { if (engine.pids.length > 0) process.stdout.write(engine.pids[0] + '\\n'); }, 20);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString().split('\n')[0])));
    });
    await until(() => cpuTicks(pid) > 5);
    parent.kill('SIGKILL');
    await until(async () => !(await isAlive(pid)));
    expect(await isAlive(pid)).toBe(false);
  });

  it('that are idle do not keep a program running', async () => {
    const { job, root } = await open();
    const once = await job();
    const script = path.join(root, 'program.mjs');
    writeFileSync(
      script,
      `import { createDuckDbEngine } from ${JSON.stringify(await bundledEngine())};
       const engine = createDuckDbEngine({ processes: 1, memoryBytes: 1e9, folder: ${JSON.stringify(root)} });
       const { rows } = await engine.transform(${JSON.stringify(once)});
       process.stdout.write(String(rows));`,
    );
    const program = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise((resolve) => program.once('exit', resolve));
    expect({ code, rows: Buffer.concat(chunks).toString() }).toEqual({ code: 0, rows: '1000' });
  });
});

it('a job outside the folder of jobs is sandboxed in its own', async () => {
  const { job, root } = await open();
  const secret = path.join(root, 'secret.csv');
  writeFileSync(secret, 'a\n1\n');
  const engine = createDuckDbEngine({ processes: 1, memoryBytes: 1e9 });
  try {
    expect((await engine.transform(await job())).rows).toBe(1000);
    const curious = engine.transform(
      await job({ sql: `SELECT * FROM read_csv('${secret}')`, expectRange: null }),
    );
    await expect(curious).rejects.toMatchObject({ code: 'TRANSFORM_REFUSED' });
  } finally {
    await engine.close();
  }
});

/** CPU time that a process has spent, in ticks: above a few it is at work. */
function cpuTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
