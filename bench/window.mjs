/**
 * The window of a replacement: from the moment the first new file is visible to the moment the last old one is gone, in which a listing
 * shows both. On a local directory, two files a partition, for a small and a large partition; it should not depend on the size.
 *
 *     node bench/window.mjs [--megabytes 1,500] [--times 40]
 */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { internals } from './internals.mjs';

const {
  systemClock,
  parseLayout,
  controlPaths,
  Journal,
  contentHash,
  validated,
  hivePublisher,
  intercept,
  createLocalStore,
} = await internals(
  'clock.ts',
  'core/layout.ts',
  'journal/control.ts',
  'journal/journal.ts',
  'publish/content.ts',
  'publish/hive/promote.ts',
  'store/intercept.ts',
  'store/local/local-store.ts',
);
const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '1,500' }, times: { type: 'string', default: '40' } },
});
const times = Number(values.times);
const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-window-'));
try {
  for (const megabytes of values.megabytes.split(',').map(Number)) {
    const windows = (await measure(megabytes)).sort((a, b) => a - b);
    const at = (share) =>
      windows[Math.min(windows.length - 1, Math.floor(share * windows.length))].toFixed(1);
    process.stdout.write(
      `${megabytes} MB: ${windows.length} replacements, window p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(megabytes) {
  const root = path.join(folder, `lake-${megabytes}`, 'sales');
  mkdirSync(root, { recursive: true });
  const files = await Promise.all([0, 1].map((part) => makeFile(megabytes, part)));
  let first = null;
  let last = 0;
  const store = intercept(createLocalStore(), async (call, next) => {
    const answer = await next();
    if (call.method === 'complete') first ??= performance.now();
    if (call.method === 'delete') last = performance.now();
    return answer;
  });
  const location = (text) => ({ store: 'file:///', path: text.slice(1) });
  const layout = parseLayout(`${root}/dt={dt}/`, location, { dt: { kind: 'text' } });
  const control = controlPaths(layout.root);
  const journal = await Journal.open({ store, control, clock: systemClock, run: 'bench', by: 'bench' });
  const context = { store, layout, control, journal, clock: systemClock, rollbackKeep: 0 };
  const windows = [];
  for (let generation = 0; generation <= times; generation++) {
    const staged = [];
    for (const [part, file] of files.entries()) {
      const name = `${control.staging}${generation}/${part}.parquet`;
      const put = await store.put(name, { file: file.path }, { kind: 'create' });
      staged.push({ path: name, etag: put.object.etag, size: put.object.size, sha256: file.sha256 });
    }
    first = null;
    const record = {
      inputs: [],
      definition: { digests: { 'text/1': 'd' } },
      rows: 1,
      schema: null,
      contentHash: contentHash(staged),
      assumed: false,
    };
    const content = validated({ key: 'dt=1', files: staged, record }, { passed: true });
    const objects = await hivePublisher.current(context, 'dt=1');
    const base = { generation: journal.key('dt=1').generation, objects };
    const [result] = await hivePublisher.promote(context, [
      { content, plan: 'p', tried: 't', base, restores: null },
    ]);
    if (result.outcome !== 'promoted') throw new Error(result.message);
    if (generation > 0) windows.push(last - first);
    await store.delete(staged.map(({ path: name }) => ({ path: name, etag: null })));
  }
  return windows;
}

async function makeFile(megabytes, part) {
  const file = path.join(folder, `body-${megabytes}-${part}`);
  const block = Buffer.alloc(512 * 1024);
  const handle = openSync(file, 'wx');
  for (let i = 0; i < megabytes; i++) writeSync(handle, randomFillSync(block));
  closeSync(handle);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return { path: file, sha256: hash.digest('hex') };
}
