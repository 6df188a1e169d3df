/** A rollback of what published nothing says which of the reasons it is. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openProject } from '../../src/index.js';
import type { LakefillProject } from '../../src/index.js';

let dir: string;
let project: LakefillProject;
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'lakefill-undo-'));
  for (const folder of ['partitions', 'raw/dt=2025-01-01', 'lake/sales/dt=2025-01-01'])
    mkdirSync(`${dir}/${folder}`, { recursive: true });
  writeFileSync(
    `${dir}/partitions/sales.yaml`,
    `target: ${dir}/lake/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-01 }
inputs:
  raw: ${dir}/raw/dt={dt}/*.parquet
`,
  );
  writeFileSync(`${dir}/partitions/sales.sql`, 'SELECT * FROM raw\n');
  const raw = `${dir}/raw/dt=2025-01-01/a.parquet`;
  for (const file of [raw, `${dir}/lake/sales/dt=2025-01-01/part-0.parquet`])
    writeFileSync(file, 'PAR1'.repeat(10));
  utimesSync(raw, 1e9, 1e9);
  project = await openProject({ dir });
});
afterEach(async () => {
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

it('names the nearest run where there is none of that name, and says that an adoption has nothing to roll back', async () => {
  await expect(project.rollback('nonsense')).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
    message: 'There is no run nonsense. Nothing was changed.',
    hint: "'lakefill history' lists the runs.",
  });
  const { run } = await project.adopt({ command: 'adopt' });
  await expect(project.rollback(`${run.slice(0, -1)}_`)).rejects.toMatchObject({
    message: `There is no run ${run.slice(0, -1)}_. Nothing was changed.`,
    hint: `Did you mean ${run}? 'lakefill history' lists the runs.`,
  });
  await expect(project.rollback(run)).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
    message: `Run ${run} was an adoption: it took over what stood there and published nothing, so there is nothing to roll back. Nothing was changed.`,
    hint: `'lakefill history ${run}' lists its partitions; \`lakefill run sales --partition 'dt=2025-01-01' --only all\` makes one of them anew.`,
  });
});
