/** Synthetic sales from a seed: the same rows on every machine. One Parquet file a day, as a careless job would have left it. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export const FIRST_DAY = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;

export function dayName(i) {
  return new Date(FIRST_DAY + i * DAY_MS).toISOString().slice(0, 10);
}

/** `<folder>/dt=<day>/part-0.parquet` with about `rows` rows each, snappy. */
export async function makeSales(folder, days, rows) {
  await rm(folder, { recursive: true, force: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  for (let i = 0; i < days; i++) {
    const day = dayName(i);
    await mkdir(path.join(folder, `dt=${day}`), { recursive: true });
    await connection.run(`COPY (
      SELECT
        ${i}::BIGINT * ${rows} + r AS order_id,
        TIMESTAMP '${day}' + to_milliseconds((hash(r, ${i}, 1) % 86400000)::BIGINT) AS ts,
        (hash(r, ${i}, 2) % 200000)::INTEGER AS customer_id,
        'SKU-' || (hash(r, ${i}, 3) % 5000)::VARCHAR AS sku,
        (['eu', 'us ', ' apac', 'Latam'])[1 + (hash(r, ${i}, 4) % 4)::INTEGER] AS region,
        1 + (hash(r, ${i}, 5) % 9)::INTEGER AS qty,
        ((hash(r, ${i}, 6) % 100000) / 100.0)::DOUBLE AS price,
        CASE WHEN hash(r, ${i}, 7) % 10 = 0 THEN 'note ' || (hash(r, ${i}, 8) % 1000)::VARCHAR END AS note
      FROM range(${rows}) t(r)
    ) TO '${path.join(folder, `dt=${day}`, 'part-0.parquet').replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION snappy)`);
  }
  connection.closeSync();
  instance.closeSync();
}
