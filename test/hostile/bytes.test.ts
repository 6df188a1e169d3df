/**
 * Damaged and hostile bytes at every door: definitions, plan files, keys, listing pages, journal entries, checkpoints, Parquet footers.
 * Each ends in what it means or in a LakefillError, never in another error, a hang or memory without a bound. Seeded; the seed
 * of a failure is printed. `npm run test:long` takes twenty times as many.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { isLakefillError } from '../../src/core/errors.js';
import { parseLayout, partitionPrefix } from '../../src/core/layout.js';
import { decodeCheckpoint, decodeEntry, encodeCheckpoint, encodeJson } from '../../src/journal/codec.js';
import type { Fact } from '../../src/journal/entry.js';
import { EMPTY_STATE, fold } from '../../src/journal/fold.js';
import { decodePlan } from '../../src/plan/plan-file.js';
import { readFooter } from '../../src/scan/parquet-footer.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { ListingSyntaxError, scanListing } from '../../src/store/s3/list-xml.js';
import { load } from '../dataset/project.js';
import { entries, fact } from '../journal/facts.js';
import { damages, jsonDamages } from '../support/damage.js';
import { datasetPlan, planDocument, task } from '../cli/support/documents.js';

const RUNS = process.env['LAKEFILL_TEST_LONG'] === '1' ? 20 : 1;
const times = (numRuns: number) => ({ numRuns: numRuns * RUNS });

const told: Record<string, { refused: number; read: number }> = {};
afterAll(() => {
  const words = Object.entries(told).map(
    ([what, { refused, read }]) => `${what} ${refused} refused, ${read} read`,
  );
  process.stdout.write(`hostile bytes: ${words.join('; ')}\n`);
});

/** Counts; anything but a value or a LakefillError with words and a hint fails. */
async function survives(what: string, work: () => unknown): Promise<void> {
  const count = (told[what] ??= { refused: 0, read: 0 });
  try {
    await work();
    count.read += 1;
  } catch (error) {
    if (!isLakefillError(error)) throw error;
    expect(error.message.length).toBeLessThan(5_000);
    count.refused += 1;
  }
}

const anyDamage = () => fc.oneof(damages(), jsonDamages());

describe('the journal', () => {
  const kinds: Fact[][] = [
    [fact('promoting', { retained: 'kept/' })],
    [fact('cleaning')],
    [fact('published')],
    [fact('ended', { attempt: 'b' })],
    [fact('refreshed')],
    [fact('retained-dropped')],
    [fact('promoting', { attempt: 'c', generation: 2, base: { generation: 1, version: 'v' } })],
    [fact('aborting', { attempt: 'c' })],
    [fact('withdrawn', { attempt: 'c' })],
    [fact('adopted', { generation: 3 })],
  ];
  const written = entries(kinds);
  const state = fold(EMPTY_STATE, written);

  it('refuses a damaged entry, or folds what it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(written.length - 1), anyDamage(), (at, damage) =>
        survives('entry', () => {
          const bytes = damage(Buffer.from(encodeJson(written[at])));
          const entry = decodeEntry(bytes, 'journal/1.json');
          const before = fold(EMPTY_STATE, written.slice(0, at));
          const after = fold(before, [entry]);
          fold(after, written.slice(at + 1));
          // What comes out is a state like any other: it can be written down and read back.
          expect(decodeCheckpoint(encodeCheckpoint(after))).not.toBeNull();
        }),
      ),
      times(400),
    );
  });

  it('never believes a damaged checkpoint', () => {
    const bytes = Buffer.from(encodeCheckpoint(state));
    fc.assert(
      fc.property(anyDamage(), (damage) => {
        const damaged = damage(bytes);
        const read = decodeCheckpoint(damaged);
        // The name that it is found under has the sequence, too; whitespace may be damaged without a difference.
        if (read?.sequence === state.sequence)
          expect(encodeCheckpoint(read)).toEqual(encodeCheckpoint(state));
      }),
      times(300),
    );
  });
});

describe('a plan file', () => {
  it('is refused, or is a plan', async () => {
    const bytes = Buffer.from(JSON.stringify(planDocument([datasetPlan({ tasks: [task(1), task(2)] })])));
    await fc.assert(
      fc.asyncProperty(anyDamage(), (damage) =>
        survives('plan', () => decodePlan(damage(bytes).toString(), 'plan.json')),
      ),
      times(400),
    );
  });
});

describe('a listing page', () => {
  const item = (key: string) =>
    `<Contents><Key>${key}</Key><LastModified>2025-01-02T03:04:05.000Z</LastModified><ETag>&quot;abc-2&quot;</ETag><Size>12</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  const page = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix><KeyCount>4</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>1&amp;2</NextContinuationToken>${['p/a', 'p/b&#x1;', 'p/c', 'p/d'].map(item).join('')}<CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes></ListBucketResult>`,
  );

  it('is refused, or has paths, sizes and times that are such', () => {
    const count = (told['listing page'] ??= { refused: 0, read: 0 });
    fc.assert(
      fc.property(damages(), (damage) => {
        try {
          for (const object of scanListing(damage(page)).objects) {
            expect(object.path).not.toBe('');
            expect(Number.isSafeInteger(object.size) && object.size >= 0).toBe(true);
            expect(Number.isFinite(object.lastModified)).toBe(true);
          }
          count.read += 1;
        } catch (error) {
          if (!(error instanceof ListingSyntaxError)) throw error;
          count.refused += 1;
        }
      }),
      times(1500),
    );
  });

  it.each([
    ['an entity of its own', `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><Contents><Key>&a;</Key></Contents>`],
    ['deep nesting', '<a>'.repeat(200_000)],
    ['a tag without an end', `<${'x'.repeat(1_000_000)}`],
    ['many empty tags', '<Contents></Contents>'.repeat(50_000)],
  ])('with %s is refused at once', (_name, inner) => {
    const xml = page.toString().replace('<Name>b</Name>', inner);
    const before = performance.now();
    expect(() => scanListing(Buffer.from(xml))).toThrow(ListingSyntaxError);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe('a key', () => {
  const layout = parseLayout(
    'memory://lake/sales/dt={dt}/region={region}/',
    (text) => ({ store: 'memory://lake/', path: text.replace('memory://lake/', '') }),
    { dt: { kind: 'time', grain: 'day', timezone: 'UTC' }, region: { kind: 'text' } },
  );

  it('that a path gives is a key that gives the path, and never leaves the root', () => {
    const segment = fc.oneof(
      fc.constantFrom('..', '.', '', 'dt=', 'dt=2025-01-03', 'region=%2E%2E', 'region=..', 'region=%', '%00'),
      fc.string({ maxLength: 12 }),
      fc.string({ maxLength: 6 }).map((text) => `region=${text}`),
      fc.date({ noInvalidDate: true }).map((date) => `dt=${date.toISOString().slice(0, 10)}`),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const relative = segments.join('/');
        const values = layout.parse(relative);
        if (values === null) return;
        const prefix = partitionPrefix(layout, relative);
        expect(prefix.startsWith(layout.root.path)).toBe(true);
        expect(prefix.split('/')).not.toContain('..');
        expect(prefix.slice(0, -1).split('/')).not.toContain('');
      }),
      times(2000),
    );
  });
});

describe('a definition', () => {
  const YAML = Buffer.from(`target: ./clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: 2025-01-01, timezone: Europe/Berlin }
  region: { values: [de, fr] }
inputs:
  orders: ./raw/orders/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - rowCount: { min: 1 }
`);
  const SQL = 'SELECT * FROM orders WHERE region = $region';

  it('that is damaged is refused, or is a definition', async () => {
    await load({ 'partitions/sales.yaml': YAML, 'partitions/sales.sql': SQL });
    await fc.assert(
      fc.asyncProperty(damages(), (damage) =>
        survives('definition', () =>
          load({ 'partitions/sales.yaml': damage(YAML), 'partitions/sales.sql': SQL }),
        ),
      ),
      times(60),
    );
  });

  it.each([
    ['aliases that grow', bomb()],
    ['deep nesting', `target: ${'['.repeat(20_000)}`],
    ['a huge number', `limits: { partitions: ${'9'.repeat(10_000)} }`],
    ['a key that is everybody’s', '__proto__: { target: ./x/ }\nconstructor: 1'],
    ['a scalar of megabytes', `description: ${'x'.repeat(3_000_000)}`],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x00])],
  ])('with %s is refused soon', async (_name, yaml) => {
    const before = performance.now();
    await expect(load({ 'partitions/sales.yaml': yaml, 'partitions/sales.sql': SQL })).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
    });
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(({} as { target?: string }).target).toBeUndefined();
  });
});

/** Ten levels of ten aliases: ten thousand million values from half a kilobyte. */
function bomb(): string {
  const levels = Array.from({ length: 10 }, (_, i) => {
    const below = i === 0 ? '"lol"' : `*a${i - 1}`;
    return `a${i}: &a${i} [${Array(10).fill(below).join(', ')}]`;
  });
  return `${levels.join('\n')}\ntarget: *a9\n`;
}

describe('a Parquet footer', () => {
  let dir: string;
  let whole: Buffer;
  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'lakefill-hostile-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT i AS id, i::VARCHAR AS name, [i, i + 1] AS list, {'a': i} AS record FROM range(2000) t(i)) TO '${dir}/a.parquet' (FORMAT parquet, ROW_GROUP_SIZE 500)`,
    );
    connection.closeSync();
    instance.closeSync();
    whole = readFileSync(`${dir}/a.parquet`);
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const look = async (bytes: Buffer) => {
    const store = createMemoryStore('memory://lake/');
    const put = await store.put('a.parquet', { bytes }, { kind: 'create' });
    return readFooter(store, (put as { object: Parameters<typeof readFooter>[1] }).object);
  };

  it('that contradicts itself about rows is unreadable', async () => {
    // 2000 as a zigzag varint is a0 1f; the first one is the file's, the others are the row groups'.
    const at = whole.lastIndexOf(Buffer.from([0xa0, 0x1f]));
    expect(at).toBeGreaterThan(0);
    const bomb = Buffer.from(whole);
    bomb.set([0xfe, 0x7f], at);
    expect(await look(whole)).toMatchObject({ outcome: 'readable', rows: 2000 });
    expect(await look(bomb)).toMatchObject({ outcome: 'unreadable' });
  });

  it('that gives a column fewer than no children is unreadable, at once', async () => {
    // 35 02 18 04 "list" 15 02: repetition, name, and how many children as a zigzag varint, here of the list.
    const list = Buffer.from([0x35, 0x02, 0x18, 0x04, 0x6c, 0x69, 0x73, 0x74, 0x15, 0x02]);
    const at = whole.lastIndexOf(list) + list.length - 1;
    expect(at).toBeGreaterThan(list.length);
    for (const children of [0x01, 0x03]) {
      const bent = Buffer.from(whole);
      bent[at] = children;
      expect(await look(bent)).toMatchObject({ outcome: 'unreadable' });
    }
  });

  it('that holds a number without an end is not parsed', async () => {
    const footer = Buffer.alloc(1_000_000, 0xff);
    footer[0] = 0x16; // field 1, a 64-bit number
    footer.writeUInt32LE(footer.length - 8, footer.length - 8);
    footer.write('PAR1', footer.length - 4, 'latin1');
    const before = performance.now();
    expect(await look(Buffer.concat([whole, footer]))).toMatchObject({ outcome: 'unjudged' });
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('that is damaged is unreadable, or has a number of rows; quickly and in little memory', async () => {
    const count = (told['footer'] ??= { refused: 0, read: 0 });
    const length = whole.readUInt32LE(whole.length - 8) + 8;
    const data = whole.subarray(0, -length);
    const rss = process.memoryUsage().rss;
    await fc.assert(
      fc.asyncProperty(damages(), async (damage) => {
        const before = performance.now();
        const footer = await look(Buffer.concat([data, damage(whole.subarray(-length))]));
        expect(performance.now() - before).toBeLessThan(5_000);
        if (footer.outcome === 'readable') {
          expect(Number.isSafeInteger(footer.rows) && footer.rows >= 0).toBe(true);
          count.read += 1;
        } else count.refused += 1;
      }),
      times(600),
    );
    expect(process.memoryUsage().rss - rss).toBeLessThan(700 * 1024 * 1024);
  });
});
