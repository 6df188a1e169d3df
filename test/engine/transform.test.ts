import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  EngineFile,
  EngineInput,
  TransformJob,
  TransformResult,
} from '../../src/engine/transform-engine.js';
import type { Fixture } from './fixture.js';
import { date, openFixture } from './fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const transform = (job: TransformJob) => fixture.engine.transform(job);

/** Rows of the written files, by an instance that the engine has no part in. */
async function readBack(result: TransformResult, sql = 'SELECT * FROM files'): Promise<unknown[]> {
  const list = result.files.map(({ file }) => `'${file}'`).join(', ');
  return fixture.sql(`WITH files AS (FROM read_parquet([${list}])) ${sql}`);
}

/** A job that collects one input's rows as they are seen. */
async function seen(
  prepare: (folder: string) => Promise<EngineInput>,
  sql = 'SELECT * FROM raw',
  over: Partial<TransformJob> = {},
) {
  const job = await fixture.job({
    sql,
    expectRange: null,
    expectColumns: {},
    dropColumns: [],
    prepare: async (folder) => [await prepare(folder)],
    ...over,
  });
  const result = await transform(job);
  return { result, rows: await readBack(result) };
}

describe('a transform', () => {
  it('writes files that another reader reads, without the path column, and describes them', async () => {
    const job = await fixture.job({ sql: 'SELECT id, ts, upper(region) AS region, dt FROM raw -- all\n;' });
    const result = await transform(job);
    expect(result.rows).toBe(1000);
    expect(result.inputRows).toEqual({ raw: 1000 });
    expect(result.foreignRows).toEqual({ count: 0, samples: [] });
    expect(result.schema).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'ts', type: 'TIMESTAMP' },
      { name: 'region', type: 'VARCHAR' },
    ]);
    const [file] = result.files;
    expect(path.dirname(file!.file)).toBe(path.join(job.folder, 'output'));
    const bytes = readFileSync(file!.file);
    expect(file).toMatchObject({
      rows: 1000,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await readBack(result, 'SELECT count(*) AS n, max(region) AS r FROM files')).toEqual([
      { n: '1000', r: 'R2' },
    ]);
  });

  it('binds a variable that is NULL with its type', async () => {
    const { result, rows } = await seen(
      (folder) =>
        fixture.file(folder, 'a.json', { bytes: '[{"a":1},{"a":2}]' }).then((file) => ({
          name: 'raw',
          format: 'json' as const,
          options: {},
          files: [file],
        })),
      `SELECT a, $region AS area, '$region' AS said, coalesce($REGION, 'none') AS shown
       FROM raw WHERE $region IS NULL AND $number IS NULL -- $region`,
      { parameters: { region: { type: 'text', value: null }, number: { type: 'integer', value: null } } },
    );
    expect(result.schema).toMatchObject([{}, { name: 'area', type: 'VARCHAR' }, {}, {}]);
    expect(rows).toEqual([1, 2].map((a) => ({ a: String(a), area: null, said: '$region', shown: 'none' })));
  });

  it('binds the window and the variables, typed, in any case, unused ones ignored', async () => {
    const job = await fixture.job({
      sql: `SELECT typeof($partition_start) AS a, typeof($DT) AS b, $Partition_End AS c, ts FROM raw
            WHERE ts >= $partition_start AND ts < $partition_end LIMIT 1`,
    });
    const result = await transform(job);
    expect(await readBack(result)).toMatchObject([
      { a: 'TIMESTAMP WITH TIME ZONE', b: 'DATE', c: '2025-01-04 00:00:00+00' },
    ]);
  });

  it('runs in the zone of the job', async () => {
    const job = await fixture.job({
      sql: "SELECT current_setting('TimeZone') AS zone, TIMESTAMPTZ '2025-07-01 00:00:00Z'::VARCHAR AS t",
      expectRange: null,
      timezone: 'Europe/Berlin',
    });
    expect(await readBack(await transform(job))).toEqual([
      { zone: 'Europe/Berlin', t: '2025-07-01 02:00:00+02' },
    ]);
  });

  it('without SQL passes the files through, without the columns of their paths', async () => {
    const { result, rows } = await seen(
      async (folder) => ({
        name: 'raw',
        format: 'parquet',
        options: {},
        files: [
          await fixture.file(folder, 'a.parquet', 'SELECT 1 AS id', {
            year: { type: 'integer', value: 2025 },
            dt: date('2025-01-03'),
          }),
        ],
      }),
      undefined,
      { sql: null, expectColumns: { dt: date('2025-01-03') }, dropColumns: ['dt'] },
    );
    expect(rows).toEqual([{ id: 1 }]);
    expect(result.foreignRows.count).toBe(0);
  });

  it('gives no file for no rows', async () => {
    const result = await transform(await fixture.job({ sql: 'SELECT * FROM raw WHERE false' }));
    expect(result).toMatchObject({ files: [], rows: 0, inputRows: { raw: 1000 } });
    expect(result.schema.map(({ name }) => name)).toEqual(['id', 'ts', 'region']);
  });

  it('keeps the path column when told to', async () => {
    const result = await transform(await fixture.job({ dropColumns: [] }));
    expect(result.schema.at(-1)).toEqual({ name: 'dt', type: 'DATE' });
  });

  it('writes the same bytes each time, whatever the query does and on how many threads', async () => {
    const raw = `SELECT i AS id, TIMESTAMP '2025-01-03' AS ts, (hash(i) % 500)::INTEGER AS k, md5(i::VARCHAR) AS h FROM range(150000) t(i)`;
    for (const sql of [
      'SELECT * FROM raw',
      'SELECT k, min(ts) AS ts, max(h) AS h FROM raw GROUP BY k',
      'SELECT a.*, b.h AS other FROM raw a JOIN raw b ON a.k = b.id',
      'SELECT * FROM raw QUALIFY row_number() OVER (PARTITION BY h[1:4] ORDER BY ts) = 1',
    ]) {
      const hashes = new Set<string>();
      for (const threads of [1, 2, 2]) {
        const limits = { memoryBytes: 1e9, threads, timeoutMs: 60_000 };
        const { files } = await transform(await fixture.job({ raw, sql, limits }));
        hashes.add(files.map(({ sha256 }) => sha256).join());
      }
      expect(hashes.size, sql).toBe(1);
    }
  }, 120_000);

  it('sorts when asked, and keeps the order of the query otherwise', async () => {
    const { write } = await fixture.job();
    const sorted = await transform(await fixture.job({ write: { ...write, sortBy: ['Region desc', 'id'] } }));
    expect(await readBack(sorted, 'SELECT region, id FROM files LIMIT 2')).toEqual([
      { region: 'r2', id: '2' },
      { region: 'r2', id: '5' },
    ]);
    const ordered = await transform(await fixture.job({ sql: 'SELECT * FROM raw ORDER BY id DESC' }));
    expect(await readBack(ordered, 'SELECT id FROM files LIMIT 1')).toEqual([{ id: '999' }]);
  });

  it('splits large outputs in the order of their rows', async () => {
    const { write } = await fixture.job();
    const raw = "SELECT i AS id, TIMESTAMP '2025-01-03' AS ts, md5(i::VARCHAR) AS h FROM range(200000) t(i)";
    const result = await transform(
      await fixture.job({ raw, write: { ...write, maxFileBytes: 1_000_000, rowGroupRows: 20_000 } }),
    );
    expect(result.files.length).toBeGreaterThan(3);
    expect(result.files.map(({ file }) => path.basename(file)).slice(0, 2)).toEqual([
      'part-00000.parquet',
      'part-00001.parquet',
    ]);
    expect(result.files.every(({ rows }) => rows > 0)).toBe(true);
    expect(await readBack(result, 'SELECT count(DISTINCT id) AS n FROM files')).toEqual([{ n: '200000' }]);
    const firsts = await Promise.all(
      result.files.map(({ file }) => fixture.sql(`SELECT min(id)::INTEGER AS low FROM '${file}'`)),
    );
    const lows = firsts.map(([row]) => Number(row!['low']));
    expect(lows).toEqual([...lows].sort((a, b) => a - b));
  });

  it.each(['snappy', 'gzip', 'lz4', 'uncompressed', 'zstd'] as const)(
    'compresses with %s',
    async (compression) => {
      const { write } = await fixture.job();
      const result = await transform(await fixture.job({ write: { ...write, compression } }));
      const [row] = await fixture.sql(
        `SELECT DISTINCT lower(compression) AS c FROM parquet_metadata('${result.files[0]!.file}')`,
      );
      expect(String(row!['c'])).toContain(compression);
    },
  );

  it('takes types that Parquet gives back under another name', async () => {
    const sql =
      "SELECT 'a'::ENUM('a', 'b, c') AS e, TIMESTAMP_S '2025-01-03 00:00:00' AS ts, [1, 2]::INTEGER[2] AS l, uuid() AS u";
    const { schema } = await transform(await fixture.job({ sql }));
    expect(schema.map(({ type }) => type)).toEqual(['VARCHAR', 'TIMESTAMP', 'INTEGER[]', 'UUID']);
  });

  it('reads dates, instants and texts as places in time', async () => {
    for (const ts of [
      "DATE '2025-01-03'",
      "TIMESTAMPTZ '2025-01-03 23:59:59+00'",
      "'2025-01-03T05:00:00Z'",
      "TIMESTAMP_NS '2025-01-03 00:00:00'",
    ]) {
      const result = await transform(await fixture.job({ sql: `SELECT ${ts} AS ts` }));
      expect(result.foreignRows.count, ts).toBe(0);
    }
    const late = await transform(
      await fixture.job({ sql: "SELECT TIMESTAMPTZ '2025-01-04 00:00:00+00' AS ts" }),
    );
    expect(late.foreignRows.count).toBe(1);
  });

  it.each([
    [
      'Europe/Berlin, 23 hours',
      'Europe/Berlin',
      '2025-03-29T23:00:00Z',
      '2025-03-30T22:00:00Z',
      '2025-03-30',
    ],
    [
      'Europe/Berlin, 25 hours',
      'Europe/Berlin',
      '2025-10-25T22:00:00Z',
      '2025-10-26T23:00:00Z',
      '2025-10-26',
    ],
    [
      'a midnight that does not exist',
      'America/Sao_Paulo',
      '2018-11-04T03:00:00Z',
      '2018-11-05T02:00:00Z',
      '2018-11-04',
    ],
    ['the day before it', 'America/Sao_Paulo', '2018-11-03T03:00:00Z', '2018-11-04T03:00:00Z', '2018-11-03'],
  ])('takes wall clock readings of a whole day: %s', async (_what, timezone, start, end, day) => {
    const readings = `SELECT TIMESTAMP '${day}' + to_minutes(i) AS ts FROM range(-1, 1441) t(i)`;
    const expectRange = { column: 'ts', start: Date.parse(start), end: Date.parse(end) };
    const { foreignRows } = await transform(
      await fixture.job({ sql: readings, timezone, expectRange, expectColumns: {} }),
    );
    expect(foreignRows.count).toBe(2);
  });
});

describe('an input', () => {
  const file = (folder: string, name: string, sql: string, columns: EngineFile['pathColumns'] = {}) =>
    fixture.file(folder, name, sql, columns);
  const parquet = (files: EngineFile[]): EngineInput => ({
    name: 'raw',
    format: 'parquet',
    options: {},
    files,
  });

  it('takes columns by name, also those that came later, and widens whole numbers', async () => {
    const { rows } = await seen(async (folder) =>
      parquet([
        await file(folder, 'a.parquet', "SELECT 1::INTEGER AS id, 'x' AS a"),
        await file(folder, 'b.parquet', "SELECT 'y' AS a, 5000000000 AS id, true AS late"),
      ]),
    );
    expect(rows).toEqual([
      { id: '1', a: 'x', late: null },
      { id: '5000000000', a: 'y', late: true },
    ]);
  });

  it('types the columns of its paths, file by file', async () => {
    const { rows, result } = await seen(async (folder) =>
      parquet([
        await file(folder, 'a.parquet', 'SELECT 1 AS id', {
          dt: date('2025-01-01'),
          region: { type: 'text', value: 'eu' },
        }),
        await file(folder, 'b.parquet', 'SELECT 2 AS id', {
          dt: date('2025-01-02'),
          region: { type: 'text', value: null },
        }),
        await file(folder, 'c.parquet', 'SELECT 3 AS id', { dt: date('2025-01-03') }),
      ]),
    );
    expect(result.schema.map(({ type }) => type)).toEqual(['INTEGER', 'DATE', 'VARCHAR']);
    expect(rows).toEqual([
      { id: 1, dt: '2025-01-01', region: 'eu' },
      { id: 2, dt: '2025-01-02', region: null },
      { id: 3, dt: '2025-01-03', region: null },
    ]);
  });

  it("leaves a file's own column alone where a path has one of that name", async () => {
    const { rows } = await seen(async (folder) =>
      parquet([
        await file(folder, 'a.parquet', "SELECT 1 AS id, 'own' AS Region", {
          region: { type: 'text', value: 'eu' },
        }),
        await file(folder, 'b.parquet', 'SELECT 2 AS id', { region: { type: 'text', value: 'us' } }),
      ]),
    );
    expect(rows).toEqual([
      { id: 1, Region: 'own' },
      { id: 2, Region: 'us' },
    ]);
  });

  it('has declared columns when it has no files', async () => {
    const { result } = await seen(
      () =>
        Promise.resolve({
          name: 'raw',
          format: 'csv',
          options: { columns: { id: 'INTEGER', price: 'DECIMAL(10,2)' } },
          files: [],
        }),
      'SELECT count(*)::INTEGER AS n, sum(price)::DECIMAL(12,2) AS p FROM raw',
    );
    expect(await readBack(result)).toEqual([{ n: 0, p: null }]);
  });

  it('casts Parquet columns that are declared', async () => {
    const { rows } = await seen(async (folder) => ({
      ...parquet([await file(folder, 'a.parquet', "SELECT '7' AS id")]),
      options: { columns: { ID: 'INTEGER', extra: 'DATE' } },
    }));
    expect(rows).toEqual([{ id: 7, extra: null }]);
  });

  it('reads CSV as text, compressed or not, and types what is declared', async () => {
    const prepare =
      (options: EngineInput['options']) =>
      async (folder: string): Promise<EngineInput> => ({
        name: 'raw',
        format: 'csv',
        options,
        files: [
          await fixture.file(folder, 'a.csv', { bytes: 'id,zip\n1,01234\n' }, { dt: date('2025-01-01') }),
          await fixture.file(
            folder,
            'b.csv.gz',
            { bytes: gzipSync('zip,id,"new ""x"""\n"a,b",2,y\n') },
            { dt: date('2025-01-02') },
          ),
        ],
      });
    const plain = await seen(prepare({}));
    expect(plain.rows).toEqual([
      { id: '1', zip: '01234', dt: '2025-01-01', 'new "x"': null },
      { id: '2', zip: 'a,b', dt: '2025-01-02', 'new "x"': 'y' },
    ]);
    expect(plain.result.inputRows).toEqual({ raw: 2 });
    const typed = await seen(prepare({ columns: { ID: 'INTEGER' } }), 'SELECT id + 1 AS next FROM raw');
    expect(typed.rows).toEqual([{ next: 2 }, { next: 3 }]);
  });

  it('reads another dialect', async () => {
    const { rows } = await seen(async (folder) => ({
      name: 'raw',
      format: 'csv',
      options: { delimiter: ';', quote: "'", skip: 1, nullText: ['-'] },
      files: [await fixture.file(folder, 'a.csv', { bytes: "exported today\na;b\n'x;y';-\n" })],
    }));
    expect(rows).toEqual([{ a: 'x;y', b: null }]);
  });

  it('reads every field of JSON as text, nested ones as JSON', async () => {
    const prepare = async (folder: string): Promise<EngineInput> => ({
      name: 'raw',
      format: 'ndjson',
      options: {},
      files: [
        await fixture.file(
          folder,
          'a.ndjson',
          { bytes: '{"id":1,"n":{"k":[1,2]}}\n{"id":12345678901234567890123}\n' },
          { dt: date('2025-01-01') },
        ),
        await fixture.file(
          folder,
          'b.ndjson.gz',
          { bytes: gzipSync('{"id":"x","late":true}\n') },
          { dt: date('2025-01-02') },
        ),
      ],
    });
    expect((await seen(prepare)).rows).toEqual([
      { id: '1', n: '{"k":[1,2]}', dt: '2025-01-01', late: null },
      { id: '12345678901234567890123', n: null, dt: '2025-01-01', late: null },
      { id: 'x', n: null, dt: '2025-01-02', late: 'true' },
    ]);
    const typed = await seen(
      async (folder) => ({ ...(await prepare(folder)), options: { columns: { n: 'STRUCT(k INTEGER[])' } } }),
      'SELECT n.k[2] AS k FROM raw WHERE n IS NOT NULL',
    );
    expect(typed.rows).toEqual([{ k: 2 }]);
  });

  it('reads an array of JSON objects', async () => {
    const { rows } = await seen(async (folder) => ({
      name: 'raw',
      format: 'json',
      options: {},
      files: [await fixture.file(folder, 'a.json', { bytes: '[{"a":1},{"a":2.50}]' })],
    }));
    expect(rows).toEqual([{ a: '1' }, { a: '2.5' }]);
  });
});

describe('measures', () => {
  it('are taken from the files in one row each, with samples where they found something', async () => {
    const job = await fixture.job({
      measures: [
        { name: 'rows', aggregates: { n: 'count(*)' } },
        {
          name: 'odd',
          columns: ['id'],
          aggregates: { bad: 'count(*) FILTER (id % 2 = 1)' },
          samples: [{ name: 'odd', sql: 'SELECT id FROM output WHERE id % 2 = 1', when: 'bad' }],
        },
        {
          name: 'none',
          aggregates: { bad: 'count(*) FILTER (id < 0)' },
          samples: [{ name: 'none', sql: 'SELECT 1', when: 'bad' }],
        },
        { name: 'both', sql: 'SELECT (SELECT count(*) FROM raw) - (SELECT count(*) FROM output) AS lost;' },
        { name: 'path', sql: 'SELECT count(*) AS n FROM output WHERE dt = $dt' },
      ],
    });
    const { measures, samples, unmeasured } = await transform(job);
    expect(measures).toEqual({
      rows: { n: 1000 },
      odd: { bad: 500 },
      none: { bad: 0 },
      both: { lost: 0 },
      path: { n: 1000 },
    });
    expect(samples).toEqual({ odd: [1, 3, 5, 7, 9].map((id) => ({ id })) });
    expect(unmeasured).toEqual({});
  });

  it('that cannot be taken say why and leave the others alone', async () => {
    const job = await fixture.job({
      measures: [
        { name: 'missing', columns: ['id', 'nope'], aggregates: { n: 'sum(nope)' } },
        { name: 'wrong', aggregates: { n: 'sum(region)' } },
        { name: 'rows', aggregates: { n: 'count(*)' } },
        { name: 'many', sql: 'SELECT id FROM output' },
        { name: 'broken', sql: 'SELECT FROM' },
      ],
    });
    const { measures, unmeasured } = await transform(job);
    expect(measures).toEqual({ rows: { n: 1000 } });
    expect(unmeasured['missing']).toEqual({ missingColumns: ['nope'], error: null });
    expect(unmeasured['wrong']?.error).toContain('sum(VARCHAR)');
    expect(unmeasured['many']?.error).toContain('several rows');
    expect(unmeasured['broken']?.error).toContain('syntax error');
  });
});

describe('a query', () => {
  it('reads written files, constants beside them, and inputs; no more rows than asked', async () => {
    const job = await fixture.job();
    const { files } = await transform(job);
    const rows = await fixture.engine.query({
      folder: job.folder,
      inputs: job.inputs,
      output: files.map(({ file }) => file),
      outputColumns: { dt: date('2025-01-03') },
      sql: 'SELECT o.id, o.dt, r.region, 9007199254740993 AS big FROM output o JOIN raw r USING (id) WHERE o.id >= $low ORDER BY id',
      parameters: { low: { type: 'integer', value: 7 } },
      timezone: 'UTC',
      maxRows: 2,
      limits: job.limits,
    });
    expect(rows).toEqual([
      { id: 7, dt: '2025-01-03', region: 'r1', big: '9007199254740993' },
      { id: 8, dt: '2025-01-03', region: 'r2', big: '9007199254740993' },
    ]);
  });
});
