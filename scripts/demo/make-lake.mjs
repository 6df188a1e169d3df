/**
 * Lays the 3 million flights of the vega-datasets package out as a raw lake, one folder per day, and can bring it into the
 * states that the demo walks through. Plain files by a bare DuckDB: the data of somebody else, as lakefill finds it.
 */
import { mkdir, readdir, rename, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const FLIGHTS = fileURLToPath(
  new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
);

/** Writes `<lake>/raw/flights/dt=<day>/part-0.parquet` for the days of 2001 before `until` (by default January to June). Returns rows. */
export async function makeRawLake(lake, until = '2001-07-01') {
  const raw = path.join(lake, 'raw', 'flights');
  await rm(lake, { recursive: true, force: true });
  await mkdir(raw, { recursive: true });
  return withDuckDb(async (connection) => {
    await connection.run(
      `COPY (SELECT *, "date"::DATE AS dt FROM read_parquet($source) WHERE "date" < $until::TIMESTAMP ORDER BY "date")
       TO '${raw.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (dt), FILENAME_PATTERN 'part-{i}', OVERWRITE_OR_IGNORE)`,
      { source: FLIGHTS, until },
    );
    const rows = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER AS n FROM read_parquet($source) WHERE "date" < $until::TIMESTAMP`,
      { source: FLIGHTS, until },
    );
    return rows.getRowObjects()[0].n;
  });
}

/** Takes the days out of the lake (they are delivered late); `deliver` puts them back. */
export async function withhold(lake, days) {
  await mkdir(path.join(lake, '..', 'late'), { recursive: true });
  for (const day of days) await rename(rawDay(lake, day), path.join(lake, '..', 'late', day));
}

export async function deliver(lake, days) {
  for (const day of days) {
    await rm(rawDay(lake, day), { recursive: true, force: true });
    await rename(path.join(lake, '..', 'late', day), rawDay(lake, day));
  }
}

/** A copy of the day waits with the late ones; what is in the lake loses its second half, as after a broken transfer. */
export async function breakTransfer(lake, day) {
  await withDuckDb((connection) =>
    copyDay(connection, lake, day, path.join(lake, '..', 'late', day), 'true'),
  );
  const folder = rawDay(lake, day);
  for (const name of await readdir(folder)) await truncate(path.join(folder, name), 50_000);
}

/** The airline sends the day again: every delay of one carrier hub was recorded five minutes too low. */
export async function correct(lake, day) {
  const corrected = path.join(lake, '..', 'late', `${day}-corrected`);
  await withDuckDb((connection) =>
    copyDay(connection, lake, day, corrected, 'true', `delay + CASE WHEN origin = 'ORD' THEN 5 ELSE 0 END`),
  );
  await rm(rawDay(lake, day), { recursive: true });
  await rename(corrected, rawDay(lake, day));
}

function rawDay(lake, day) {
  return path.join(lake, 'raw', 'flights', `dt=${day}`);
}

async function copyDay(connection, lake, day, to, where, delay = 'delay') {
  await mkdir(to, { recursive: true });
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  await connection.run(
    `COPY (SELECT * REPLACE (${delay} AS delay) FROM read_parquet(${quoted(`${rawDay(lake, day)}/*.parquet`)}, hive_partitioning = false) WHERE ${where})
     TO ${quoted(path.join(to, 'part-0.parquet'))} (FORMAT parquet, COMPRESSION snappy)`,
  );
}

async function withDuckDb(work) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
