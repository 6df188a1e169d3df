/** DuckDB in a process of its own reads the whole lake by glob while real runs replace a month: it always finds whole days. */
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { replacedUnder } from './watchers.js';

const READER = fileURLToPath(new URL('duckdb-reader.mjs', import.meta.url));

it('DuckDB in another process finds every day whole while the command line replaces a month', async () => {
  await replacedUnder('DuckDB in another process', process.execPath, [READER]);
});
