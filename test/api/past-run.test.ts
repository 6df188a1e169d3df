/** The document of a run that staged, asked for later: it is said to wait only while something of it can still be published. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pastRun } from '../../src/api/past-run.js';
import { LakefillError } from '../../src/core/errors.js';
import { intercept } from '../../src/store/intercept.js';
import { StagedLake } from '../run/staged-lake.js';
import type { RunDocument } from '../../src/index.js';

const DAY_MS = 86_400_000;

let lake: StagedLake;
let staged: RunDocument;
beforeEach(async () => {
  lake = await StagedLake.make();
  staged = await lake.run({ stageOnly: true });
});
afterEach(() => lake.remove());

const asked = (signal?: AbortSignal) => pastRun(lake.context(), staged.id, signal);

async function expectOver(): Promise<void> {
  const { stagedUntil, ...rest } = staged;
  expect(stagedUntil).toBeDefined();
  expect(await asked()).toStrictEqual(rest);
}

test('it waits until the last of it is decided', async () => {
  expect(await asked()).toStrictEqual(staged);
  await lake.promote(staged.id, { partitions: ['dt=2025-01-01'] });
  await lake.discard(staged.id, { partitions: ['dt=2025-01-02'] });
  expect(await asked()).toStrictEqual(staged);
  await lake.discard(staged.id, { partitions: ['dt=2025-01-03'] });
  await expectOver();
});

test('it waits until it expires', async () => {
  lake.ahead = 14 * DAY_MS - 60_000;
  expect(await asked()).toStrictEqual(staged);
  lake.ahead = 14 * DAY_MS + 60_000;
  await expectOver();
});

test('what was staged against another generation does not wait', async () => {
  await lake.run({});
  await expectOver();
});

test('a record that cannot be read leaves nothing that could be published', async () => {
  const [record] = (await lake.staged()).filter((name) => name.endsWith('.json'));
  await writeFile(lake.stagedFile(record!), '{}');
  await expectOver();
});

test('a document that cannot be read is told with its place, and is no unknown run', async () => {
  const file = path.join(lake.dir, `lake/_lakefill/sales/runs/${staged.id}.json`);
  await writeFile(file, '{');
  await expect(asked()).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining(`${file} is damaged`) as string,
    hint: expect.stringContaining('lakefill history --partition KEY') as string,
  });
});

test('cancellation is thrown, not taken for an answer', async () => {
  const abort = new AbortController();
  abort.abort();
  await expect(asked(abort.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  lake.store = intercept(lake.store, (call, next) =>
    call.method === 'list' && call.args[0].includes('/staging/')
      ? Promise.reject(new LakefillError('CANCELLED', 'The command was interrupted.'))
      : next(),
  );
  await expect(asked()).rejects.toMatchObject({ code: 'CANCELLED' });
});
