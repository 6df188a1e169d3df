/** Links, pipes, unreadable folders and files in the place of folders: unknown is what they touch, and nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputListing } from '../../src/source/input-listing.js';
import { ListingCache } from '../../src/source/listing-cache.js';
import { createLocalStore } from '../../src/store/local/local-store.js';
import { altered, errno } from '../store/local/altered-fs.js';
import { temporaryFolder } from '../store/fixtures.js';
import { Lake, sketch } from '../support/lake.js';
import type { InputSketch } from '../support/lake.js';

let dir: string;
beforeEach(() => {
  dir = temporaryFolder();
  for (const day of ['01', '02', '03']) {
    file(`raw/dt=2025-01-${day}/a.parquet`);
    file(`clean/dt=2025-01-${day}/x.parquet`);
  }
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(name: string): void {
  mkdirSync(dirname(`${dir}/${name}`), { recursive: true });
  writeFileSync(`${dir}/${name}`, 'x'.repeat(64));
}

/** `status message` of the three days, and the notes. `days` more than 50 have the input listed by its root. */
async function scanned(store = createLocalStore(), input: Partial<InputSketch> = {}, end = '2025-01-03') {
  const lake = new Lake('2025-06-01T00:00:00Z');
  const dataset = sketch({
    target: `${dir}/clean/dt={dt}/`,
    time: { end },
    inputs: [{ name: 'raw', url: `${dir}/raw/dt={dt}/*.parquet`, ...input }],
  });
  const { keys, notes } = await lake.scan(lake.add(dataset), { stores: () => store });
  const statuses = keys.slice(0, 3).map(({ status, reasons }) => {
    const why = reasons[0]?.message.replaceAll(dir, '') ?? '';
    return `${status === 'stale' ? 'known' : status} ${status === 'unknown' ? why : ''}`.trim();
  });
  return { statuses, notes: notes.map(({ message }) => message.replaceAll(dir, '')) };
}

const known = (status: string) => (status === 'fresh' ? 'known' : status);
const one = async (...args: Parameters<typeof scanned>) => {
  const { statuses } = await scanned(...args);
  expect(statuses.filter((_, i) => i !== 1).map(known)).toEqual(['known', 'known']);
  return statuses[1];
};

describe('in a target', () => {
  it('a link, a pipe or an unreadable folder in a partition makes that one unknown', async () => {
    const day = 'clean/dt=2025-01-02';
    symlinkSync(`${dir}/none`, `${dir}/${day}/dangling`);
    expect(await one()).toBe(`unknown /${day}/dangling is a symbolic link. It was not followed or changed.`);
    rmSync(`${dir}/${day}/dangling`);
    execFileSync('mkfifo', [`${dir}/${day}/pipe`]);
    expect(await one()).toBe(
      `unknown /${day}/pipe is neither a file nor a folder. It was not followed or changed.`,
    );
    rmSync(`${dir}/${day}/pipe`);
    const denied = createLocalStore({
      fs: altered((real) => ({
        readFolderSync: (path) => {
          if (path === `${dir}/${day}/`) throw errno('EACCES');
          return real.readFolderSync(path);
        },
      })),
    });
    expect(await one(denied)).toBe(`unknown Could not list /${day}/: permission denied.`);
  });

  it('a file or a link in the place of a partition is not its absence', async () => {
    const day = 'clean/dt=2025-01-02';
    rmSync(`${dir}/${day}`, { recursive: true });
    file(day);
    expect(await one()).toBe(`unknown /${day} is a file where a folder is needed.`);
    rmSync(`${dir}/${day}`);
    symlinkSync(`${dir}/none`, `${dir}/${day}`);
    expect(await one()).toBe(`unknown /${day} is a symbolic link. It was not followed or changed.`);
  });

  it('a file or a link to nowhere in the place of the root leaves every key unknown', async () => {
    rmSync(`${dir}/clean`, { recursive: true });
    file('clean');
    const needed =
      'unknown /clean/ could not be listed: Could not list /clean/: a file stands where a folder is needed.';
    expect((await scanned()).statuses).toEqual([needed, needed, needed]);
    rmSync(`${dir}/clean`);
    symlinkSync(`${dir}/unmounted`, `${dir}/clean`);
    expect((await scanned()).statuses[0]).toMatch(/^unknown .*clean is a symbolic link that leads nowhere/);
  });

  it('hidden names are nobody’s business, and a link beside the partitions is a note', async () => {
    symlinkSync(`${dir}/none`, `${dir}/clean/dt=2025-01-02/.dangling`);
    symlinkSync(`${dir}/none`, `${dir}/clean/_tmp`);
    expect((await scanned()).statuses.map(known)).toEqual(['known', 'known', 'known']);
    expect((await scanned()).notes).toEqual([]);
    symlinkSync(`${dir}/clean/dt=2025-01-02`, `${dir}/clean/latest`);
    const { statuses, notes } = await scanned();
    expect(statuses.map(known)).toEqual(['known', 'known', 'known']);
    expect(notes).toEqual(['/clean/latest is a symbolic link. It was not followed or changed.']);
  });

  it('a link that may be another spelling of a key keeps that key from being made', async () => {
    rmSync(`${dir}/clean/dt=2025-01-02`, { recursive: true });
    symlinkSync(`${dir}/none`, `${dir}/clean/dt=2025-1-2`);
    const lake = new Lake('2025-06-01T00:00:00Z');
    const dataset = lake.add(sketch({ target: `${dir}/clean/dt={dt}/`, time: { end: '2025-01-03' } }));
    const scan = await lake.scan(dataset, { stores: () => createLocalStore() });
    expect(scan.keys[1]!.reasons[0]!.code).toBe('other-spelling');
  });
});

// Few units are listed one by one, many by the root.
describe.each([
  ['few', '2025-01-03'],
  ['many', '2025-04-01'],
])('in an input of %s units', (_, end) => {
  it('a link in the place of data, a unit or a marker makes what reads it unknown', async () => {
    const unit = 'raw/dt=2025-01-02';
    const link = `unknown raw: /${unit}/b.parquet is a symbolic link. It was not followed or changed.`;
    symlinkSync(`${dir}/${unit}/a.parquet`, `${dir}/${unit}/b.parquet`);
    expect(await one(undefined, {}, end)).toBe(link);
    rmSync(`${dir}/${unit}/b.parquet`);
    symlinkSync(`${dir}/${unit}/a.parquet`, `${dir}/${unit}/notes.txt`);
    expect(known((await one(undefined, {}, end))!)).toBe('known');
    for (const day of ['01', '03']) file(`raw/dt=2025-01-${day}/_SUCCESS`);
    symlinkSync(`${dir}/none`, `${dir}/${unit}/_SUCCESS`);
    expect(await one(undefined, { marker: '_SUCCESS' }, end)).toMatch(
      /^unknown raw: .*_SUCCESS is a symbolic link/,
    );
    rmSync(`${dir}/${unit}`, { recursive: true });
    symlinkSync(`${dir}/raw/dt=2025-01-01`, `${dir}/${unit}`);
    expect(await one(undefined, {}, end)).toMatch(/^unknown raw: .*dt=2025-01-02 is a symbolic link/);
  });

  it('a file in the place of a unit or of the root is not its absence', async () => {
    rmSync(`${dir}/raw/dt=2025-01-02`, { recursive: true });
    rmSync(`${dir}/clean/dt=2025-01-02`, { recursive: true });
    file('raw/dt=2025-01-02');
    expect(await one(undefined, {}, end)).toMatch(/^unknown raw: .*dt=2025-01-02/);
    rmSync(`${dir}/raw`, { recursive: true });
    file('raw');
    expect((await scanned(undefined, {}, end)).statuses.map((s) => s.split(' ')[0])).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});

it('units that an input may hide are not left out silently where they decide which keys there are', async () => {
  const dataset = sketch({
    target: `${dir}/clean/dt={dt}/`,
    inputs: [{ name: 'raw', url: `${dir}/raw/dt={dt}/*.parquet` }],
  });
  const incomplete = async () => {
    const [input] = dataset.inputs;
    const request = { dataset, input: input!, store: createLocalStore(), cache: new ListingCache() };
    return (await InputListing.open({ ...request, partitions: 'all' })).incomplete?.message ?? null;
  };
  symlinkSync(`${dir}/none`, `${dir}/raw/_tmp`);
  expect(await incomplete()).toBeNull();
  symlinkSync(`${dir}/raw/dt=2025-01-01`, `${dir}/raw/dt=2025-01-09`);
  expect(await incomplete()).toContain('dt=2025-01-09 is a symbolic link');
});
