/**
 * A reader that knows nothing of lakefill: `node duckdb-reader.mjs ROOT` reads the whole table by glob, over and over, until its stdin
 * ends, and writes a line of JSON for each observation: when it began and ended, and either the groups found or why there were none.
 */
import { DuckDBInstance } from '@duckdb/node-api';

const root = process.argv[2];
const query = `SELECT dt, version, count(*)::INTEGER AS n, count(DISTINCT order_id)::INTEGER AS ids
  FROM read_parquet('${root.replaceAll("'", "''")}/*/*.parquet', hive_partitioning = true, hive_types_autocast = false) GROUP BY ALL`;
const instance = await DuckDBInstance.create(':memory:', {
  threads: '1',
  enable_external_file_cache: 'false',
});
const connection = await instance.connect();
let ended = false;
process.stdin.on('end', () => (ended = true)).resume();
while (!ended) {
  const began = Date.now();
  let found;
  try {
    found = { groups: (await connection.runAndReadAll(query)).getRowsJson() };
  } catch (error) {
    found = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify({ began, ended: Date.now(), ...found })}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
connection.closeSync();
instance.closeSync();
