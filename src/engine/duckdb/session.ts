/**
 * DuckDB behind its sandbox: one instance per folder tree, one connection (with its temporary views) per job.
 *
 * Making an instance costs about 20 ms, a connection 0.3 ms, so an instance is kept, and the next one is made while nobody waits.
 * What a job may vary (zone, memory, threads) is on DuckDB's list of settings that stay open; everything else is locked before the
 * first SQL of a person runs: no file outside the tree, no extension, no attached database, no other setting.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { realpathSync } from 'node:fs';
import { LakefillError } from '../../core/errors.js';
import { isFatal, readDuckDbError } from './duckdb-error.js';
import type { Parameters } from './parameters.js';
import { bind, withTypedNulls } from './parameters.js';
import { text, textList } from './literal.js';
import type { SandboxFolders } from './protocol.js';
import { jsonRows } from './rows.js';

/** Set when the instance is made. Facts: the file cache returns stale data for a path rewritten within a second. */
const FIXED = {
  enable_external_file_cache: 'false',
  autoload_known_extensions: 'false',
  autoinstall_known_extensions: 'false',
  allow_community_extensions: 'false',
  errors_as_json: 'true',
  preserve_insertion_order: 'true',
};

export interface SessionSettings {
  readonly timezone: string;
  readonly memoryBytes: number;
  readonly threads: number;
}

interface Current {
  readonly instance: DuckDBInstance;
  readonly folders: SandboxFolders | null;
  /** Of the instance; null until it is set. */
  memoryBytes: number | null;
}

export class Sandbox {
  private current: Current | null = null;
  /** Made ahead, and open still: nobody's SQL has run in it. */
  private next: Promise<DuckDBInstance> | null = null;

  /** Makes the instance that the next folder tree will need, unless it waits already. */
  makeNext(): void {
    if (this.next !== null) return;
    this.next = DuckDBInstance.create(':memory:', { ...FIXED, temp_directory: '' });
    // Whoever takes it sees why it could not be made.
    this.next.catch(() => undefined);
  }

  /** A connection with these settings; `null` folders: no files at all. The caller closes it. */
  async session(folders: SandboxFolders | null, settings: SessionSettings): Promise<Session> {
    const current = await this.currentFor(folders);
    const { threads, memoryBytes, timezone } = settings;
    const session = new Session(await current.instance.connect(), () => this.close());
    await session.run(`SET threads = ${threads}`);
    // Whatever it is set to, DuckDB then gives its memory back to the system: getting it again takes a fifth of a COPY of 200,000 rows.
    if (current.memoryBytes !== memoryBytes) {
      await session.run(`SET memory_limit = ${text(`${Math.max(1, Math.floor(memoryBytes / 1e6))}MB`)}`);
      current.memoryBytes = memoryBytes;
    }
    await session.run(`SET TimeZone = ${text(timezone)}`);
    return session;
  }

  close(): void {
    this.current?.instance.closeSync();
    this.current = null;
  }

  private async currentFor(folders: SandboxFolders | null): Promise<Current> {
    if (this.current !== null && (folders === null || this.current.folders?.root === folders.root)) {
      return this.current;
    }
    this.close();
    this.makeNext();
    const making = this.next!;
    this.next = null;
    const instance = await making;
    const connection = await instance.connect();
    await connection.run(`SET temp_directory = ${text(folders?.spill ?? '')}`);
    const allowed = folders === null ? [] : [...new Set([folders.root, realpathSync(folders.root)])];
    await connection.run(`SET allowed_directories = ${textList(allowed)}`);
    await connection.run(`SET allowed_configs = ['TimeZone', 'threads', 'memory_limit']`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    connection.closeSync();
    this.current = { instance, folders, memoryBytes: null };
    return this.current;
  }
}

export class Session {
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly discardInstance: () => void,
  ) {}

  /** Threads of the whole instance, from here on. */
  async useThreads(threads: number): Promise<void> {
    await this.run(`SET threads = ${threads}`);
  }

  /** Runs a statement with those of the parameters that it uses. */
  async run(sql: string, parameters: Parameters = {}): Promise<void> {
    await this.guarded(async () => {
      const prepared = await this.prepare(sql, parameters);
      try {
        await prepared.run();
      } finally {
        prepared.destroySync();
      }
    });
  }

  /** All rows (or the first `limit`), JSON-safe. */
  async rows(
    sql: string,
    parameters: Parameters = {},
    limit = Number.POSITIVE_INFINITY,
  ): Promise<Record<string, unknown>[]> {
    return this.guarded(async () => {
      const prepared = await this.prepare(sql, parameters);
      try {
        if (!Number.isFinite(limit)) return jsonRows(await prepared.runAndReadAll());
        return jsonRows(await prepared.streamAndReadUntil(limit)).slice(0, limit);
      } finally {
        prepared.destroySync();
      }
    });
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isFatal(readDuckDbError(error))) this.discardInstance();
      throw error;
    }
  }

  private async prepare(sql: string, parameters: Parameters): Promise<DuckDBPreparedStatement> {
    const prepared = await this.connection.prepare(withTypedNulls(sql, parameters));
    const known = new Map(Object.entries(parameters).map(([key, value]) => [key.toLowerCase(), value]));
    try {
      for (let i = 1; i <= prepared.parameterCount; i++) {
        const key = prepared.parameterName(i);
        const value = known.get(key.toLowerCase());
        if (value === undefined) throw unknownParameter(key, [...known.keys()]);
        bind(prepared, i, value);
      }
    } catch (error) {
      prepared.destroySync();
      throw error;
    }
    return prepared;
  }
}

function unknownParameter(key: string, known: readonly string[]): LakefillError {
  const named = /^\d+$/.test(key) ? 'a parameter without a name' : `the unknown parameter $${key}`;
  return new LakefillError('TRANSFORM_REFUSED', `The SQL uses ${named}.`, {
    hint:
      known.length === 0
        ? 'There are no parameters here.'
        : `Known: ${known.map((k) => `$${k}`).join(', ')}.`,
    context: { parameter: key, known },
  });
}
