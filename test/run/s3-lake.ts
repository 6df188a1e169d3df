/** A raw lake in one bucket and its target in another, on a server in this process; through the public API and the real SDK. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { openProject } from '../../src/index.js';
import type { LakefillProject } from '../../src/index.js';
import { createS3Store } from '../../src/store/s3/store.js';
import { startS3Server, type Bucket, type S3Server } from '../support/s3-server/index.js';
import { query } from './staged-lake.js';

export const DAYS = ['2025-01-01', '2025-01-02', '2025-01-03'];

export class S3Lake {
  private readonly opened: LakefillProject[] = [];

  private constructor(
    readonly server: S3Server,
    readonly dir: string,
  ) {}

  /** Three days, of which `amount` is doubled; no raw data yet. `more`: further lines of the definition. */
  static async make(more = ''): Promise<S3Lake> {
    const server = await startS3Server({ buckets: ['raw', 'lake'] });
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
    const dir = await mkdtemp(path.join(tmpdir(), 'lakefill-s3-'));
    await mkdir(path.join(dir, 'partitions'));
    await writeFile(
      path.join(dir, 'partitions', 'sales.yaml'),
      `target: s3://lake/clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03, column: ts }
inputs:
  raw: s3://raw/sales/dt={dt}/*.parquet
checks:
  - unique: [id]
  - notNull: [amount]
${more}`,
    );
    await writeFile(
      path.join(dir, 'partitions', 'sales.sql'),
      'SELECT id, ts, amount * 2 AS amount FROM raw\n',
    );
    return new S3Lake(server, dir);
  }

  get lake(): Bucket {
    return this.server.buckets.get('lake')!;
  }

  /** A project as a new process would open it. */
  async open(): Promise<LakefillProject> {
    const project = await openProject({ dir: this.dir });
    this.opened.push(project);
    return project;
  }

  /** One file with rows 1..n and amount = id + `add`; NULL amounts when `add` is null. */
  async putRaw(day: string, rows: number, add: number | null = 0): Promise<void> {
    const file = path.join(this.dir, `raw-${day}.parquet`);
    const amount = add === null ? 'NULL::BIGINT' : `i + ${add}`;
    await query(
      `COPY (SELECT i AS id, TIMESTAMP '${day}' + to_minutes(i) AS ts, ${amount} AS amount FROM range(1, ${rows + 1}) t(i)) TO '${file}' (FORMAT parquet)`,
    );
    const store = await createS3Store({ bucket: 'raw', env: this.server.env });
    const bytes = await readFile(file);
    await store.put(`sales/dt=${day}/part-0.parquet`, { bytes }, { kind: 'overwrite' });
    await store.close();
  }

  /** Paths in the target's bucket; no request is made. */
  paths(prefix = 'clean/sales/'): string[] {
    return [...this.lake.objects('')].map(([key]) => key).filter((key) => key.startsWith(prefix));
  }

  /** Amounts that a reader of the lake finds, by a DuckDB of the test's own. */
  async amounts(day: string): Promise<number[]> {
    const folder = await mkdtemp(path.join(this.dir, 'back-'));
    const files = this.paths(`clean/sales/dt=${day}/`);
    if (files.length === 0) return [];
    for (const [i, file] of files.entries()) {
      const { content } = this.lake.current(file)!;
      await writeFile(path.join(folder, `${i}.parquet`), content.read(0, content.size));
    }
    const rows = await query(
      `SELECT amount::INTEGER AS amount FROM read_parquet('${folder}/*.parquet') ORDER BY 1`,
    );
    return rows.map((row) => Number(row['amount']));
  }

  async close(): Promise<void> {
    for (const project of this.opened) await project.close();
    vi.unstubAllEnvs();
    await rm(this.dir, { recursive: true, force: true });
    await this.server.close();
  }
}
