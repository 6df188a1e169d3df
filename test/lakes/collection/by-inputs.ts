/** Lakes that differ in what a partition is made from: formats, dimensions, late data, other datasets, itself. */
import { put } from './fixture.js';
import type { Fixture } from './fixture.js';

const day = (n: number) => `2025-01-0${n}`;
const PARTITION = `partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(3)} }
`;
const missing = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, 'missing absent']));
const days = [1, 2, 3];

export const events: Fixture = {
  name: 'JSON lines, compressed with zstd',
  files: {
    'partitions/events.yaml': `target: ./clean/events/dt={dt}/
${PARTITION}inputs:
  raw: { url: "./raw/events/dt={dt}/*.ndjson.zst", options: { columns: { id: BIGINT, seen: TIMESTAMPTZ, tags: "VARCHAR[]" } } }
`,
    'partitions/events.sql': 'SELECT id, seen, len(tags) AS tags FROM raw ORDER BY id\n',
  },
  deliver: async (lake) => {
    for (const n of days)
      await put(
        lake,
        `raw/events/dt=${day(n)}/a.ndjson.zst`,
        `SELECT ${n} AS id, '${day(n)}T12:00:00Z' AS seen, ['a', 'b'] AS tags`,
      );
  },
  first: missing(...days.map((n) => `events/dt=${day(n)}`)),
  rows: { 'clean/events': 3 },
  answer: ['SELECT sum(tags)::INTEGER AS tags FROM data', { tags: 6 }],
  uploadedAgain: [`raw/events/dt=${day(2)}/a.ndjson.zst`],
};

export const joined: Fixture = {
  name: 'sales joined with a table of customers',
  files: {
    'partitions/sales.yaml': `target: ./clean/sales/dt={dt}/
${PARTITION}inputs:
  raw: ./raw/sales/dt={dt}/*.parquet
  customers: ./dim/customers/*.parquet
checks:
  - reference: { column: customer, input: customers, key: id }
`,
    'partitions/sales.sql': `SELECT r.customer, c.country, r.amount
FROM raw r JOIN customers c ON c.id = r.customer ORDER BY 1
`,
  },
  deliver: async (lake) => {
    await put(
      lake,
      'dim/customers/all.parquet',
      "SELECT * FROM (VALUES (1, 'de'), (2, 'fr')) t(id, country)",
    );
    for (const n of days)
      await put(
        lake,
        `raw/sales/dt=${day(n)}/a.parquet`,
        `SELECT 1 + r::INTEGER AS customer, ${n} AS amount FROM range(2) t(r)`,
      );
  },
  first: missing(...days.map((n) => `sales/dt=${day(n)}`)),
  rows: { 'clean/sales': 6 },
  answer: ["SELECT count(*)::INTEGER AS n FROM data WHERE country = 'fr'", { n: 3 }],
  uploadedAgain: [`raw/sales/dt=${day(1)}/a.parquet`],
  ignored: ['dim/customers/all.parquet'],
};

export const late: Fixture = {
  name: 'late data, up to two days after its day',
  files: {
    'partitions/clicks.yaml': `target: ./clean/clicks/dt={dt}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(3)}, column: ts }
inputs:
  raw: { url: "./raw/clicks/arrived={dt}/*.parquet", window: 0..2 }
allowEmpty: true
`,
    'partitions/clicks.sql':
      'SELECT ts, id FROM raw WHERE ts >= $partition_start AND ts < $partition_end ORDER BY id\n',
  },
  deliver: async (lake) => {
    for (const n of [1, 2, 3, 4, 5])
      await put(
        lake,
        `raw/clicks/arrived=${day(n)}/a.parquet`,
        `SELECT TIMESTAMP '${day(n)}' - to_days(r::INTEGER) AS ts, (10 * ${n} + r)::INTEGER AS id FROM range(3) t(r)`,
      );
  },
  first: missing(...days.map((n) => `clicks/dt=${day(n)}`)),
  rows: { 'clean/clicks': 9 },
  answer: ["SELECT count(*)::INTEGER AS n FROM data WHERE ts::DATE = DATE '2025-01-02'", { n: 3 }],
  uploadedAgain: [`raw/clicks/arrived=${day(3)}/a.parquet`],
};

export const months: Fixture = {
  name: 'a summary of months from a dataset of days',
  files: {
    'partitions/days.yaml': `target: ./clean/days/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-30, end: 2025-02-02 }
inputs:
  raw: ./raw/days/dt={dt}/*.parquet
`,
    'partitions/months.yaml': `target: ./clean/months/month={m}/
partition:
  m: { grain: month, start: 2025-01, end: 2025-03 }
inputs:
  days: { dataset: days }
`,
    'partitions/months.sql': 'SELECT sum(amount)::BIGINT AS amount, count(*) AS days FROM days\n',
  },
  deliver: async (lake) => {
    for (const date of ['2025-01-30', '2025-01-31', '2025-02-01', '2025-02-02'])
      await put(lake, `raw/days/dt=${date}/a.parquet`, 'SELECT 5 AS amount');
  },
  first: {
    ...missing('days/dt=2025-01-30', 'days/dt=2025-01-31', 'days/dt=2025-02-01', 'days/dt=2025-02-02'),
    'months/month=2025-01': 'blocked upstream-missing',
    'months/month=2025-02': 'blocked upstream-missing',
    'months/month=2025-03': 'blocked input-missing',
  },
  rows: { 'clean/months': 2, 'clean/days': 4 },
  answer: ['SELECT sum(days)::INTEGER AS days FROM data', { days: 4 }],
  uploadedAgain: ['raw/days/dt=2025-01-31/a.parquet'],
};

const regionPath = (n: number, region: string) => `raw/sales/dt=${day(n)}/region=${region}/a.parquet`;
const pairs = [
  [1, 'eu'],
  [1, 'us'],
  [2, 'eu'],
  [2, 'us'],
  [2, 'apac'],
] as const;

export const regions: Fixture = {
  name: 'days and regions, one of which began later',
  files: {
    'partitions/sales.yaml': `target: ./clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(2)} }
  region: { values: [eu, us, { value: apac, start: ${day(2)} }] }
inputs:
  raw: ./raw/sales/dt={dt}/region={region}/*.parquet
`,
  },
  deliver: async (lake) => {
    for (const [n, region] of pairs) await put(lake, regionPath(n, region), `SELECT ${n} AS amount`);
  },
  first: missing(...pairs.map(([n, region]) => `sales/dt=${day(n)}/region=${region}`)),
  rows: { 'clean/sales': 5 },
  answer: ['SELECT sum(amount)::INTEGER AS amount FROM data', { amount: 8 }],
  uploadedAgain: [regionPath(2, 'apac')],
};

const found = [
  [1, 'eu'],
  [2, 'us'],
  [2, 'new zealand'],
] as const;

export const discovered: Fixture = {
  name: 'regions as the source has them',
  files: {
    'partitions/sales.yaml': `target: ./clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: ${day(1)}, end: ${day(2)} }
  region: { from: raw }
inputs:
  raw: ./raw/sales/dt={dt}/region={region}/*.parquet
`,
  },
  deliver: async (lake) => {
    for (const [n, region] of found) await put(lake, regionPath(n, region), `SELECT ${n} AS amount`);
  },
  first: missing(...found.map(([n, region]) => `sales/dt=${day(n)}/region=${region}`)),
  rows: { 'clean/sales': 3 },
  answer: ['SELECT sum(amount)::INTEGER AS amount FROM data', { amount: 5 }],
  uploadedAgain: [regionPath(2, 'new zealand')],
};

export const balance: Fixture = {
  name: 'a running balance, each day from the day before',
  files: {
    'partitions/balance.yaml': `target: ./clean/balance/dt={dt}/
${PARTITION}inputs:
  moves: ./raw/moves/dt={dt}/*.parquet
  previous: { self: -1, options: { columns: { account: VARCHAR, balance: BIGINT } } }
`,
    'partitions/balance.sql': `SELECT account, sum(amount)::BIGINT AS balance
FROM (SELECT account, amount FROM moves UNION ALL SELECT account, balance FROM previous)
GROUP BY account ORDER BY account
`,
  },
  deliver: async (lake) => {
    for (const n of days)
      await put(lake, `raw/moves/dt=${day(n)}/a.parquet`, `SELECT 'a' AS account, ${n} AS amount`);
  },
  first: {
    ...missing(`balance/dt=${day(1)}`),
    [`balance/dt=${day(2)}`]: 'blocked upstream-missing',
    [`balance/dt=${day(3)}`]: 'blocked upstream-missing',
  },
  rows: { 'clean/balance': 3 },
  answer: ['SELECT max(balance)::INTEGER AS balance FROM data', { balance: 6 }],
  uploadedAgain: [`raw/moves/dt=${day(2)}/a.parquet`],
};

export const whole: Fixture = {
  name: 'a table without partitions',
  files: {
    'partitions/customers.yaml': `target: ./clean/customers/
inputs:
  raw: { url: "./raw/customers/*.csv.gz", onChange: stale, options: { delimiter: ";" } }
allowEmpty: true
`,
    'partitions/customers.sql': "SELECT id::INTEGER AS id, name FROM raw WHERE name <> '' ORDER BY 1\n",
  },
  deliver: (lake) =>
    put(lake, 'raw/customers/all.csv.gz', "SELECT * FROM (VALUES (1, 'Ann'), (2, 'Bob')) t(id, name)"),
  first: missing('customers/all'),
  rows: { 'clean/customers': 2 },
  answer: ['SELECT max(name) AS name FROM data', { name: 'Bob' }],
  uploadedAgain: ['raw/customers/all.csv.gz'],
  emptied: {
    deliver: (lake) => put(lake, 'raw/customers/all.csv.gz', "SELECT 1 AS id, '' AS name"),
    keys: ['customers/all'],
  },
};

export const replicated: Fixture = {
  name: 'a lake copied into another layout, many files into one',
  files: {
    'partitions/copy.yaml': `target: { url: "./archive/sales/{dt:yyyyMMdd}/", compression: snappy }
${PARTITION}inputs:
  original: ./lake/sales/dt={dt}/*.parquet
checks:
  - sameRows: original
`,
  },
  deliver: async (lake) => {
    for (const n of days)
      for (const part of [0, 1, 2])
        await put(lake, `lake/sales/dt=${day(n)}/p${part}.parquet`, `SELECT ${part} AS id, ${n} AS amount`);
  },
  first: missing(...days.map((n) => `copy/${day(n).replaceAll('-', '')}`)),
  rows: { 'archive/sales': 9 },
  answer: ['SELECT sum(amount)::INTEGER AS amount FROM data', { amount: 18 }],
  uploadedAgain: [`lake/sales/dt=${day(1)}/p1.parquet`],
};
