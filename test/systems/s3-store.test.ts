/**
 * The S3 store on a real server: what the probe finds there is what is written below, what it does not enforce is
 * printed, and with exactly the proven capabilities the store keeps every word of the port.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { sha256 } from '../../src/core/digest.js';
import { listAll, type StoreCapabilities } from '../../src/store/object-store.js';
import { probeStore, provenCapabilities } from '../../src/store/probe.js';
import { createS3Store, TO_PROBE } from '../../src/store/s3/store.js';
import { describeStore } from '../store/conformance.js';

const system = process.env['LAKEFILL_TEST_SYSTEM'] ?? '';

/** Seen on the pinned versions. A difference is news: read it, then correct the table or the store. */
const ENFORCED: Record<string, Partial<StoreCapabilities>> = {
  localstack: {
    putIfAbsent: true,
    putIfMatch: true,
    completeAfterAbortRefused: true,
    conditionalCopy: true,
    conditionalDelete: false,
  },
  versitygw: {
    putIfAbsent: true,
    putIfMatch: true,
    completeAfterAbortRefused: true,
    conditionalCopy: true,
    conditionalDelete: true,
  },
  moto: {
    putIfAbsent: true,
    putIfMatch: true,
    completeAfterAbortRefused: true,
    conditionalCopy: false,
    conditionalDelete: true,
  },
};

const probed = await createS3Store({ bucket: 'lake', capabilities: TO_PROBE });
const results = await probeStore(probed, 'probe/', { clock: systemClock });
const proven = provenCapabilities(probed.capabilities, results);
await probed.close();

const missing = Object.entries(proven).filter(
  ([name, holds]) => !holds && TO_PROBE[name as keyof StoreCapabilities],
);
process.stderr.write(
  `${system} does not enforce: ${missing.length === 0 ? 'nothing (all that was tried holds)' : missing.map(([n]) => n).join(', ')}\n` +
    results.map((r) => `  ${r.passed ? 'ok    ' : 'FAILED'} ${r.name}: ${r.evidence}\n`).join(''),
);

let run = 0;
const open = async () => createS3Store({ bucket: 'lake', capabilities: proven });

describe(`the probe on ${system}`, () => {
  it('finds what is known of it', () => {
    expect(proven).toMatchObject(ENFORCED[system] ?? {});
  });
});

describeStore(
  `S3 store on ${system}`,
  async () => {
    const store = await open();
    run += 1;
    return { store, prefix: `conformance-${process.pid}-${run}/`, cleanup: () => store.close() };
  },
  {
    capabilities: proven,
    update: 'compares',
    listPrepared: true,
    strictPaths: false,
    // moto answers 500 with a page of HTML.
    spentFails: system === 'moto',
    rounds: 2,
    timeoutMs: 120_000,
  },
);

describe(`transfers on ${system}`, () => {
  it('of a large file: parts up, ranges down, a prepared copy of it', async () => {
    const store = await open();
    const dir = await mkdtemp(path.join(tmpdir(), 'lakefill-system-'));
    try {
      const bytes = randomBytes(40 * 1024 * 1024 + 123);
      const file = path.join(dir, 'up');
      await writeFile(file, bytes);
      const put = await store.put('large/staged', { file }, { kind: 'create' });
      if (put.outcome !== 'done') throw new Error(put.outcome);
      expect(await store.head('large/staged')).toMatchObject({ size: bytes.length, etag: put.object.etag });
      const prepared = await store.prepare({
        path: 'large/final',
        source: 'large/staged',
        sourceEtag: put.object.etag,
        size: bytes.length,
        sha256: sha256(bytes),
        preparedPrefix: 'prepared/',
      });
      if (prepared.outcome !== 'done') throw new Error(prepared.outcome);
      const completed = await store.complete(prepared.upload);
      if (completed.outcome !== 'done') throw new Error(completed.outcome);
      const down = path.join(dir, 'down');
      expect(await store.download('large/final', completed.etag, down)).toMatchObject({
        outcome: 'done',
      });
      expect((await readFile(down)).equals(bytes)).toBe(true);
    } finally {
      await store.delete((await listAll(store, 'large/')).map(({ path: p }) => ({ path: p, etag: null })));
      await rm(dir, { recursive: true });
      await store.close();
    }
  });

  it(
    '2,500 objects are listed in order over several pages, and deleted in batches',
    { timeout: 240_000 },
    async () => {
      const store = await open();
      const paths = Array.from(
        { length: 2500 },
        (_, i) => `many/dt=${1000 + (i % 100)}/part-${10_000 + i}`,
      ).sort();
      for (let i = 0; i < paths.length; i += 32) {
        await Promise.all(
          paths.slice(i, i + 32).map((p) => store.put(p, { bytes: Buffer.from(p) }, { kind: 'overwrite' })),
        );
      }
      const listed = await listAll(store, 'many/');
      expect(listed.map((o) => o.path)).toEqual(paths);
      await store.delete(listed.map((o) => ({ path: o.path, etag: null })));
      expect(await listAll(store, 'many/')).toEqual([]);
      await store.close();
    },
  );
});
