/** Engines of one project: a process that looked at SQL serves the run; one that saw data is never handed on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { EngineProcess } from '../../src/engine/duckdb/child-process.js';
import { createDuckDbEngine } from '../../src/engine/duckdb/engine.js';
import { nextProcess, startEarly } from '../../src/engine/duckdb/early-process.js';
import { FreshProcesses } from '../../src/engine/duckdb/fresh-processes.js';
import { openFixture } from './fixture.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it('a run takes over the process that looked at its SQL, and what it found', async () => {
  const fixture = await openFixture();
  closers.push(() => fixture.close());
  const fresh = new FreshProcesses();
  closers.push(() => fresh.close());
  fresh.warm();
  const inspector = createDuckDbEngine({ processes: 1, memoryBytes: 1e9 }, fresh);
  const runner = createDuckDbEngine({ processes: 1, memoryBytes: 1e9, folder: fixture.root }, fresh);
  closers.push(
    () => inspector.close(),
    () => runner.close(),
  );
  const inspecting = inspector.inspect('SELECT 1');
  const [pid] = inspector.pids;
  await inspecting;
  expect(inspector.pids).toEqual([]);
  expect(runner.inspect('SELECT 1')).toBe(inspector.inspect('SELECT 1'));

  await runner.transform(await fixture.job());
  expect(runner.pids).toEqual([pid]);
  // It has seen data now: the next engine gets another.
  await runner.close();
  const other = mkdtempSync(path.join(tmpdir(), 'lakefill-fresh-'));
  closers.push(async () => rmSync(other, { recursive: true }));
  const next = createDuckDbEngine({ processes: 1, memoryBytes: 1e9, folder: other }, fresh);
  closers.push(() => next.close());
  const looking = next.inspect('SELECT 2');
  expect(next.pids).not.toContain(pid);
  await looking;
});

it('of several that wait the first that was started is taken: it is the likeliest to be ready', async () => {
  const end = (child: EngineProcess) => closers.push(async () => (child.kill(), child.ended));
  const early = startEarly();
  end(early);
  const fresh = new FreshProcesses();
  closers.push(() => fresh.close());
  fresh.warm(2);
  const first = fresh.take();
  const second = fresh.take();
  end(second);
  expect(first).toBe(early);
  expect(second).not.toBe(early);
});

it('the process that a program started early is taken over by the first project, unless it has died', async () => {
  const end = (child: EngineProcess) => closers.push(async () => (child.kill(), child.ended));
  const early = startEarly();
  end(early);
  expect(startEarly()).toBe(early);
  const fresh = new FreshProcesses();
  closers.push(() => fresh.close());
  fresh.warm();
  expect(fresh.take()).toBe(early);

  const dead = startEarly();
  expect(dead).not.toBe(early);
  dead.kill();
  await dead.ended;
  const next = nextProcess();
  end(next);
  expect(next).not.toBe(dead);
  expect(next.alive).toBe(true);
});
