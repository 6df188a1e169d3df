/** The floor: one COPY per day with all threads, straight into place. No staging, no checks, no fsync. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { dayName } from './sales.mjs';

const [project, days] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
for (let i = 0; i < Number(days); i++) {
  const day = dayName(i);
  const folder = path.join(project, 'bare', `dt=${day}`);
  mkdirSync(folder, { recursive: true });
  await connection.run(
    `COPY (SELECT order_id, ts, customer_id, sku, upper(trim(region)) AS region, qty, price, round(qty * price, 2) AS revenue, note
           FROM read_parquet(${quoted(path.join(project, 'raw', 'sales', `dt=${day}`, '*.parquet'))}, hive_partitioning = false)
           WHERE ts >= TIMESTAMP '${day}' AND ts < TIMESTAMP '${day}' + INTERVAL 1 DAY)
     TO ${quoted(path.join(folder, 'part-0.parquet'))} (FORMAT parquet, COMPRESSION zstd)`,
  );
}
connection.closeSync();
instance.closeSync();
