/** Runs the SQL on stdin in this folder. The folder of a COPY's target is made: DuckDB does not. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
for (const statement of (await text(process.stdin)).split(/;\s*$/m)) {
  for (const [, target] of statement.matchAll(/\bTO '([^']+)'/g))
    mkdirSync(path.dirname(target), { recursive: true });
  if (statement.trim() !== '') await connection.run(statement);
}
connection.closeSync();
instance.closeSync();
