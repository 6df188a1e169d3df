import { expect, it } from 'vitest';
import { hintFor } from '../../src/engine/duckdb/unreadable.js';

it.each([
  ['Cannot open file "raw/a.parquet": Permission denied', 'Grant the user that runs lakefill read access'],
  ['No magic bytes found at end of file', 'Restore or replace the object'],
])('an input of which is said: %s', (why, hint) => {
  expect(hintFor(why)).toContain(hint);
});
