/** New projects: what is written, what refuses, and that a proposal from existing data loads, runs and reads back. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { initProject, openProject } from '../../src/index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-init-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = (...names: string[]) => readFile(path.join(dir, ...names), 'utf8');

async function scanCounts(project: string) {
  const opened = await openProject({ dir: project });
  try {
    const document = await opened.scan();
    return document.datasets.map(({ dataset, counts }) => ({ dataset, counts }));
  } finally {
    await opened.close();
  }
}

describe('a new project', () => {
  test('is a project with work to do', async () => {
    const document = await initProject({ dir: path.join(dir, 'deep/new') });
    expect(document.files.map((file) => file.path)).toContain('partitions/sales.sql');
    expect(await scanCounts(path.join(dir, 'deep/new'))).toEqual([
      { dataset: 'sales', counts: { missing: 3 } },
    ]);
  });

  test('adds to .gitignore what is not there yet', async () => {
    await writeFile(path.join(dir, '.gitignore'), 'node_modules/\n.lakefill/');
    const document = await initProject({ dir });
    expect(await read('.gitignore')).toBe('node_modules/\n.lakefill/\n/lake/\n');
    expect(document.files.at(-1)).toEqual({ path: '.gitignore', action: 'extended' });
  });

  test('writes nothing where one of its files exists', async () => {
    await mkdir(path.join(dir, 'partitions'));
    await writeFile(path.join(dir, 'partitions/sales.sql'), 'SELECT 1');
    await expect(initProject({ dir })).rejects.toMatchObject({
      code: 'USAGE',
      context: { files: ['partitions/sales.sql'] },
    });
    expect(await readdir(dir)).toEqual(['partitions']);
    expect(await read('partitions/sales.sql')).toBe('SELECT 1');
  });

  test('says where it could not be written', async () => {
    await writeFile(path.join(dir, 'file'), '');
    await expect(initProject({ dir: path.join(dir, 'file') })).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('a file stands where a folder is needed; 0 of ') as string,
    });
  });

  test.runIf(process.platform === 'linux')(
    'ends where mkdir says that a parent is missing which is there',
    { timeout: 5_000 },
    async () => {
      await expect(initProject({ dir: '/proc/x' })).rejects.toMatchObject({
        code: 'STORE_DENIED',
        message: expect.stringContaining(
          '/proc exists, and its file system takes no new folder in it; 0 of ',
        ) as string,
        hint: 'Choose a folder that you may write to.',
      });
    },
  );
});

describe('a project from existing data', () => {
  const days = ['2025-01-01', '2025-01-02', '2025-01-04'];

  async function writeRaw(text: (day: string) => string, ending: string) {
    for (const day of days) {
      const folder = path.join(dir, `raw/orders/day=${day}/region=eu`);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, `part-0${ending}`), text(day));
    }
  }

  test('finds layout, grain, start, columns and format; it loads and sees the gap', async () => {
    await writeRaw((day) => `{"id": 1, "at": "${day}T10:00:00Z"}\n`, '.ndjson');
    const document = await initProject({ dir, from: path.join(dir, 'raw/orders') });
    const definition = await read('partitions/orders.yaml');
    expect(definition).toContain('target: "./lake/orders/day={day}/region={region}/"');
    expect(definition).toContain('day: { grain: day, start: 2025-01-01, timezone: UTC');
    expect(definition).toContain('region: { values: ["eu"] }');
    expect(definition).toContain('raw: "./raw/orders/day={day}/region={region}/*.ndjson"');
    expect(await read('partitions/orders.sql')).toMatch(
      /"id".*\n.*"at".*\n.*"day", -- from the path\n.*"region"/,
    );
    expect(document.notes.join('\n')).toContain('time zone: nothing in the names says it, UTC was assumed');
    for (const note of document.notes) expect(definition).toContain(`# - ${note}`);
    const [found] = await scanCounts(dir);
    expect(found).toMatchObject({ dataset: 'orders', counts: { missing: 3 } });
    expect(found?.counts.blocked).toBeGreaterThan(0);
  });

  test('of parquet, the time column is the one whose values lie in the partition', async () => {
    await initProject({ dir });
    const sample = await openProject({ dir });
    await sample.apply(await sample.plan());
    await sample.close();
    const copy = path.join(dir, 'copy');
    await initProject({ dir: copy, from: path.join(dir, 'lake/sales') });
    const definition = await readFile(path.join(copy, 'partitions/sales.yaml'), 'utf8');
    expect(definition).toContain('dt: { grain: day, start: 2025-01-01, timezone: UTC, column: "ts" }');
    expect(definition).toContain('  - notNull: ["ts"]\n');
    const project = await openProject({ dir: copy });
    const run = await project.apply(await project.plan({ to: '2025-01-03' }));
    await project.close();
    expect(run.counts).toEqual({ promoted: 3 });
  });

  test('is not put off by an empty or unreadable file, an impossible date or another file, and says so', async () => {
    await writeRaw((day) => `id,at\n1,${day}T10:00:00Z\n`, '.csv');
    const raw = path.join(dir, 'raw/orders');
    for (const day of ['2025-01-05', '2025-02-30'])
      await mkdir(path.join(raw, `day=${day}/region=eu`), { recursive: true });
    await writeFile(path.join(raw, 'day=2025-01-05/region=eu/part-0.csv'), '');
    await writeFile(path.join(raw, 'day=2025-02-30/region=eu/part-0.csv'), 'id,at\n1,x\n');
    await writeFile(path.join(raw, 'day=2025-01-04/region=eu/a.parquet'), 'x');
    const { notes } = await initProject({ dir, from: raw });
    expect(await read('partitions/orders.yaml')).toContain('day: { grain: day, start: 2025-01-01');
    expect(await read('partitions/orders.yaml')).toContain('/*.csv');
    const told = notes.find((note) => note.startsWith('passed over'));
    expect(told).toContain(`${raw}/day=2025-02-30/ (no day)`);
    expect(told).toContain(`${raw}/day=2025-01-05/region=eu/ (no data in it)`);
    expect(told).toContain(`${raw}/day=2025-01-05/ (no data in it)`);
    expect(notes).toContain(
      `left out: 1 object does not fit the layout: ${raw}/day=2025-01-04/region=eu/a.parquet`,
    );
  });

  test.each([['README.txt'], ['zzz.csv']])(
    'leaves out a %s at the root and beside the data, and says so',
    async (stray) => {
      await writeRaw((day) => `{"id": 1, "at": "${day}T10:00:00Z"}\n`, '.ndjson');
      const raw = path.join(dir, 'raw/orders');
      const inside = path.join(raw, 'day=2025-01-04/region=eu');
      await writeFile(path.join(inside, 'part-1.ndjson'), '{"id": 2, "at": "2025-01-04T11:00:00Z"}\n');
      for (const folder of [raw, inside]) await writeFile(path.join(folder, stray), 'x\n');
      const { notes } = await initProject({ dir, from: raw });
      const definition = await read('partitions/orders.yaml');
      expect(definition).toContain('raw: "./raw/orders/day={day}/region={region}/*.ndjson"');
      const told = `left out: 2 objects do not fit the layout, the first is ${raw}/${stray}`;
      expect(notes).toContain(told);
      expect(definition).toContain(`# - ${told}`);
      expect((await scanCounts(dir))[0]?.counts.missing).toBe(3);
    },
  );

  test('finds dates in file names', async () => {
    const raw = path.join(dir, 'raw');
    await mkdir(raw);
    for (const day of ['2026-01-01', '2026-01-02', '2026-02-30'])
      await writeFile(path.join(raw, `orders_${day}.csv`), `id,amount\n1,10\n`);
    const { notes } = await initProject({ dir, from: raw });
    const definition = await read('partitions/raw.yaml');
    expect(definition).toContain('target: "./lake/raw/dt={dt}/"');
    expect(definition).toContain('dt: { grain: day, start: 2026-01-01, timezone: UTC }');
    expect(definition).toContain('raw: "./raw/orders_{dt}.csv"');
    expect(notes.join('\n')).toContain('the last file is of 2026-01-02');
    expect(notes.join('\n')).toContain('orders_2026-02-30.csv (no day in its name)');
    const project = await openProject({ dir });
    const run = await project.apply(await project.plan());
    await project.close();
    expect(run.counts).toEqual({ promoted: 2 });
  });

  test.each([[';'], ['\t'], ['|']])('finds the delimiter %j of CSV', async (delimiter) => {
    const lines = [
      ['id', 'amount', 'day'],
      ['1', '10,5', '2025-01-01'],
      ['2', '7', '2025-01-01'],
    ];
    await writeRaw(() => lines.map((line) => `${line.join(delimiter)}\n`).join(''), '.csv');
    const { notes } = await initProject({ dir, from: path.join(dir, 'raw/orders') });
    expect(await read('partitions/orders.sql')).toMatch(/"id",.*\n.*"amount",.*\n.*"day"/);
    expect(await read('partitions/orders.yaml')).toContain(
      `options: { delimiter: ${JSON.stringify(delimiter)} } }`,
    );
    expect(notes.join('\n')).toContain('has no comma');
    expect((await scanCounts(dir))[0]?.counts.missing).toBe(3);
  });

  test('a CSV that cannot be understood is named, with what to do', async () => {
    await writeRaw(() => 'id,amount\n"1,10\n2;3\n"x"y",1,2,3\n', '.csv');
    await expect(initProject({ dir, from: path.join(dir, 'raw/orders') })).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('day=2025-01-04/region=eu/part-0.csv') as string,
      hint: expect.stringContaining('delimiter') as string,
    });
  });

  test('keeps its target out of the data', async () => {
    await mkdir(path.join(dir, 'lake/dt=2025-01-01'), { recursive: true });
    await writeFile(path.join(dir, 'lake/dt=2025-01-01/a.csv'), 'id\n1\n');
    await initProject({ dir, from: path.join(dir, 'lake') });
    expect(await read('partitions/lake.yaml')).toContain('target: "./clean/lake/dt={dt}/"');
    expect(await read('.gitignore')).toContain('/clean/\n');
    expect((await scanCounts(dir))[0]?.counts.missing).toBe(1);
  });

  test('writes nothing where there is no data', async () => {
    await expect(
      initProject({ dir: path.join(dir, 'new'), from: path.join(dir, 'none') }),
    ).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
    });
    expect(await readdir(dir)).toEqual([]);
  });
});
