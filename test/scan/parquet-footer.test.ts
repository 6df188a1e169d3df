import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFooter } from '../../src/scan/parquet-footer.js';
import { Lake } from '../support/lake.js';

let dir: string;
let small: Uint8Array;
let wide: Uint8Array;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-footer-'));
  const duckdb = await DuckDBInstance.create(':memory:');
  const connection = await duckdb.connect();
  const write = async (name: string, select: string, options = '') => {
    await connection.run(`COPY (${select}) TO '${dir}/${name}' (FORMAT parquet${options})`);
    return new Uint8Array(await readFile(`${dir}/${name}`));
  };
  small = await write('small.parquet', 'SELECT range AS id FROM range(5000)');
  const columns = Array.from({ length: 1500 }, (_, i) => `range AS a_rather_long_column_name_${i}`);
  wide = await write('wide.parquet', `SELECT ${columns.join(', ')} FROM range(3)`);
  connection.closeSync();
  duckdb.closeSync();
});

afterAll(() => rm(dir, { recursive: true }));

async function footerOf(bytes: Uint8Array) {
  const { store } = new Lake('2025-01-01T00:00:00Z');
  const put = await store.put('a.parquet', { bytes }, { kind: 'create' });
  return readFooter(store, (put as { object: Parameters<typeof readFooter>[1] }).object);
}

describe('readFooter', () => {
  it('reads the rows of whole files, also where the footer is larger than one read', async () => {
    expect(await footerOf(small)).toMatchObject({ outcome: 'readable', rows: 5000 });
    expect(new DataView(wide.buffer, wide.byteOffset + wide.length - 8).getUint32(0, true)).toBeGreaterThan(
      65_536,
    );
    expect(await footerOf(wide)).toMatchObject({ outcome: 'readable', rows: 3 });
  });

  it.each([0, 1, 11, 12, 100, 1000])('refuses a file cut to %i bytes', async (length) => {
    expect((await footerOf(small.slice(0, length))).outcome).toBe('unreadable');
  });

  it('refuses a file with bytes missing in front of a whole footer', async () => {
    const holed = Uint8Array.from([...small.slice(0, 4), ...small.slice(600)]);
    expect(await footerOf(holed)).toMatchObject({
      outcome: 'unreadable',
      why: expect.stringContaining('bytes are missing'),
    });
  });

  it('refuses a footer that claims more bytes than there are, and one that does not parse', async () => {
    const claims = small.slice();
    new DataView(claims.buffer).setUint32(claims.length - 8, claims.length, true);
    expect(await footerOf(claims)).toMatchObject({
      outcome: 'unreadable',
      why: expect.stringContaining('claims'),
    });
    const torn = small.slice();
    const footer = torn.length - 8 - new DataView(torn.buffer).getUint32(torn.length - 8, true);
    torn.fill(0xff, footer, footer + 40);
    expect((await footerOf(torn)).outcome).toBe('unreadable');
  });

  it('does not judge an encrypted footer, nor a file that moved', async () => {
    const encrypted = small.slice();
    encrypted.set(new TextEncoder().encode('PARE'), encrypted.length - 4);
    expect((await footerOf(encrypted)).outcome).toBe('unjudged');
    const lake = new Lake('2025-01-01T00:00:00Z');
    const before = await lake.write('a.parquet', small);
    await lake.write('a.parquet', wide);
    expect(await readFooter(lake.store, before)).toEqual({ outcome: 'moved' });
  });
});
