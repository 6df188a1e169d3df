/** Sessions of one sandbox: each has the settings that its job asks for, whatever the one before it had. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Sandbox } from '../../src/engine/duckdb/session.js';

const MB = 1_000_000;

test('memory, threads and zone are those of the job, also after a job that had others', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'lakefill-session-'));
  const sandbox = new Sandbox();
  const seen = async (folders: boolean, memoryBytes: number, threads: number, timezone: string) => {
    const session = await sandbox.session(folders ? { root, spill: path.join(root, 'spill') } : null, {
      memoryBytes,
      threads,
      timezone,
    });
    const [row] = await session.rows(
      "SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS threads, current_setting('TimeZone') AS zone",
    );
    session.close();
    return [row!['memory'], Number(row!['threads']), row!['zone']];
  };
  try {
    expect(await seen(false, 256 * MB, 1, 'UTC')).toEqual(['244.1 MiB', 1, 'UTC']);
    expect(await seen(true, 512 * MB, 1, 'UTC')).toEqual(['488.2 MiB', 1, 'UTC']);
    expect(await seen(true, 512 * MB, 2, 'Europe/Berlin')).toEqual(['488.2 MiB', 2, 'Europe/Berlin']);
    expect(await seen(true, 256 * MB, 1, 'UTC')).toEqual(['244.1 MiB', 1, 'UTC']);
    expect(await seen(true, 512 * MB, 1, 'UTC')).toEqual(['488.2 MiB', 1, 'UTC']);
  } finally {
    sandbox.close();
    await rm(root, { recursive: true });
  }
});
