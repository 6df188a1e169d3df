/** Lakes that differ in how paths tell time: Spark's split columns, Firehose's folders, dates in file names, zones. */
import { put } from './fixture.js';
import type { Fixture } from './fixture.js';

/** Two rows of a day. */
const rowsOf = (day: string) =>
  `SELECT TIMESTAMP '${day}' + to_hours(r::INTEGER) AS ts, r::INTEGER AS id FROM range(2) t(r)`;

const splitColumns = (name: string, pattern: (day: string) => string, template: string): Fixture => {
  const days = ['2025-09-30', '2025-10-01', '2025-10-02'];
  const raw = (day: string) => `raw/clicks/${pattern(day)}/part-0.parquet`;
  return {
    name,
    files: {
      'partitions/clicks.yaml': `target: ./clean/clicks/${template}/
partition:
  dt: { grain: day, start: 2025-09-30, end: 2025-10-03, column: ts }
inputs:
  raw: ./raw/clicks/${template}/*.parquet
allowEmpty: true
`,
      'partitions/clicks.sql': 'SELECT ts, id FROM raw WHERE id >= 0\n',
    },
    deliver: async (lake) => {
      for (const day of days) await put(lake, raw(day), rowsOf(day));
    },
    first: {
      ...Object.fromEntries(days.map((day) => [`clicks/${pattern(day)}`, 'missing absent'])),
      [`clicks/${pattern('2025-10-03')}`]: 'blocked input-missing',
    },
    rows: { 'clean/clicks': 6 },
    answer: ['SELECT max(ts)::VARCHAR AS last FROM data', { last: '2025-10-02 01:00:00' }],
    uploadedAgain: [raw('2025-10-01')],
    emptied: {
      deliver: (lake) => put(lake, raw('2025-10-01'), "SELECT TIMESTAMP '2025-10-01' AS ts, -1 AS id"),
      keys: [`clicks/${pattern('2025-10-01')}`],
    },
  };
};

const parts = (day: string) => day.split('-');

export const sparkPadded = splitColumns(
  'Spark, year, month and day padded',
  (day) => `year=${parts(day)[0]}/month=${parts(day)[1]}/day=${parts(day)[2]}`,
  'year={dt:yyyy}/month={dt:MM}/day={dt:dd}',
);

export const sparkUnpadded = splitColumns(
  'Spark, year, month and day as numbers',
  (day) => `year=${parts(day)[0]}/month=${Number(parts(day)[1])}/day=${Number(parts(day)[2])}`,
  'year={dt:yyyy}/month={dt:M}/day={dt:d}',
);

const HOURS = ['2025-01-01T22', '2025-01-01T23', '2025-01-02T00'];
const firehosePath = (hour: string) =>
  `raw/events/${hour.replace('T', '-').replaceAll('-', '/')}/f-0.parquet`;

export const firehose: Fixture = {
  name: 'Firehose, an hour a folder',
  files: {
    'partitions/events.yaml': `target: ./clean/events/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/
partition:
  dt: { grain: hour, start: 2025-01-01T22, end: 2025-01-02T00, column: ts }
inputs:
  raw: ./raw/events/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/*.parquet
`,
  },
  deliver: async (lake) => {
    for (const hour of HOURS)
      await put(lake, firehosePath(hour), `SELECT TIMESTAMP '${hour}:30:00' AS ts, 1 AS id`);
  },
  first: {
    'events/2025/01/01/22': 'missing absent',
    'events/2025/01/01/23': 'missing absent',
    'events/2025/01/02/00': 'missing absent',
  },
  rows: { 'clean/events': 3 },
  answer: ['SELECT min(ts)::VARCHAR AS first FROM data', { first: '2025-01-01 22:30:00' }],
  uploadedAgain: [firehosePath('2025-01-01T23')],
};

export const landing: Fixture = {
  name: 'a landing zone, CSV with the date in the file name',
  files: {
    'partitions/orders.yaml': `target: ./clean/orders/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03 }
inputs:
  raw:
    url: ./landing/orders_{dt:yyyyMMdd}_*.csv.gz
    options: { delimiter: ";", columns: { id: INTEGER, amount: "DECIMAL(9,2)" } }
checks:
  - unique: [id]
allowEmpty: true
`,
    'partitions/orders.sql': 'SELECT id, amount, shop FROM raw WHERE amount > 0 ORDER BY id\n',
  },
  deliver: async (lake) => {
    await put(lake, 'landing/orders_20250101_a.csv.gz', `SELECT 1 AS id, '7.50' AS amount, '01' AS shop`);
    await put(lake, 'landing/orders_20250101_b.csv.gz', `SELECT 2 AS id, '0.50' AS amount, '02' AS shop`);
    await put(lake, 'landing/orders_20250102_a.csv.gz', `SELECT 3 AS id, '1.25' AS amount, '01' AS shop`);
    lake.write('landing/readme.txt', 'not data');
  },
  first: {
    'orders/dt=2025-01-01': 'missing absent',
    'orders/dt=2025-01-02': 'missing absent',
    'orders/dt=2025-01-03': 'blocked input-missing',
  },
  rows: { 'clean/orders': 3 },
  answer: [
    'SELECT sum(amount)::VARCHAR AS amount, min(shop) AS shop FROM data',
    { amount: '9.25', shop: '01' },
  ],
  uploadedAgain: ['landing/orders_20250101_b.csv.gz'],
  emptied: {
    deliver: (lake) =>
      put(lake, 'landing/orders_20250102_a.csv.gz', `SELECT 3 AS id, '0.00' AS amount, '01' AS shop`),
    keys: ['orders/dt=2025-01-02'],
  },
};

const utcHours = Array.from({ length: 48 }, (_, i) =>
  new Date(Date.UTC(2025, 2, 29, 22 + i)).toISOString().slice(0, 13),
);
const utcPath = (hour: string) => `raw/clicks/${hour.replace('T', '/')}/a.parquet`;

/** 29 March 2025 has 24 hours in Berlin, 30 March 23: the clock goes forward. */
export const berlin: Fixture = {
  name: 'days of Berlin from hours of UTC',
  files: {
    'partitions/clicks.yaml': `target: ./clean/clicks/dt={dt}/
partition:
  dt: { grain: day, start: 2025-03-30, end: 2025-03-31, timezone: Europe/Berlin, column: ts }
inputs:
  raw: { url: "./raw/clicks/{dt:yyyy-MM-dd}/{dt:HH}/*.parquet", grain: hour, timezone: UTC }
`,
  },
  deliver: async (lake) => {
    for (const hour of utcHours)
      await put(lake, utcPath(hour), `SELECT TIMESTAMPTZ '${hour}:00:00+00' AS ts`);
    // Outside of both days: never read.
    await put(
      lake,
      'raw/clicks/2025-03-29/21/a.parquet',
      "SELECT TIMESTAMPTZ '2025-03-29 21:00:00+00' AS ts",
    );
  },
  first: { 'clicks/dt=2025-03-30': 'missing absent', 'clicks/dt=2025-03-31': 'missing absent' },
  rows: { 'clean/clicks/dt=2025-03-30': 23, 'clean/clicks/dt=2025-03-31': 24 },
  answer: ["SELECT timezone('UTC', max(ts))::VARCHAR AS last FROM data", { last: '2025-03-30 21:00:00' }],
  uploadedAgain: [utcPath('2025-03-30T01')],
};
