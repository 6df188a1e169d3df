/** The examples of docs/reference/dataset.md: each is a whole definition that a test loads. */

export interface ExampleFile {
  /** Below the project folder. */
  readonly file: string;
  readonly text: string;
}

const yaml = (text: string): ExampleFile => ({ file: 'partitions/sales.yaml', text });
const sql = (text: string): ExampleFile => ({ file: 'partitions/sales.sql', text });

const DAILY = `partition: { dt: { grain: day, start: 2025-01-01 } }
inputs: { raw: "s3://lake/raw/sales/dt={dt}/*.parquet" }
`;

export const EXAMPLES = {
  smallest: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, column: ts }
inputs:
  raw: s3://lake/raw/sales/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
  - rowCount: { min: 1, vsInput: [0.9, 1.0] }
`),
    sql(`SELECT order_id, ts, upper(trim(region)) AS region, round(qty * price, 2) AS revenue
FROM raw
WHERE ts >= $partition_start AND ts < $partition_end
`),
  ],
  target: [
    yaml(`target:
  url: s3://lake/clean/sales/dt={dt}/
  compressionLevel: 9
  maxFileBytes: 256MiB
  sortBy: [customer, ts desc]
${DAILY}`),
  ],
  time: [
    yaml(`target: s3://lake/clean/sales/year={dt:yyyy}/month={dt:MM}/day={dt:dd}/
partition:
  dt:
    grain: day
    start: 2025-01-01
    timezone: Europe/Berlin
    availableAfter: 6h
    exclude: [sat, sun, 2025-12-25]
inputs: { raw: "s3://lake/raw/sales/dt={dt}/*.parquet" }
`),
  ],
  values: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: 2025-01-01 }
  region: { values: [eu, us, { value: apac, start: 2025-06-01 }] }
inputs: { raw: "s3://lake/raw/sales/dt={dt}/region={region}/*.parquet" }
`),
  ],
  from: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/region={region}/
partition:
  dt: { grain: day, start: 2025-01-01 }
  region: { from: raw }
inputs: { raw: "s3://lake/raw/sales/dt={dt}/region={region}/*.parquet" }
`),
  ],
  inputs: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
partition: { dt: { grain: day, start: 2025-01-01, timezone: Europe/Berlin } }
inputs:
  events:
    url: s3://lake/raw/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/*.ndjson.zst
    grain: hour
    timezone: UTC
    options: { columns: { order_id: BIGINT, ts: TIMESTAMPTZ } }
  late: { url: "s3://lake/late/dt={dt}/*.parquet", window: -2..0, require: none }
  batch: { url: "s3://lake/batch/dt={dt}/*.csv.gz", marker: _SUCCESS, keeps: 400d, options: { delimiter: ";" } }
  customers: s3://lake/dim/customers/*.parquet
`),
    sql(`SELECT e.order_id, e.ts FROM events e
WHERE e.ts >= $partition_start AND e.ts < $partition_end
`),
  ],
  dataset: [
    yaml(`target: s3://lake/clean/months/month={m}/
partition: { m: { grain: month, start: 2025-01 } }
inputs: { days: { dataset: days } }
`),
    { file: 'partitions/days.yaml', text: `target: s3://lake/clean/days/dt={dt}/\n${DAILY}` },
    sql(`SELECT customer, sum(revenue) AS revenue FROM days GROUP BY customer ORDER BY customer
`),
  ],
  self: [
    yaml(`target: s3://lake/clean/balance/dt={dt}/
partition: { dt: { grain: day, start: 2025-01-01 } }
inputs:
  moves: s3://lake/raw/moves/dt={dt}/*.parquet
  previous: { self: -1, options: { columns: { account: VARCHAR, balance: BIGINT } } }
`),
    sql(`SELECT account, sum(amount)::BIGINT AS balance
FROM (SELECT account, amount FROM moves UNION ALL SELECT account, balance FROM previous)
GROUP BY account ORDER BY account
`),
  ],
  checks: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
${DAILY}checks:
  - unique: [order_id]
  - range: { column: qty, min: 0 }
  - values: { column: region, in: [eu, us] }
  - nullRatio: { column: customer, max: 0.01 }
    severity: warn
  - sum: { column: revenue, vsInput: raw, tolerance: 0.001 }
  - sql: SELECT * FROM output WHERE paid_at < ordered_at
`),
  ],
  schema: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
${DAILY}schema: { policy: strict, rename: { qty: quantity } }
`),
  ],
  stale: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
${DAILY}stale: { on: [input], olderThan: 90d, smallFiles: { below: 16MiB, files: 10 } }
`),
  ],
  limits: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
${DAILY}limits: { partitions: 31, inputBytes: 500GB, memory: 4GiB, timeout: 30m }
`),
  ],
  others: [
    yaml(`target: s3://lake/clean/sales/dt={dt}/
${DAILY}allowEmpty: true
together: true
rollback: { keep: 14d }
owner: data@example.org
description: Sales by day, cleaned.
tags: [finance]
`),
  ],
  project: [
    {
      file: 'lakefill.yaml',
      text: `defaults: { owner: data@example.org, rollback: { keep: 14d } }
stores:
  s3://lake/: { region: eu-central-1, kmsKey: alias/lake }
concurrency: { partitions: 4 }
memory: 8GiB
`,
    },
  ],
} as const satisfies Record<string, readonly ExampleFile[]>;

export type ExampleName = keyof typeof EXAMPLES;
