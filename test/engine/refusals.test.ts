import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { isLakefillError } from '../../src/core/errors.js';
import type { LakefillError } from '../../src/core/errors.js';
import type { TransformJob } from '../../src/engine/transform-engine.js';
import type { Fixture } from './fixture.js';
import { DAY, date, openFixture, START } from './fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

async function failure(job: TransformJob): Promise<LakefillError> {
  try {
    const result = await fixture.engine.transform(job);
    throw new Error(`It succeeded: ${JSON.stringify(result)}`);
  } catch (error) {
    if (!isLakefillError(error)) throw error;
    expect(`${error.message} ${error.hint}`).not.toContain(fixture.root);
    return error;
  }
}

const refuse = async (sql: string, over: Partial<TransformJob> = {}) =>
  failure(await fixture.job({ sql, expectRange: null, ...over }));

describe('SQL that is refused', () => {
  it('tells where a syntax error is', async () => {
    const error = await refuse('SELECT *\nFROM raw WHER x');
    expect(error.code).toBe('TRANSFORM_SYNTAX');
    expect(error.context).toMatchObject({ line: 2 });
  });

  it.each([
    ['two statements', 'SELECT 1; SELECT 2'],
    ['a closed parenthesis and another statement', "SELECT 1) TO '/tmp/x'; COPY (SELECT 2"],
    ['SET', "SET memory_limit = '90GB'"],
    ['ATTACH', "ATTACH '/tmp/x.db'"],
    ['INSTALL', 'INSTALL httpfs'],
    ['COPY', "COPY (SELECT 1) TO '/tmp/x.csv'"],
    ['read_text of a system file', "SELECT content FROM read_text('/etc/passwd')"],
    ['read_csv of a system file', "SELECT * FROM read_csv('/etc/passwd')"],
    ['a file by its name', "SELECT * FROM '/etc/passwd.csv'"],
    ['a path that climbs out', "SELECT * FROM read_csv('../../../../../../etc/passwd')"],
    ['a listing', "SELECT * FROM glob('/etc/*')"],
    ['a parameter that does not exist', 'SELECT * FROM raw WHERE id > $lowest'],
    ['a parameter without a name', 'SELECT * FROM raw WHERE id > ?'],
    ['HUGEINT', 'SELECT sum(id) AS total FROM raw'],
    ['HUGEINT inside', "SELECT {'n': [sum(id)]} AS s FROM raw"],
    ['TIME WITH TIME ZONE', "SELECT TIMETZ '10:00:00+02' AS t"],
    ['BIT', "SELECT '101'::BIT AS b"],
    ['INTERVAL', 'SELECT INTERVAL 1 MICROSECOND AS i'],
    ['two columns of one name', 'SELECT id, id FROM raw'],
    ['two columns that differ in case', 'SELECT id, region AS "ID" FROM raw'],
    ['path columns only', 'SELECT dt FROM raw'],
  ])('%s', async (_what, sql) => {
    expect((await refuse(sql)).code).toMatch(/^TRANSFORM_(REFUSED|SYNTAX)$/);
  });

  it('names the known parameters and the cast to write', async () => {
    expect((await refuse('SELECT $lowest')).hint).toContain('$partition_start');
    expect((await refuse('SELECT sum(id) AS total FROM raw')).hint).toBe(
      'Write CAST(... AS BIGINT) AS total.',
    );
  });

  it('cannot open a database in SQL that passes for a query', async () => {
    const error = await refuse("FROM sniff_csv('/etc/passwd')");
    expect(error.code).toBe('TRANSFORM_REFUSED');
  });

  it('needs the column that places rows in time, and its type', async () => {
    const expectRange = { column: 'tss', start: START, end: START + 1 };
    expect(await refuse('SELECT * FROM raw', { expectRange })).toMatchObject({
      code: 'TRANSFORM_REFUSED',
      hint: expect.stringContaining('Did you mean ts?') as string,
    });
    const error = await refuse('SELECT 1 AS tss', { expectRange });
    expect(error.message).toContain('INTEGER');
  });

  it('needs the columns of sortBy', async () => {
    const write = { ...(await fixture.job()).write, sortBy: ['idd desc'] };
    expect((await refuse('SELECT * FROM raw', { write })).hint).toContain('Did you mean id');
  });
});

describe('SQL that fails', () => {
  it.each([
    ['an unknown column', 'SELECT id,\n  regoin FROM raw', 2, 3],
    ['an unknown column behind wide letters', "SELECT 'éé', regoin FROM raw", 1, 14],
    ['an unknown table', 'SELECT *\nFROM rwa', 2, 6],
    ['a conversion', 'SELECT id,\n  region::INTEGER AS r FROM raw', 2, 9],
  ])('%s, with its place', async (_what, sql, line, column) => {
    const error = await refuse(sql);
    expect(error.code).toBe('TRANSFORM_FAILED');
    expect(error.context).toMatchObject({ line, column });
  });

  it('its own error() is not taken for a damaged input', async () => {
    expect(await refuse("SELECT error('boo') AS x FROM raw")).toMatchObject({
      code: 'TRANSFORM_FAILED',
      message: expect.stringContaining('boo') as string,
    });
  });

  it('an input without objects has no columns', async () => {
    const job = await fixture.job({
      sql: 'SELECT * FROM late',
      prepare: () => Promise.resolve([{ name: 'late', format: 'parquet', options: {}, files: [] }]),
    });
    expect(await failure(job)).toMatchObject({
      code: 'TRANSFORM_FAILED',
      message: expect.stringContaining('has no objects') as string,
    });
  });
});

describe('inputs that cannot be read', () => {
  const rows = "SELECT i AS id, TIMESTAMP '2025-01-03' AS ts, md5(i::VARCHAR) AS h FROM range(20000) t(i)";

  async function withFile(
    name: string,
    bytes: (good: Buffer) => Uint8Array,
    format: 'parquet' | 'csv' | 'ndjson' = 'parquet',
  ) {
    const job = await fixture.job({
      prepare: async (folder) => {
        const good = await fixture.file(folder, 'good.parquet', rows);
        const bad = await fixture.file(folder, name, { bytes: bytes(readFileSync(good.file)) });
        return [{ name: 'raw', format, options: {}, files: format === 'parquet' ? [good, bad] : [bad] }];
      },
    });
    return failure(job);
  }

  it.each([
    ['truncated.parquet', (good: Buffer) => good.subarray(0, good.length >> 1)],
    ['garbage.parquet', () => Buffer.from('this is no Parquet file at all')],
    ['empty.parquet', () => Buffer.alloc(0)],
    [
      'damaged.parquet',
      (good: Buffer) =>
        Buffer.concat([
          good.subarray(0, 4),
          Buffer.alloc(good.length >> 1, 0xff),
          good.subarray(4 + (good.length >> 1)),
        ]),
    ],
    [
      'footer-text.parquet',
      (good: Buffer) => {
        const at = good.length - 60;
        return Buffer.concat([good.subarray(0, at), Buffer.from([good[at]! ^ 0xff]), good.subarray(at + 1)]);
      },
    ],
  ])('%s', async (name, bytes) => {
    const error = await withFile(name, bytes);
    expect(error.code).toBe('INPUT_UNREADABLE');
    expect(error.message).toContain(`s3://lake/raw/${name}`);
    expect(error.context).toMatchObject({ input: 'raw', object: `s3://lake/raw/${name}` });
  });

  it('text that breaks its dialect', async () => {
    const error = await withFile('bad.csv', () => Buffer.from('id,ts\n1,2\n1,2,3\n"x\n'), 'csv');
    expect(error).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('bad.csv') as string,
    });
  });

  it('malformed JSON', async () => {
    const error = await withFile('bad.ndjson', () => Buffer.from('{"id":1}\n{"id":\n'), 'ndjson');
    expect(error).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('bad.ndjson') as string,
    });
  });

  it('a column whose type changed from file to file', async () => {
    const job = await fixture.job({
      prepare: async (folder) => [
        {
          name: 'raw',
          format: 'parquet',
          options: {},
          files: [
            await fixture.file(folder, 'a.parquet', "SELECT 1 AS id, {'x': 1} AS s"),
            await fixture.file(folder, 'b.parquet', "SELECT {'x': 2} AS s, 'one' AS id"),
          ],
        },
      ],
    });
    const { code, message } = await failure(job);
    expect(code).toBe('INPUT_UNREADABLE');
    expect(message).toBe(
      'Input raw: column id is INTEGER in s3://lake/raw/a.parquet and VARCHAR in s3://lake/raw/b.parquet.',
    );
  });

  it('an option that the format does not take', async () => {
    const job = await fixture.job({
      prepare: async (folder) => [
        {
          name: 'raw',
          format: 'csv',
          options: { delimeter: ';' },
          files: [await fixture.file(folder, 'a.csv', { bytes: 'a\n1\n' })],
        },
      ],
    });
    expect(await failure(job)).toMatchObject({
      code: 'TRANSFORM_REFUSED',
      hint: expect.stringContaining('Did you mean delimiter?') as string,
    });
  });
});

describe('rows of another partition', () => {
  it('are counted and shown, and nothing is written', async () => {
    const raw =
      "SELECT i AS id, TIMESTAMP '2025-01-03 23:59:50' + INTERVAL (i) SECOND AS ts FROM range(30) t(i)";
    const result = await fixture.engine.transform(await fixture.job({ raw }));
    expect(result.foreignRows.count).toBe(20);
    expect(result.foreignRows.samples).toHaveLength(5);
    expect(result).toMatchObject({ files: [], rows: 30 });
  });

  it('NULL in the time column is foreign', async () => {
    const raw = "SELECT 1 AS id, TIMESTAMP '2025-01-03' AS ts UNION ALL SELECT 2, NULL";
    const { foreignRows } = await fixture.engine.transform(await fixture.job({ raw }));
    expect(foreignRows).toEqual({ count: 1, samples: [{ id: 2, ts: null, dt: '2025-01-03' }] });
  });

  it.each([
    ['a date', "DATE '2025-01-04'", date('2025-01-03')],
    ['text', "'2025-01-04'", date('2025-01-03')],
    ['an integer', "'7'", { type: 'integer', value: 8 } as const],
    ['text against text', "'eu'", { type: 'text', value: 'us' } as const],
    ['NULL', 'NULL', date('2025-01-03')],
  ])('a path column that disagrees: %s', async (_what, sql, expected) => {
    const job = await fixture.job({
      sql: `SELECT id, ${sql} AS part FROM raw`,
      expectRange: null,
      expectColumns: { part: expected },
    });
    expect((await fixture.engine.transform(job)).foreignRows.count).toBe(1000);
  });

  it.each([
    ['a date as text', "'2025-01-03'", date('2025-01-03')],
    ['a padded number', "'08'", { type: 'integer', value: 8 } as const],
    ['another whole type', '8::TINYINT', { type: 'integer', value: 8 } as const],
    ["NULL for Hive's NULL", 'NULL::VARCHAR', { type: 'text', value: null } as const],
  ])('a path column that agrees: %s', async (_what, sql, expected) => {
    const job = await fixture.job({
      sql: `SELECT id, ${sql} AS Part FROM raw`,
      expectRange: null,
      expectColumns: { part: expected },
    });
    expect((await fixture.engine.transform(job)).foreignRows.count).toBe(0);
  });
});

describe('a path column that holds more than the path', () => {
  const hours = "SELECT i AS id, TIMESTAMP '2025-01-03' + INTERVAL (i) HOUR AS dt FROM range(%) t(i)";
  const jobOf = async (rows: number, over: Partial<TransformJob> = {}) =>
    fixture.job({
      raw: hours.replace('%', String(rows)),
      expectRange: { column: 'dt', start: START, end: START + DAY },
      ...over,
    });

  it('is refused rather than left out: the time of day would be lost', async () => {
    const error = await failure(await jobOf(24));
    expect(error.code).toBe('TRANSFORM_REFUSED');
    expect(error.message).toContain(
      'Column dt of the output (TIMESTAMP) holds more than the path says: 23 rows',
    );
    expect(error.message).toContain('the first is 2025-01-03 01:00:00');
    expect(error.hint).toContain('rename: { dt: dt_value }');
  });

  it.each([
    [
      'renamed as the hint says',
      { rename: { dt: 'dt_value' }, expectRange: { column: 'dt_value', start: START, end: START + DAY } },
    ],
    [
      'renamed in the SQL',
      {
        sql: 'SELECT id, dt AS hour FROM raw',
        expectRange: { column: 'hour', start: START, end: START + DAY },
      },
    ],
    ['kept', { dropColumns: [] }],
  ])('is written when it is %s', async (_what, over) => {
    const { files, schema } = await fixture.engine.transform(await jobOf(24, over));
    expect(schema[1]!.type).toBe('TIMESTAMP');
    const column = schema[1]!.name;
    expect(await fixture.sql(`SELECT count(DISTINCT ${column})::INT AS n FROM '${files[0]!.file}'`)).toEqual([
      { n: 24 },
    ]);
  });

  it('a row of another day is foreign still, wherever it stands', async () => {
    expect((await fixture.engine.transform(await jobOf(30))).foreignRows.count).toBe(6);
  });

  it.each([
    ["TIMESTAMP '2025-01-03'", date('2025-01-03'), false],
    ["TIMESTAMPTZ '2025-01-03 00:00:00+00'", date('2025-01-03'), false],
    ["TIMESTAMPTZ '2025-01-03 00:00:01+00'", date('2025-01-03'), true],
    ["TIMESTAMP_NS '2025-01-03 00:00:00.000000001'", date('2025-01-03'), true],
    ["DATE '2025-01-03'", date('2025-01-03'), false],
    ["'2025-01-03'", date('2025-01-03'), false],
    ["'2025-01-03 10:00:00'", date('2025-01-03'), true],
    ["'08'", { type: 'integer', value: 8 } as const, false],
    ["'8.2'", { type: 'integer', value: 8 } as const, true],
  ])('%s', async (sql, expected, refused) => {
    const job = await fixture.job({
      sql: `SELECT id, ${sql} AS part FROM raw`,
      expectRange: null,
      dropColumns: ['part'],
      expectColumns: { part: expected },
    });
    if (refused) expect((await failure(job)).message).toContain('holds more than the path');
    else expect(await fixture.engine.transform(job)).toMatchObject({ rows: 1000, foreignRows: { count: 0 } });
  });
});
