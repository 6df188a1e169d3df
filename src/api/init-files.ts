/** The files of a new project: a dataset that works as it stands, with three days of input to try it on. */

export interface ProjectFile {
  /** Below the project's folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

export const SETTINGS = `# A lakefill project. Every key is optional; this is where settings for all datasets go.

# Folder of the dataset definitions: one .yaml and one .sql file each.
datasets: partitions/

# Keys that every dataset takes over unless it says otherwise.
# defaults:
#   rollback: { keep: 14d }

# How to reach a store; the longest prefix wins. Credentials come from the usual AWS variables and profiles.
# stores:
#   "s3://lake/": { region: eu-central-1 }

# How much to do at once.
# concurrency: { partitions: 2 }
`;

const DEFINITION = `# The dataset 'sales': cleaned orders, one partition a day.
description: Cleaned orders, one partition a day.

# Where the partitions go. A local folder (from the project's folder) or s3://bucket/prefix/.
target: ./lake/sales/dt={dt}/

partition:
  # Days from 'start' to 'end', both included. Without 'end' it goes on to yesterday.
  # 'column' names the output column whose values must lie in the partition's day.
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03, column: ts }

inputs:
  # A view of this name in the SQL.
  raw: ./raw/sales/dt={dt}/*.csv

# What must hold before a partition is published.
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
  - rowCount: { min: 1 }
`;

const TRANSFORM = `-- A SELECT. Each input is a view; the partition's window is bound as $partition_start and $partition_end.
SELECT
  CAST(order_id AS BIGINT) AS order_id,
  CAST(ts AS TIMESTAMPTZ) AS ts,
  upper(trim(region)) AS region,
  CAST(qty AS INTEGER) * CAST(price AS DECIMAL(10, 2)) AS revenue
FROM raw
WHERE CAST(ts AS TIMESTAMPTZ) >= $partition_start
  AND CAST(ts AS TIMESTAMPTZ) < $partition_end
`;

/** Rows as `region, qty, price`. */
const ORDERS: readonly (readonly [day: string, rows: readonly (readonly [string, number, string])[]])[] = [
  [
    '2025-01-01',
    [
      ['eu', 2, '19.90'],
      [' us', 1, '5.00'],
      ['eu', 4, '2.50'],
    ],
  ],
  [
    '2025-01-02',
    [
      ['us', 3, '5.00'],
      ['EU', 1, '19.90'],
    ],
  ],
  [
    '2025-01-03',
    [
      ['apac', 5, '2.50'],
      ['us', 2, '19.90'],
      ['eu', 1, '5.00'],
      ['eu', 7, '2.50'],
    ],
  ],
];

function sampleOf(day: string, rows: readonly (readonly [string, number, string])[]): ProjectFile {
  const number = day.replaceAll('-', '');
  const lines = rows.map(
    ([region, qty, price], i) => `${number}${i + 1},${day}T0${8 + (i % 2)}:15:00Z,${region},${qty},${price}`,
  );
  return {
    path: `raw/sales/dt=${day}/orders.csv`,
    text: ['order_id,ts,region,qty,price', ...lines, ''].join('\n'),
  };
}

export const PROJECT_FILES: readonly ProjectFile[] = [
  { path: 'lakefill.yaml', text: SETTINGS },
  { path: 'partitions/sales.yaml', text: DEFINITION },
  { path: 'partitions/sales.sql', text: TRANSFORM },
  ...ORDERS.map(([day, rows]) => sampleOf(day, rows)),
];

/** Folder that the sample's target fills. */
export const SAMPLE_OUTPUT = 'lake';
