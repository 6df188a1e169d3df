/**
 * DuckDB as a transform engine: jobs run in child processes behind a sandbox (session.ts), so a crash, a full memory or a
 * runaway query costs one job. This module loads no native code; a process starts with the first job.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { isLakefillError } from '../../core/errors.js';
import type {
  EngineOptions,
  QueryJob,
  SqlInspection,
  TransformEngine,
  TransformEngines,
  TransformJob,
  TransformResult,
} from '../transform-engine.js';
import type { EngineProcess } from './child-process.js';
import { FreshProcesses } from './fresh-processes.js';
import { Pool } from './pool.js';
import type { SandboxFolders } from './protocol.js';
import { DUCKDB_VERSION } from './version.js';

const INSPECT_TRIES = 3;

/** The engines of one project. */
export function duckDbEngines(): TransformEngines {
  const fresh = new FreshProcesses();
  return {
    open: (options) => createDuckDbEngine(options, fresh),
    warm: (processes) => fresh.warm(processes),
    close: () => fresh.close(),
  };
}

/** A job's own threads and memory come with it (`limits`). Nothing is started until the first job. Processes that are `shared` outlive it. */
export function createDuckDbEngine(
  options: EngineOptions,
  shared?: FreshProcesses,
): TransformEngine & { readonly pids: number[] } {
  const fresh = shared ?? new FreshProcesses();
  const pool = new Pool(options, fresh);
  const { inspections } = fresh;
  const claimOf = ({ limits }: TransformJob | QueryJob, signal: AbortSignal | undefined) => ({
    memoryBytes: limits.memoryBytes,
    timeoutMs: limits.timeoutMs,
    signal,
  });
  return {
    name: `duckdb ${DUCKDB_VERSION}`,
    get pids() {
      return pool.pids;
    },
    transform: (job: TransformJob, signal?: AbortSignal): Promise<TransformResult> =>
      pool.perform<'transform'>(
        (child) => ({ kind: 'transform', job, folders: foldersOf(options, job.folder, child) }),
        claimOf(job, signal),
      ),
    query: (job: QueryJob, signal?: AbortSignal): Promise<readonly Record<string, unknown>[]> =>
      pool.perform<'query'>(
        (child) => ({ kind: 'query', job, folders: foldersOf(options, job.folder, child) }),
        claimOf(job, signal),
      ),
    inspect(sql: string): Promise<SqlInspection> {
      const known = inspections.get(sql);
      if (known !== undefined) return known;
      const claim = { memoryBytes: 0, timeoutMs: null, signal: undefined };
      const inspection = again(() => pool.perform<'inspect'>(() => ({ kind: 'inspect', sql }), claim));
      inspections.set(sql, inspection);
      inspection.catch(() => inspections.delete(sql));
      return inspection;
    },
    async close() {
      await pool.close();
      if (shared === undefined) await fresh.close();
    },
  };
}

/** Looking at SQL costs nothing and changes nothing: a process that dies over it (or was killed) is replaced. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let left = INSPECT_TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1 || !isLakefillError(error, 'ENGINE_CRASHED')) throw error;
    }
  }
}

/** Spill belongs to the process, not to the job: DuckDB keeps its temporary folder for the life of an instance. */
function foldersOf({ folder }: EngineOptions, jobFolder: string, child: EngineProcess): SandboxFolders {
  const inside = folder != null && isInside(realpathSync(folder), realpathSync(jobFolder));
  const root = inside ? folder : jobFolder;
  return { root, spill: path.join(root, inside ? `spill-${child.pid}` : 'spill') };
}

function isInside(folder: string, inner: string): boolean {
  return inner === folder || inner.startsWith(`${folder}${path.sep}`);
}
