/** The floor for s3-days.mjs: download, COPY, upload, day by day in lanes, with the SDK alone. No staging, no checks, no journal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { dayName } from './sales.mjs';

const [days, lanes] = process.argv.slice(2).map(Number);
const endpoint = process.env.AWS_ENDPOINT_URL_S3;
const client = new S3Client({ endpoint, forcePathStyle: true });
const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-by-hand-'));
const instance = await DuckDBInstance.create(':memory:');
let next = 0;
const lane = async () => {
  const connection = await instance.connect();
  while (next < days) {
    const day = dayName(next++);
    const raw = path.join(folder, `${day}-raw.parquet`);
    const made = path.join(folder, `${day}.parquet`);
    const got = await client.send(
      new GetObjectCommand({ Bucket: 'raw', Key: `sales/dt=${day}/part-0.parquet` }),
    );
    await writeFile(raw, await got.Body.transformToByteArray());
    await connection.run(
      `COPY (SELECT order_id, ts, customer_id, sku, upper(trim(region)) AS region, qty, price, round(qty * price, 2) AS revenue, note
             FROM read_parquet('${raw}') WHERE ts >= TIMESTAMP '${day}' AND ts < TIMESTAMP '${day}' + INTERVAL 1 DAY)
       TO '${made}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    const Body = await readFile(made);
    await client.send(
      new PutObjectCommand({ Bucket: 'lake', Key: `by-hand/dt=${day}/part-0.parquet`, Body }),
    );
  }
  connection.closeSync();
};
await Promise.all(Array.from({ length: lanes }, lane));
instance.closeSync();
client.destroy();
rmSync(folder, { recursive: true });
