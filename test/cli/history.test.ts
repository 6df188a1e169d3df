/** `lakefill history` with a limit, over runs whose documents stand in the control prefix. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import type { HistoryDocument } from '../../src/index.js';
import { runDocument } from './support/documents.js';
import { fakeTerminal } from './support/fake-terminal.js';

const RUNS = 60;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'lakefill-history-'));
  const runs = path.join(dir, 'lake/_lakefill/sales/runs');
  mkdirSync(runs, { recursive: true });
  mkdirSync(path.join(dir, 'partitions'));
  writeFileSync(
    path.join(dir, 'partitions/sales.yaml'),
    'target: ./lake/sales/dt={dt}/\npartition: { dt: { grain: day, start: 2025-01-01 } }\ninputs: { raw: "./raw/dt={dt}/*.parquet" }\n',
  );
  for (let n = 0; n < RUNS; n++) {
    const document = { ...runDocument([]), id: idOf(n) };
    const stored = JSON.stringify({ document, stagingExpires: '2025-03-01T00:00:00Z' });
    writeFileSync(path.join(runs, `${idOf(n)}.json`), stored);
  }
});
afterEach(() => rmSync(dir, { recursive: true }));

function idOf(n: number): string {
  return `20250201T0900${String(n).padStart(2, '0')}-000000`;
}

test.each([
  [[], 20],
  [['--limit', '3'], 3],
  [['--limit', 'all'], RUNS],
])('with %j it shows the newest %i', async (flags, shown) => {
  const terminal = fakeTerminal();
  expect(await runCommand(terminal, ['history', '--json', '--project', dir, ...flags], '1.2.3')).toBe(0);
  const { runs } = JSON.parse(terminal.written.out) as HistoryDocument;
  expect(runs.map(({ run }) => run)).toEqual(Array.from({ length: shown }, (_, i) => idOf(RUNS - 1 - i)));
});
