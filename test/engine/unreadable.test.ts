import { expect, it } from 'vitest';
import { hintFor, unnamedInput } from '../../src/engine/duckdb/unreadable.js';

it.each([
  ['Cannot open file "raw/a.parquet": Permission denied', 'Grant the user that runs lakefill read access'],
  ['No magic bytes found at end of file', 'Restore or replace the object'],
])('an input of which is said: %s', (why, hint) => {
  expect(hintFor(why)).toContain(hint);
});

it.each([
  ['Invalid Input', 'INPUT_UNREADABLE'],
  ['Binder', undefined],
])('what no file can be named for is still told of the input: %s', (kind, code) => {
  const file = { file: '/tmp/t1/in/a', shownAs: 'raw/a.parquet', pathColumns: {} };
  const input = { name: 'raw', format: 'parquet' as const, options: {}, files: [file] };
  const said = { exception_type: kind, exception_message: 'Invalid unicode in /tmp/t1/in/a' };
  const error = unnamedInput([input], new Error(JSON.stringify(said)));
  expect(error?.code).toBe(code);
  if (error) expect(error.message).toBe('Input raw cannot be read: Invalid unicode in raw/a.parquet');
});
