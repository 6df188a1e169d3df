/**
 * How long `history` takes over a thousand recorded runs of a hundred partitions each, beside a target of 20,000 partitions whose
 * journal has a thousand entries, on a local directory: the library alone, then the whole command.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openProject } from '../dist/index.js';

const RUNS = 1000;
const KEYS = 100;
const PARTITIONS = 20_000;
const dir = mkdtempSync(path.join(tmpdir(), 'lakefill-bench-'));
const runs = path.join(dir, 'lake/_lakefill/sales/runs');
mkdirSync(runs, { recursive: true });
mkdirSync(path.join(dir, 'partitions'));
writeFileSync(
  path.join(dir, 'partitions/sales.yaml'),
  'target: ./lake/sales/dt={dt}/\npartition:\n  dt: { grain: day, start: 2025-01-01, end: 2025-01-02 }\ninputs:\n  raw: ./raw/dt={dt}/*.parquet\n',
);
for (let n = 0; n < RUNS; n++) {
  const started = new Date(Date.UTC(2025, 0, 1) + n * 3_600_000).toISOString();
  const id = `${started.replace(/[-:]/g, '').slice(0, 15)}-${n.toString(16).padStart(6, '0')}`;
  writeFileSync(
    path.join(runs, `${id}.json`),
    JSON.stringify({ document: documentOf(id, started), stagingExpires: started }),
  );
}

writeTarget();

const project = await openProject({ dir });
for (const limit of [20, RUNS]) {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    const { runs: found } = await project.history({ limit });
    if (found.length !== limit) throw new Error(`${found.length} runs`);
    times.push(performance.now() - begun);
  }
  console.log(`history of ${RUNS} runs, ${limit} shown: ${median(times).toFixed(0)} ms`);
}
await project.close();
const begun = performance.now();
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const { status, stdout } = spawnSync(process.execPath, [main, 'history', '--project', dir], {
  encoding: 'utf8',
});
console.log(
  `lakefill history: ${(performance.now() - begun).toFixed(0)} ms, exit ${status}, ${stdout.split('\n').length} lines`,
);
rmSync(dir, { recursive: true });

/** What stands in the target, and the journal that names it. */
function writeTarget() {
  const journal = path.join(dir, 'lake/_lakefill/sales/journal');
  mkdirSync(journal);
  const record = {
    inputs: [],
    definition: { digests: {} },
    rows: 1,
    schema: null,
    contentHash: null,
    assumed: true,
  };
  for (let n = 0; n < RUNS; n++) {
    const sequence = n + 1;
    const facts = Array.from({ length: PARTITIONS / RUNS }, (_, i) => {
      const key = `dt=${new Date(Date.UTC(1970, 0, 1 + n + i * RUNS)).toISOString().slice(0, 10)}`;
      const attempt = sequence.toString(16).padStart(16, '0');
      const name = `part-g0000000001-${attempt}-00000.parquet`;
      mkdirSync(path.join(dir, 'lake/sales', key), { recursive: true });
      writeFileSync(path.join(dir, 'lake/sales', key, name), 'PAR1');
      return {
        fact: 'adopted',
        key,
        attempt,
        generation: 1,
        files: [{ name, size: 4, etag: '', sha256: null }],
        record,
      };
    });
    const entry = {
      format: 'lakefill.journal/1',
      sequence,
      run: 'r',
      at: '2025-01-01T00:00:00Z',
      by: 'ana@etl-1',
      nonce: `${n}`,
      facts,
    };
    writeFileSync(path.join(journal, `${String(sequence).padStart(20, '0')}.json`), JSON.stringify(entry));
  }
}

function documentOf(id, started) {
  const partition = (n) => ({
    key: `dt=${new Date(Date.UTC(2025, 0, n + 1)).toISOString().slice(0, 10)}`,
    outcome: 'promoted',
    generation: 1,
    attempts: 1,
    rows: { input: { raw: 1000 }, output: 998, previous: null },
    files: 1,
    bytes: 52311,
    contentHash: 'f'.repeat(64),
    checks: [{ check: 'notNull(order_id)', severity: 'error', passed: true, failures: 0, samples: [] }],
    error: null,
    seconds: { fetch: 0.1, transform: 0.4, check: 0.1, stage: 0.1, promote: 0.05 },
  });
  return {
    format: 'lakefill.run/1',
    id,
    plan: id,
    command: 'run',
    requestedBy: 'ana@etl-1',
    reason: null,
    startedAt: started,
    endedAt: started,
    exitCode: 0,
    guarantee: '',
    engine: 'duckdb',
    counts: { promoted: KEYS },
    datasets: [
      {
        dataset: 'sales',
        target: './lake/sales/',
        partitions: Array.from({ length: KEYS }, (_, n) => partition(n)),
      },
    ],
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
