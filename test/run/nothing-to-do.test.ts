/** A run that finds nothing to do leaves the disk as it is. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openProject } from '../../src/index.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'lakefill-nothing-'));
  mkdirSync(`${dir}/partitions`);
  writeFileSync(
    `${dir}/partitions/sales.yaml`,
    `target: ${dir}/lake/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03 }
inputs:
  raw: ${dir}/raw/dt={dt}/*.parquet
`,
  );
  writeFileSync(`${dir}/partitions/sales.sql`, 'SELECT * FROM raw\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('ends with 0 and makes no folder', async () => {
  const project = await openProject({ dir });
  try {
    const plan = await project.plan();
    const document = await project.apply(plan, { command: 'run' });
    expect(document).toMatchObject({ exitCode: 0, counts: {} });
    expect(existsSync(`${dir}/lake`)).toBe(false);
    // Also where none could be made.
    mkdirSync(`${dir}/lake`);
    writeFileSync(`${dir}/lake/_lakefill`, '');
    expect((await project.apply(plan, { command: 'run' })).exitCode).toBe(0);
  } finally {
    await project.close();
  }
});
