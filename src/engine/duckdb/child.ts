/**
 * Entry of an engine process: one task after another from the parent, until the parent goes away.
 *
 * It holds nothing that must survive: when the channel closes, even by `kill -9` of the parent, it removes its spill and
 * ends at once. Ctrl-C reaches the whole process group; the parent decides what becomes of it, so it is ignored here.
 */
import { rmSync } from 'node:fs';
import type { SqlInspection } from '../transform-engine.js';
import type { ChildAnswer, ChildMessage, ChildTask, SandboxFolders, TaskResults } from './protocol.js';
import { toWire } from './protocol.js';
import { limitError, readDuckDbError } from './duckdb-error.js';
import { inspectSql } from './inspect.js';
import { runQuery } from './query.js';
import type { Session } from './session.js';
import { Sandbox } from './session.js';
import { runTransform } from './transform.js';

const INSPECTION = { timezone: 'UTC', memoryBytes: 256 * 1024 * 1024, threads: 1 };

const sandbox = new Sandbox();
sandbox.makeNext();
let running: { readonly id: number; session: Session | null } | null = null;
let spill: string | null = null;

process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  if (spill !== null) rmSync(spill, { recursive: true, force: true });
  // Not exit(): that waits for DuckDB's threads.
  process.kill(process.pid, 'SIGKILL');
});
process.on('message', (message: ChildMessage) => {
  if (message.message === 'task') void answer(message.id, message.task);
  else if (running?.id === message.id) running.session?.interrupt();
});

async function answer(id: number, task: ChildTask): Promise<void> {
  running = { id, session: null };
  let said: ChildAnswer;
  try {
    said = { id, result: await perform(task) };
  } catch (error) {
    said = { id, error: toWire(limitError('The engine', readDuckDbError(error), error) ?? error) };
  }
  running = null;
  process.send?.(said);
  // Whoever had SQL looked at has data to give next, in folders of their own.
  if (task.kind === 'inspect') sandbox.makeNext();
}

async function perform(task: ChildTask): Promise<TaskResults[keyof TaskResults]> {
  if (task.kind === 'inspect') return inSession(null, INSPECTION, (session) => inspect(session, task.sql));
  const { folders } = task;
  spill = folders.spill;
  if (task.kind === 'transform') {
    const { timezone, limits } = task.job;
    const settings = { timezone, memoryBytes: limits.memoryBytes, threads: 1 };
    return inSession(folders, settings, (session) => runTransform(session, task.job));
  }
  const { timezone, limits } = task.job;
  return inSession(folders, { timezone, ...limits }, (session) => runQuery(session, task.job));
}

async function inspect(session: Session, sql: string): Promise<SqlInspection> {
  const { problem, parameters, tables, tree, treeAlgorithm } = await inspectSql(session, sql);
  return { problem, parameters, tables, tree, treeAlgorithm };
}

async function inSession<T>(
  folders: SandboxFolders | null,
  settings: { timezone: string; memoryBytes: number; threads: number },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await sandbox.session(folders, settings);
  if (running !== null) running.session = session;
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
